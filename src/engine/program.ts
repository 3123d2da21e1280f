import { GanvasError } from './errors.js';
import type { DeviceLoss } from './deviceLoss.js';
import type { Dispatch } from './dispatch.js';
import type { ProgramReport } from './graphPlan.js';
import { timeSteps, type KernelTiming } from './profile.js';
import { at, formatShape, sizeOf, type Shape } from './shape.js';

export type { ProgramReport } from './graphPlan.js';

export interface ProgramBuffer {
  readonly buffer: GPUBuffer;
  readonly shape: Shape;
}

export interface ProgramParts {
  readonly label: string;
  readonly device: GPUDevice;
  readonly loss: DeviceLoss;
  readonly inputs: ReadonlyMap<string, ProgramBuffer>;
  readonly outputs: ReadonlyMap<string, ProgramBuffer>;
  readonly dispatches: readonly Dispatch[];
  /** Inputs that a run changes in place. */
  readonly states: readonly GPUBuffer[];
  readonly report: ProgramReport;
  /** Work of one submit at most, so that no submit holds the GPU for longer than about a second. */
  readonly flopsPerSubmit: number;
  release(): void;
}

/**
 * A compiled graph: a list of dispatches over buffers that already exist. Running one creates no GPU object and reads
 * nothing back unless `read` is called.
 */
export class Program {
  readonly report: ProgramReport;
  private readonly staging = new Map<string, GPUBuffer>();
  private disposed = false;

  constructor(private readonly parts: ProgramParts) {
    this.report = parts.report;
  }

  get label(): string {
    return this.parts.label;
  }

  /**
   * Queues new values for an input; they hold until written again.
   * @throws GanvasError `input-missing` for an unknown name, `input-size` for a wrong length.
   */
  write(name: string, values: Float32Array<ArrayBuffer>): void {
    const { buffer, shape } = this.find(this.parts.inputs, name, 'input');
    if (values.length !== sizeOf(shape)) {
      throw new GanvasError(
        'input-size',
        `${this.label}: input ${name} is ${formatShape(shape)}, ${sizeOf(shape)} values; got ${values.length}.`,
        { input: name, needed: sizeOf(shape), given: values.length },
      );
    }
    this.parts.device.queue.writeBuffer(buffer, 0, values);
  }

  /** The buffer of an output, valid until `dispose`; its content is that of the latest run. */
  outputBuffer(name: string): GPUBuffer {
    return this.find(this.parts.outputs, name, 'output').buffer;
  }

  outputShape(name: string): Shape {
    return this.find(this.parts.outputs, name, 'output').shape;
  }

  /** Records the whole program as one compute pass; for callers that add a draw to the same submit. */
  encode(encoder: GPUCommandEncoder): void {
    this.encodeRange(encoder, 0, this.parts.dispatches.length);
  }

  /** True when one submit may hold all of it (see `flopsPerSubmit`). */
  get fitsOneSubmit(): boolean {
    return this.report.flops <= this.parts.flopsPerSubmit;
  }

  /**
   * Writes inputs and submits. One submit, unless the work is long enough to be split.
   * @throws GanvasError `device-lost`, `program-disposed`, and what `write` throws.
   */
  run(inputs: Readonly<Record<string, Float32Array<ArrayBuffer>>> = {}): void {
    this.checkUsable();
    for (const [name, values] of Object.entries(inputs)) this.write(name, values);
    let first = 0;
    while (first < this.parts.dispatches.length) {
      const last = this.endOfSubmit(first);
      const encoder = this.parts.device.createCommandEncoder({ label: this.label });
      this.encodeRange(encoder, first, last);
      this.parts.device.queue.submit([encoder.finish()]);
      first = last;
    }
  }

  private endOfSubmit(first: number): number {
    let flops = 0;
    let end = first;
    do {
      flops += at(this.parts.dispatches, end).flops;
      end++;
    } while (
      end < this.parts.dispatches.length &&
      flops + at(this.parts.dispatches, end).flops <= this.parts.flopsPerSubmit
    );
    return end;
  }

