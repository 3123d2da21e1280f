import { bindingFor, bufferFor, createBindGroup, createUniforms, storageNamed } from './bindings.js';
import type { AdapterDescription, GpuContext } from './device.js';
import { DeviceLoss } from './deviceLoss.js';
import { withGradients, type DifferentiateOptions } from './differentiate.js';
import type { Dispatch } from './dispatch.js';
import { GanvasError } from './errors.js';
import type { GraphPass } from './fusion.js';
import { planGraph, reportOf, type GraphPlan, type StepFunction, type TraceFunction } from './graphPlan.js';
import { Interner, isOp, topologicalOrder } from './graph.js';
import type { OpLibrary } from './opLibrary.js';
import { PipelineCache, type Pipeline } from './pipelines.js';
import { Program, type ProgramBuffer, type ProgramParts } from './program.js';
import { buildSchedule, bytesOf, checkLimits, type Schedule, type Step } from './schedule.js';
import { at, type Shape } from './shape.js';
import type { Tensor } from './tensor.js';

export interface CompileOptions {
  /** Names every GPU object of the program. */
  readonly label: string;
  /** False computes each op by itself; only tests, which hold the two against each other, want that. */
  readonly fuse?: boolean;
  /** Called as pipelines get ready. */
  readonly onProgress?: (done: number, total: number) => void;
}

export type { StepFunction, TraceFunction, TracedStep } from './graphPlan.js';

/** A weight or constant on the GPU, held as long as a program needs it. */
interface SharedBuffer {
  readonly buffer: GPUBuffer;
  holders: number;
}

const storageUsage = (): number => GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;

/**
 * Turns functions over tensors into programs on one device. Weights and constant sub-expressions are uploaded or
 * computed once and shared by all programs that read them.
 */
export class Engine {
  readonly device: GPUDevice;
  readonly adapter: AdapterDescription;
  private readonly pipelines: PipelineCache;
  private readonly loss: DeviceLoss;
  private readonly interner = new Interner();
  private readonly shared = new Map<number, SharedBuffer>();
  private programBytes = 0;
  /** One compilation at a time, so that two programs never compute the same constant twice. */
  private compiling: Promise<unknown> = Promise.resolve();

  /** @param library the ops it compiles; `opLibrary` of `src/ops` */
  constructor(
    context: GpuContext,
    private readonly library: OpLibrary,
  ) {
    this.device = context.device;
    this.adapter = context.adapter;
    this.loss = new DeviceLoss(context.device);
    this.pipelines = new PipelineCache(context.device);
  }

  /** Resolves with the error `device-lost` when the device is lost or destroyed; never rejects. */
  get lost(): Promise<GanvasError> {
    return this.loss.occurred;
  }

  /** Bytes of all live buffers: weights, constants, inputs, arenas. */
  get allocatedBytes(): number {
    let bytes = this.programBytes;
    for (const { buffer } of this.shared.values()) bytes += buffer.size;
    return bytes;
  }

  /**
   * Traces `fn` once and compiles it.
   * @throws GanvasError `limit-exceeded`, `gpu-out-of-memory`, `device-lost`, `shader-error`, `input-missing`, or a
   *   shape error of an op.
   */
  compile(fn: TraceFunction, inputShapes: Readonly<Record<string, Shape>>, options: CompileOptions): Promise<Program> {
    return this.compileStep((inputs) => ({ outputs: fn(inputs), updates: [] }), inputShapes, options);
  }

  /**
   * Compiles a function and the gradient of the sum of its output `value`. The program's outputs are everything that
   * `fn` returns and, for each name of `wrt`, `grad.<name>`; only these gradients are computed.
   * @param wrt names of inputs, or of tensors that `fn` returns: styles, feature maps, weights
   * @throws GanvasError `value-missing`, `wrt-missing`, `not-differentiable`, `no-checkpoints`, and what `compile` throws.
   */
  valueAndGrad(
    fn: TraceFunction,
    wrt: readonly string[],
    inputShapes: Readonly<Record<string, Shape>>,
    options: CompileOptions & DifferentiateOptions,
  ): Promise<Program> {
    const traced: TraceFunction = (inputs) => withGradients(inputs, fn(inputs), wrt, this.library.gradientOps, options);
    return this.compile(traced, inputShapes, options);
  }

