import { GanvasError } from './errors.js';
import type { Dispatch } from './dispatch.js';
import { at } from './shape.js';

export interface KernelTiming {
  readonly label: string;
  readonly kernel: string;
  /** GPU time of one dispatch: the median of five samples. */
  readonly microseconds: number;
  readonly gigaflopsPerSecond: number;
  readonly gigabytesPerSecond: number;
}

/** Timers tick in steps of 65.536 µs by default (100 µs in some browsers): a sample is at least 20 steps long. */
const sampleNanoseconds = 2e6;
/** Odd, so that the median is one of them. */
const timedSamples = 5;
const maxRepeats = 4096;
const maxGrowth = 16;

/** Times dispatches one by one: each alone in a pass, repeated, which is sound because kernels never accumulate. */
export async function timeSteps(device: GPUDevice, dispatches: readonly Dispatch[]): Promise<KernelTiming[]> {
  if (!device.features.has('timestamp-query')) {
    throw new GanvasError(
      'profile-unsupported',
      'This adapter has no timestamp queries, so single kernels cannot be timed. Whole runs still can.',
    );
  }
  const timer = new PassTimer(device);
  try {
    const timings: KernelTiming[] = [];
    for (const dispatch of dispatches) timings.push(await timeDispatch(timer, dispatch));
    return timings;
  } finally {
    timer.dispose();
  }
}

/**
 * The step of the GPU's timer, nanoseconds: the greatest common divisor of many timestamps. Null without timestamp
 * queries. Browsers and Dawn blur it to 65.536 or 100 µs unless told otherwise.
 */
export async function timestampQuantum(device: GPUDevice, samples = 16): Promise<number | null> {
  if (!device.features.has('timestamp-query')) return null;
  const timer = new PassTimer(device);
  try {
    let divisor = 0n;
    for (let sample = 0; sample < samples; sample++) {
      for (const tick of await timer.ticks(() => undefined)) divisor = greatestCommonDivisor(divisor, tick);
    }
    return Number(divisor);
  } finally {
    timer.dispose();
  }
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}

/**
 * Repeats a dispatch until the median of its samples is long enough. No single sample decides: a slow one, such as the
 * first, would leave samples shorter than a step of the timer, which read as zero.
 */
async function timeDispatch(timer: PassTimer, dispatch: Dispatch): Promise<KernelTiming> {
  let repeats = 1;
  for (;;) {
    const elapsed = await medianSample(timer, dispatch, repeats);
    if (elapsed >= sampleNanoseconds || repeats >= maxRepeats) return timingOf(dispatch, elapsed / repeats);
    // Samples of few timer steps tell little of how many repeats are needed.
    const growth = Math.min(maxGrowth, (1.25 * sampleNanoseconds) / Math.max(elapsed, 1));
    repeats = Math.min(maxRepeats, Math.ceil(repeats * growth));
  }
}

/** Nanoseconds of `repeats` dispatches: the median of five samples. */
async function medianSample(timer: PassTimer, dispatch: Dispatch, repeats: number): Promise<number> {
  const samples: number[] = [];
  while (samples.length < timedSamples) samples.push(await timer.time(dispatch, repeats));
  samples.sort((a, b) => a - b);
  return at(samples, (timedSamples - 1) / 2);
}

function timingOf(dispatch: Dispatch, nanoseconds: number): KernelTiming {
  return {
    label: dispatch.label,
    kernel: dispatch.kernel,
    microseconds: nanoseconds / 1000,
    gigaflopsPerSecond: nanoseconds > 0 ? dispatch.flops / nanoseconds : 0,
    gigabytesPerSecond: nanoseconds > 0 ? dispatch.bytes / nanoseconds : 0,
  };
}

class PassTimer {
  private readonly querySet: GPUQuerySet;
  private readonly resolved: GPUBuffer;
  private readonly staging: GPUBuffer;

  constructor(private readonly device: GPUDevice) {
    this.querySet = device.createQuerySet({ label: 'profile', type: 'timestamp', count: 2 });
    const size = 16;
    this.resolved = device.createBuffer({
      label: 'profile timestamps',
      size,
      usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC,
    });
    this.staging = device.createBuffer({
      label: 'profile read',
      size,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
  }

  /** Nanoseconds from the first to the last of `repeats` dispatches. */
  async time(dispatch: Dispatch, repeats: number): Promise<number> {
    const [begin, end] = await this.ticks((pass) => {
      pass.setPipeline(dispatch.pipeline);
      pass.setBindGroup(0, dispatch.bindGroup);
      for (let repeat = 0; repeat < repeats; repeat++) pass.dispatchWorkgroups(...dispatch.workgroups);
    });
    return Number(end - begin);
  }

  /** Timestamps at the beginning and the end of a pass. */
  async ticks(record: (pass: GPUComputePassEncoder) => void): Promise<readonly [bigint, bigint]> {
    const encoder = this.device.createCommandEncoder({ label: 'profile' });
    const pass = encoder.beginComputePass({
      label: 'profile',
      timestampWrites: { querySet: this.querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    });
    record(pass);
    pass.end();
    encoder.resolveQuerySet(this.querySet, 0, 2, this.resolved, 0);
    encoder.copyBufferToBuffer(this.resolved, 0, this.staging, 0, 16);
    this.device.queue.submit([encoder.finish()]);
    await this.staging.mapAsync(GPUMapMode.READ);
    const ticks = new BigUint64Array(this.staging.getMappedRange().slice(0));
    this.staging.unmap();
    return [at(ticks, 0), at(ticks, 1)];
  }

  dispose(): void {
    this.querySet.destroy();
    this.resolved.destroy();
    this.staging.destroy();
  }
}
