import type { Engine } from '../src/engine/engine.js';
import { GanvasError } from '../src/engine/errors.js';
import type { Program } from '../src/engine/program.js';
import type { Spread } from './statistics.js';
import { timeInterleaved } from './timing.js';

export interface ModelResult {
  readonly suite: 'models';
  readonly name: string;
  readonly wallMilliseconds: Spread;
  readonly coldMilliseconds: number;
  readonly dispatches: number;
  /** Intermediates and the picture. */
  readonly arenaBytes: number;
  /** All buffers of the model: arenas, inputs, weights and constants. */
  readonly gpuBytes: number;
  readonly gigaflops: number;
  readonly gigaflopsPerSecond: number;
  readonly kernels: readonly KernelResult[];
}

/** GPU time of one dispatch by timestamp queries, median of five samples. */
export interface KernelResult {
  readonly label: string;
  readonly kernel: string;
  readonly microseconds: number;
  readonly gigaflopsPerSecond: number;
  readonly gigabytesPerSecond: number;
}

/** Fewer samples than this are a look. */
const leastProfiled = 3;

interface ForwardWork {
  readonly name: string;
  /** Its inputs are written, and its output `img` is the picture. */
  readonly program: Program;
  /** `performance.now()` before anything of it was compiled. */
  readonly started: number;
  readonly samples: number;
  readonly gpuBytes: number;
  /** What is written before each run. */
  readonly inputs?: Readonly<Record<string, Float32Array<ArrayBuffer>>>;
}

/** Times a program that draws a picture, once it is known to draw one. @throws GanvasError `bench-wrong-result` */
export async function benchForward(
  engine: Engine,
  { name, program, started, samples, gpuBytes, inputs = {} }: ForwardWork,
): Promise<ModelResult> {
  await checkFinite(program, 'img', name);
  const coldMilliseconds = performance.now() - started;
  const wall = await timeWall(engine.device, samples, () => program.run(inputs));
  const { dispatches, arenaBytes, flops } = program.report;
  return {
    suite: 'models',
    name,
    wallMilliseconds: wall,
    coldMilliseconds,
    dispatches,
    arenaBytes,
    gpuBytes,
    gigaflops: flops / 1e9,
    gigaflopsPerSecond: flops / (wall.median * 1e6),
    // Each kernel is timed several times over: too long for a look.
    kernels: samples < leastProfiled ? [] : await kernelsOf(engine, program),
  };
}

/** A kernel that computes nonsense fast has no time. */
export async function checkFinite(program: Program, output: string, name: string): Promise<void> {
  program.run();
  const values = await program.read(output);
  if (values.every((value) => Number.isFinite(value)) && values.some((value) => value !== 0)) return;
  throw new GanvasError('bench-wrong-result', `${name}: the result is not finite or all zero, so it was not timed.`, {
    name,
  });
}

/** Milliseconds of one `run`. */
export async function timeWall(device: GPUDevice, samples: number, run: () => void): Promise<Spread> {
  const [spread] = await timeInterleaved(device, samples, [run]);
  if (spread === undefined) throw new RangeError('internal: one spread');
  return spread;
}

export async function kernelsOf(engine: Engine, program: Program): Promise<readonly KernelResult[]> {
  return engine.device.features.has('timestamp-query') ? program.profile() : [];
}