  /**
   * Compiles a step that changes its own inputs (an optimiser's): one run computes the outputs from the present values,
   * then applies the updates in place. `read` of an input gives its present value.
   * @throws GanvasError as `compile`.
   */
  compileStep(
    fn: StepFunction,
    inputShapes: Readonly<Record<string, Shape>>,
    options: CompileOptions,
  ): Promise<Program> {
    const result = this.compiling.then(() => this.compileOrExplain(fn, inputShapes, options));
    // Not the program itself: it would be held, with the file that its weights are views of, until the next is compiled.
    this.compiling = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  private async compileOrExplain(...args: Parameters<Engine['compileNow']>): Promise<Program> {
    try {
      const program = await this.compileNow(...args);
      this.loss.check();
      return program;
    } catch (error) {
      throw error instanceof GanvasError ? error : await this.loss.explain(error);
    }
  }

  private async compileNow(
    fn: StepFunction,
    inputShapes: Readonly<Record<string, Shape>>,
    options: CompileOptions,
  ): Promise<Program> {
    this.loss.check();
    const plan = planGraph(fn, inputShapes, this.passesFor(options), this.interner);
    // Held against the limits before anything is allocated.
    checkLimits(plan.schedule, this.device.limits);

    const held = await this.holdConstants(plan.constants, options);
    const inputBuffers = new Map<string, ProgramBuffer>();
    try {
      await this.createInputs(plan.inputs, inputBuffers, options.label);
      const placed = new Map<object, GPUBuffer>();
      for (const [tensor, id] of held) placed.set(tensor, this.sharedBuffer(id));
      for (const tensor of plan.inputNodes) placed.set(tensor, inputBufferOf(tensor, inputBuffers, options.label));
      return await this.assemble(plan, placed, inputBuffers, held, options);
    } catch (error) {
      for (const { buffer } of inputBuffers.values()) buffer.destroy();
      this.release(held.values());
      throw error;
    }
  }

  /** What is split is fused afterwards. */
  private passesFor({ fuse = true }: CompileOptions): GraphPass[] {
    const { maxStorageBufferBindingSize, maxBufferSize } = this.device.limits;
    const splitting = this.library.splitting(Math.min(maxStorageBufferBindingSize, maxBufferSize));
    return fuse ? [splitting, ...this.library.fusion] : [splitting];
  }

  /** Forgets every buffer; programs of this engine must not be used any more. */
  dispose(): void {
    for (const { buffer } of this.shared.values()) buffer.destroy();
    this.shared.clear();
  }

  /** Buffers for the parameters and constant sub-expressions of `read`, computing those not yet there. */
  private async holdConstants(read: ReadonlySet<Tensor>, options: CompileOptions): Promise<Map<Tensor, number>> {
    const present = [...read].filter((tensor) => this.shared.has(this.interner.idOf(tensor)));
    const missing = [...read].filter((tensor) => isOp(tensor) && !present.includes(tensor));
    // Held before anything is waited for: the program they were made for may be disposed of meanwhile.
    const kept = present.map((tensor) => this.hold(tensor, this.interner.idOf(tensor)));
    try {
      const computed = missing.length > 0 ? await this.computeConstants(missing, options) : [];
      kept.push(...computed);
      const ids = await this.holdAll([...read], options.label);
      return new Map([...read].map((tensor, index) => [tensor, at(ids, index)]));
    } finally {
      this.release(kept);
    }
  }

  /** Holds each tensor once, uploading the parameters among them that are not there yet; gives their ids. */
  private holdAll(tensors: readonly Tensor[], label: string): Promise<number[]> {
    const needed = tensors.reduce((sum, tensor) => sum + bytesOf(tensor.shape, tensor.dtype), 0);
    const held: number[] = [];
    const holdEach = (): number[] => {
      try {
        for (const tensor of tensors) held.push(this.hold(tensor, this.interner.idOf(tensor)));
        return held;
      } catch (error) {
        this.release(held);
        throw error;
      }
    };
    return this.allocate(`the weights of ${label}`, needed, holdEach, (ids) => this.release(ids));
  }

  private hold(tensor: Tensor, id: number): number {
    let entry = this.shared.get(id);
    if (entry === undefined) {
      if (tensor.source.kind !== 'parameter') throw new RangeError('internal: constant was not computed');
      const { parameter } = tensor.source;
      const buffer = this.createBuffer(parameter.name, bytesOf(parameter.shape));
      const values = parameter.bytes?.() ?? parameter.load();
      this.device.queue.writeBuffer(buffer, 0, values.buffer, values.byteOffset, values.byteLength);
      this.shared.set(id, (entry = { buffer, holders: 0 }));
    }
    entry.holders++;
    return id;
  }

  private release(ids: Iterable<number>): void {
    for (const id of ids) {
      const entry = this.shared.get(id);
      if (entry === undefined || --entry.holders > 0) continue;
      entry.buffer.destroy();
      this.shared.delete(id);
    }
  }

  /** Runs the constant part of a graph once and holds its results; gives their ids, for the caller to release. */
  private async computeConstants(wanted: readonly Tensor[], options: CompileOptions): Promise<number[]> {
    const label = `${options.label} constants`;
    const order = topologicalOrder(wanted);
    const parameters = order.filter((tensor) => tensor.source.kind === 'parameter');
    const placed = new Set<object>([...parameters, ...wanted]);
    const schedule = buildSchedule({ order, outputs: wanted, placed, skip: new Set() });
    checkLimits(schedule, this.device.limits);

    const held = await this.holdAll(parameters, options.label);
    const results = new Map<Tensor, GPUBuffer>();
    const destroyResults = (): void => results.forEach((buffer) => buffer.destroy());
    try {
      const needed = wanted.reduce((sum, tensor) => sum + bytesOf(tensor.shape, tensor.dtype), 0);
      const createResults = (): void =>
        wanted.forEach((tensor) => results.set(tensor, this.createBuffer(label, bytesOf(tensor.shape, tensor.dtype))));
      await this.allocate(label, needed, createResults, () => undefined);
      const placed = new Map<object, GPUBuffer>(results);
      parameters.forEach((tensor, index) => placed.set(tensor, this.sharedBuffer(at(held, index))));
      const { dispatches, release } = await this.createDispatches(schedule, placed, { ...options, label });
      const none = new Map<string, ProgramBuffer>();
      const program = new Program({
        ...this.programParts(label, dispatches),
        inputs: none,
        outputs: none,
        states: [],
        report: reportOf(schedule, [], parameters),
        release,
      });
      try {
        program.run();
      } finally {
        program.dispose();
      }
      return [...results].map(([tensor, buffer]) => {
        const id = this.interner.idOf(tensor);
        this.shared.set(id, { buffer, holders: 1 });
        return id;
      });
    } catch (error) {
      destroyResults();
      throw error;
    } finally {
      this.release(held);
    }
  }

  private async assemble(
    { schedule, outputs, report }: GraphPlan,
    placed: ReadonlyMap<object, GPUBuffer>,
    inputBuffers: ReadonlyMap<string, ProgramBuffer>,
    held: ReadonlyMap<Tensor, number>,
    options: CompileOptions,
  ): Promise<Program> {
    const { dispatches, slots, release } = await this.createDispatches(schedule, placed, options);
    const inputBytes = [...inputBuffers.values()].reduce((sum, { buffer }) => sum + buffer.size, 0);
    const ownBytes = inputBytes + schedule.plan.totalBytes;
    this.programBytes += ownBytes;
    const bufferOf = (tensor: Tensor): GPUBuffer => bufferFor(schedule.storageOf(tensor), placed, slots);
    return new Program({
      ...this.programParts(options.label, dispatches),
      inputs: inputBuffers,
      outputs: new Map([...outputs].map(([name, tensor]) => [name, { buffer: bufferOf(tensor), shape: tensor.shape }])),
      states: statesOf(schedule, placed),
      report,
      release: () => {
        release();
        for (const { buffer } of inputBuffers.values()) buffer.destroy();
        this.programBytes -= ownBytes;
        this.release(held.values());
      },
    });
  }

  private programParts(
    label: string,
    dispatches: readonly Dispatch[],
  ): Pick<ProgramParts, 'label' | 'device' | 'loss' | 'dispatches' | 'flopsPerSubmit'> {
    return { label, device: this.device, loss: this.loss, dispatches, flopsPerSubmit: this.flopsPerSubmit };
  }

  private createInputs(
    inputs: ReadonlyMap<string, Tensor>,
    buffers: Map<string, ProgramBuffer>,
    label: string,
  ): Promise<void> {
    const needed = [...inputs.values()].reduce((sum, { shape }) => sum + bytesOf(shape), 0);
    const createAll = (): void => {
      for (const [name, { shape }] of inputs) {
        buffers.set(name, { buffer: this.createBuffer(`${label} input ${name}`, bytesOf(shape)), shape });
      }
    };
    // Whoever gave `buffers` destroys them, whatever fails.
    return this.allocate(`the inputs of ${label}`, needed, createAll, () => undefined);
  }

  private async createDispatches(
    schedule: Schedule,
    placed: ReadonlyMap<object, GPUBuffer>,
    options: CompileOptions,
  ): Promise<{ dispatches: Dispatch[]; slots: GPUBuffer[]; release: () => void }> {
    const pipelines = await this.compilePipelines(schedule.steps, options);
    const { slots, uniforms } = await this.allocate(
      options.label,
      schedule.plan.totalBytes,
      () => ({
        slots: schedule.plan.slotBytes.map((bytes, index) =>
          this.createBuffer(`${options.label} slot ${index}`, bytes),
        ),
        uniforms: createUniforms(this.device, schedule.steps, pipelines, options.label),
      }),
      (made) => [...made.slots, made.uniforms.buffer].forEach((buffer) => buffer.destroy()),
    );
    const release = (): void => [...slots, uniforms.buffer].forEach((buffer) => buffer.destroy());
    const dispatches = schedule.steps.map((step, index): Dispatch => {
      const pipeline = at(pipelines, index);
      const params = { buffer: uniforms.buffer, offset: at(uniforms.offsets, index), size: at(uniforms.sizes, index) };
      return {
        label: step.label,
        kernel: pipeline.key,
        pipeline: pipeline.pipeline,
        bindGroup: createBindGroup(this.device, step, pipeline, params, (name) =>
          bindingFor(storageNamed(step, name), placed, slots),
        ),
        workgroups: step.call.workgroups,
        flops: step.call.flops,
        bytes: [...step.bindings.values()].reduce((sum, storage) => sum + storage.bytes, 0),
      };
    });
    return { dispatches, slots, release };
  }

  private async compilePipelines(steps: readonly Step[], options: CompileOptions): Promise<Pipeline[]> {
    let done = 0;
    return Promise.all(
      steps.map(async (step) => {
        const pipeline = await this.pipelines.get(step.call);
        options.onProgress?.(++done, steps.length);
        return pipeline;
      }),
    );
  }

  /**
   * Runs what creates buffers.
   * @throws GanvasError `gpu-out-of-memory`, after undoing it, when the GPU has no room for them.
   */
  private async allocate<T>(label: string, needed: number, create: () => T, undo: (made: T) => void): Promise<T> {
    this.device.pushErrorScope('out-of-memory');
    let made: T;
    let outOfMemory: Promise<GPUError | null>;
    try {
      made = create();
    } finally {
      outOfMemory = this.device.popErrorScope();
    }
    if ((await outOfMemory) === null) return made;
    undo(made);
    throw new GanvasError(
      'gpu-out-of-memory',
      `The GPU has no room for ${label}: it needs ${needed} bytes. Close other tabs, or use a smaller model or batch.`,
      { needed },
    );
  }

  private sharedBuffer(id: number): GPUBuffer {
    const entry = this.shared.get(id);
    if (entry === undefined) throw new RangeError('internal: shared buffer is gone');
    return entry.buffer;
  }

  private createBuffer(label: string, bytes: number): GPUBuffer {
    return this.device.createBuffer({ label, size: Math.ceil(bytes / 4) * 4, usage: storageUsage() });
  }

  /** About half a second of work: software adapters reach 1.5 GFLOP/s, slow hardware 50. */
  private get flopsPerSubmit(): number {
    return this.adapter.software ? 1e9 : 25e9;
  }
}

function inputBufferOf(tensor: Tensor, buffers: ReadonlyMap<string, ProgramBuffer>, label: string): GPUBuffer {
  const name = tensor.source.kind === 'input' ? tensor.source.name : '';
  const own = buffers.get(name);
  if (own === undefined) {
    throw new GanvasError('input-missing', `${label} reads the input ${name}, which was not declared.`, { name });
  }
  return own.buffer;
}

/** Buffers that a run changes. */
function statesOf({ states }: Schedule, placed: ReadonlyMap<object, GPUBuffer>): GPUBuffer[] {
  return [...states].map((state) => bufferFor({ kind: 'placed', owner: state, offset: 0, bytes: 0 }, placed, []));
}