  private encodeRange(encoder: GPUCommandEncoder, first: number, last: number): void {
    const pass = encoder.beginComputePass({ label: this.label });
    for (let index = first; index < last; index++) {
      const dispatch = at(this.parts.dispatches, index);
      pass.setPipeline(dispatch.pipeline);
      pass.setBindGroup(0, dispatch.bindGroup);
      pass.dispatchWorkgroups(...dispatch.workgroups);
    }
    pass.end();
  }

  /**
   * Copies an output, or the present value of an input, to the CPU. Calls for the same name must not overlap.
   * @throws GanvasError `device-lost` (also when that happens while it waits), `program-disposed`, or `input-missing`
   *   for an unknown name.
   */
  async read(name: string): Promise<Float32Array<ArrayBuffer>> {
    this.checkUsable();
    const { outputs, inputs } = this.parts;
    const { buffer, shape } = outputs.get(name) ?? inputs.get(name) ?? this.find(outputs, name, 'output');
    const bytes = Math.max(4, sizeOf(shape) * 4);
    let staging = this.staging.get(name);
    if (staging === undefined) {
      staging = this.parts.device.createBuffer({
        label: `${this.label} read ${name}`,
        size: bytes,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      this.staging.set(name, staging);
    }
    const encoder = this.parts.device.createCommandEncoder({ label: `${this.label} read ${name}` });
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
    this.parts.device.queue.submit([encoder.finish()]);
    await this.mapForReading(staging);
    const values = new Float32Array(staging.getMappedRange().slice(0));
    staging.unmap();
    return values;
  }

  private async mapForReading(staging: GPUBuffer): Promise<void> {
    try {
      await staging.mapAsync(GPUMapMode.READ);
    } catch (cause) {
      this.checkUsable();
      throw await this.parts.loss.explain(cause);
    }
  }

  private checkUsable(): void {
    this.parts.loss.check();
    if (this.disposed) {
      throw new GanvasError('program-disposed', `${this.label} was disposed and can no longer run; compile it again.`);
    }
  }

  /**
   * Median GPU time of every dispatch, by timestamp queries, each sample well above the timer's quantum.
   * @throws GanvasError `profile-unsupported` when the adapter has no timestamp queries.
   */
  async profile(): Promise<KernelTiming[]> {
    const { device, dispatches, states } = this.parts;
    const restore = keepStates(device, states);
    try {
      return await timeSteps(device, dispatches);
    } finally {
      restore();
    }
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    for (const buffer of this.staging.values()) buffer.destroy();
    this.parts.release();
  }

  private find(buffers: ReadonlyMap<string, ProgramBuffer>, name: string, kind: 'input' | 'output'): ProgramBuffer {
    const found = buffers.get(name);
    if (found !== undefined) return found;
    const known = [...buffers.keys()].join(', ');
    throw new GanvasError('input-missing', `${this.label} has no ${kind} ${name}; it has ${known}.`, { name });
  }
}

/** Copies states aside; what it returns copies them back. Timing repeats every dispatch, updates among them. */
function keepStates(device: GPUDevice, states: readonly GPUBuffer[]): () => void {
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const copies = states.map((state) => device.createBuffer({ label: `${state.label} kept`, size: state.size, usage }));
  const copyAll = (from: readonly GPUBuffer[], to: readonly GPUBuffer[]): void => {
    const encoder = device.createCommandEncoder({ label: 'states' });
    from.forEach((buffer, index) => encoder.copyBufferToBuffer(buffer, 0, at(to, index), 0, buffer.size));
    device.queue.submit([encoder.finish()]);
  };
  copyAll(states, copies);
  return () => {
    copyAll(copies, states);
    for (const copy of copies) copy.destroy();
  };
}
