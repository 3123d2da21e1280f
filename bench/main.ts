import type { Engine } from '../src/engine/engine.js';
import { GanvasError } from '../src/engine/errors.js';
import { timestampQuantum } from '../src/engine/profile.js';
import type { Program } from '../src/engine/program.js';
import { sizeOf } from '../src/engine/shape.js';
import { openCheckpoint } from '../src/workbench/openedCheckpoint.js';
import { GeneratorSession } from '../src/workbench/session.js';
import type { BenchModel } from './benchModel.js';
import { benchGradient, type GradientResult } from './gradients.js';
import { benchInversion, type InversionResult, type InversionWork } from './inversion.js';
import { planMemoryOfModels, type MemoryResult } from './memory.js';
import type { Spread } from './statistics.js';
import { timeInterleaved } from './timing.js';
import { workloads as everyWorkload, testValues, type OpWorkload } from './workloads.js';

export type Suite = 'ops' | 'models' | 'gradients' | 'memory' | 'inversion';
export type BenchResult = OpResult | ModelResult | GradientResult | MemoryResult | InversionResult;

export interface BenchOptions {
  readonly engine: Engine;
  readonly suites: readonly Suite[];
  /** Checkpoints of the suites `models`, `gradients` and `inversion`. */
  readonly models: readonly BenchModel[];
  /** Rows of the `ops` suite; all by default. */
  readonly workloads?: readonly OpWorkload[];
  /** Wall-time samples of each row, by default 30; fewer give a smoke test, not figures to compare. */
  readonly samples?: number;
  /** Needed by the suite `inversion`. */
  readonly inversion?: InversionWork;
  readonly onProgress?: (label: string) => void;
}

export interface AdapterReport {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** True: timed on a CPU, comparable only with itself. */
  readonly software: boolean;
  /** Step of the GPU's timer, nanoseconds; null without timestamp queries. */
  readonly timestampQuantum: number | null;
}

/** One op, timed as it is replayed. */
export interface OpResult {
  readonly suite: 'ops';
  readonly op: string;
  readonly name: string;
  readonly wallMicroseconds: Spread;
  readonly kernels: readonly KernelResult[];
  readonly dispatches: number;
  /** Intermediates and the output. */
  readonly arenaBytes: number;
  /** All buffers that it needs to run: arena, inputs, weights and constants. */
  readonly gpuBytes: number;
  /** By the median wall time. */
  readonly gigaflopsPerSecond: number;
}

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

export interface BenchReport {
  readonly version: 1;
  readonly adapter: AdapterReport;
  readonly results: readonly BenchResult[];
}

const defaultSamples = 30;

/**
 * Times ops and whole models on one adapter: warm-up, then samples of about 10 ms or one run, whichever is longer.
 * @throws GanvasError `bench-wrong-result` when something computes nonsense.
 */
export async function runBench({
  engine,
  suites,
  models,
  workloads = everyWorkload,
  samples = defaultSamples,
  inversion,
  onProgress = () => undefined,
}: BenchOptions): Promise<BenchReport> {
  const results: BenchResult[] = [];
  if (suites.includes('ops')) {
    for (const workload of workloads) {
      onProgress(workload.name);
      results.push(await benchOp(engine, workload, samples));
    }
  }
  if (suites.includes('models')) {
    for (const model of models) {
      onProgress(model.name);
      results.push(await benchModel(engine, model, samples));
    }
  }
  if (suites.includes('gradients')) {
    for (const model of models) {
      onProgress(`${model.name} forward and backward`);
      results.push(await benchGradient(engine, model, samples));
    }
  }
  if (suites.includes('memory')) results.push(...planMemoryOfModels());
  if (suites.includes('inversion') && inversion !== undefined) {
    for (const model of models) results.push(...(await benchInversion(engine, model, inversion, onProgress)));
  }
  return {
    version: 1,
    adapter: { ...engine.adapter, timestampQuantum: await timestampQuantum(engine.device) },
    results,
  };
}

async function benchOp(engine: Engine, workload: OpWorkload, samples: number): Promise<OpResult> {
  const before = engine.allocatedBytes;
  const program = await engine.compile((inputs) => ({ y: workload.build(inputs) }), workload.inputs, {
    label: workload.name,
  });
  try {
    let seed = 2;
    for (const [name, shape] of Object.entries(workload.inputs)) program.write(name, testValues(sizeOf(shape), seed++));
    await checkFinite(program, 'y', workload.name);
    const wall = await timeWall(engine.device, samples, () => program.run());
    const { dispatches, arenaBytes, flops } = program.report;
    return {
      suite: 'ops',
      op: workload.op,
      name: workload.name,
      wallMicroseconds: scaleSpread(wall, 1000),
      kernels: await kernelsOf(engine, program),
      dispatches,
      arenaBytes,
      gpuBytes: engine.allocatedBytes - before,
      gigaflopsPerSecond: flops / (wall.median * 1e6),
    };
  } finally {
    program.dispose();
  }
}

async function benchModel(engine: Engine, model: BenchModel, samples: number): Promise<ModelResult> {
  const before = engine.allocatedBytes;
  const coldStart = performance.now();
  const session = await GeneratorSession.open(engine, await openCheckpoint(model.bytes, model.name));
  try {
    const recipe = session.defaultRecipe(0);
    const inputs = await session.frameInputs(recipe, []);
    const frame = await session.frame(session.formOf(recipe), 'picture');
    const { program } = frame;
    frame.write(inputs, recipe.noise.seed);
    program.run();
    await checkFinite(program, 'img', model.name);
    const coldMilliseconds = performance.now() - coldStart;
    const wall = await timeWall(engine.device, samples, () => program.run({ offset: inputs.offset }));
    const { dispatches, arenaBytes, flops } = program.report;
    return {
      suite: 'models',
      name: `${model.name} frame`,
      wallMilliseconds: wall,
      coldMilliseconds,
      dispatches,
      arenaBytes,
      gpuBytes: engine.allocatedBytes - before,
      gigaflops: flops / 1e9,
      gigaflopsPerSecond: flops / (wall.median * 1e6),
      kernels: await kernelsOf(engine, program),
    };
  } finally {
    session.dispose();
  }
}

/** A kernel that computes nonsense fast has no time. */
async function checkFinite(program: Program, output: string, name: string): Promise<void> {
  program.run();
  const values = await program.read(output);
  if (values.every((value) => Number.isFinite(value)) && values.some((value) => value !== 0)) return;
  throw new GanvasError('bench-wrong-result', `${name}: the result is not finite or all zero, so it was not timed.`, {
    name,
  });
}

/** Milliseconds of one `run`. */
async function timeWall(device: GPUDevice, samples: number, run: () => void): Promise<Spread> {
  const [spread] = await timeInterleaved(device, samples, [run]);
  if (spread === undefined) throw new RangeError('internal: one spread');
  return spread;
}

async function kernelsOf(engine: Engine, program: Program): Promise<readonly KernelResult[]> {
  return engine.device.features.has('timestamp-query') ? program.profile() : [];
}

function scaleSpread({ median, quartiles, samples }: Spread, factor: number): Spread {
  return { median: median * factor, quartiles: [quartiles[0] * factor, quartiles[1] * factor], samples };
}
