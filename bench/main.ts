import type { Engine } from '../src/engine/engine.js';
import { timestampQuantum } from '../src/engine/profile.js';
import { sizeOf } from '../src/engine/shape.js';
import { openCheckpoint } from '../src/workbench/openedCheckpoint.js';
import { GeneratorSession } from '../src/workbench/session.js';
import type { BenchModel } from './benchModel.js';
import { benchConvolutions, type ConvolutionResult } from './convolutions.js';
import { benchForward, checkFinite, kernelsOf, timeWall, type KernelResult, type ModelResult } from './forward.js';
import { benchGradient, type GradientResult } from './gradients.js';
import { benchInversion, type InversionResult, type InversionWork } from './inversion.js';
import { planMemoryOfModels, type MemoryResult } from './memory.js';
import type { PeerResult } from './peers/peerResult.js';
import { benchPublished } from './published.js';
import type { Spread } from './statistics.js';
import { workloads as everyWorkload, testValues, type OpWorkload } from './workloads.js';

export type { KernelResult, ModelResult } from './forward.js';

export type Suite = 'peers' | 'ops' | 'convolutions' | 'models' | 'gradients' | 'published' | 'memory' | 'inversion';
export type BenchResult =
  PeerResult | OpResult | ConvolutionResult | ModelResult | GradientResult | MemoryResult | InversionResult;

export interface BenchOptions {
  readonly engine: Engine;
  readonly suites: readonly Suite[];
  /** Checkpoints of the suites `models`, `gradients` and `inversion`. */
  readonly models: readonly BenchModel[];
  /** Rows of the `ops` suite; all by default. */
  readonly workloads?: readonly OpWorkload[];
  /** Wall-time samples of each row, by default 30; fewer give a smoke test, not figures to compare. */
  readonly samples?: number;
  /** Needed by the suite `peers`, which runs in Node: where others find the adapter. */
  readonly gpu?: GPU;
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
  gpu,
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
  if (suites.includes('convolutions')) results.push(...(await benchConvolutions(engine, samples, onProgress)));
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
  if (suites.includes('published')) results.push(...(await benchPublished(engine, samples, onProgress)));
  if (suites.includes('peers') && gpu !== undefined) {
    const { benchPeers } = await import('./peers/peers.js');
    results.push(...(await benchPeers(engine, gpu, models, samples, onProgress)));
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
  const started = performance.now();
  const session = await GeneratorSession.open(engine, await openCheckpoint(model.bytes, model.name));
  try {
    const recipe = session.defaultRecipe(0);
    const inputs = await session.frameInputs(recipe, []);
    const frame = await session.frame(session.formOf(recipe), 'picture');
    const { program } = frame;
    frame.write(inputs, recipe.noise.seed);
    return await benchForward(engine, {
      name: `${model.name} frame`,
      program,
      started,
      samples,
      gpuBytes: engine.allocatedBytes - before,
      inputs: { offset: inputs.offset },
    });
  } finally {
    session.dispose();
  }
}

function scaleSpread({ median, quartiles, samples }: Spread, factor: number): Spread {
  return { median: median * factor, quartiles: [quartiles[0] * factor, quartiles[1] * factor], samples };
}
