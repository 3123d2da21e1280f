import type { Engine } from '../src/engine/engine.js';
import { timestampQuantum } from '../src/engine/profile.js';
import { openCheckpoint } from '../src/workbench/openedCheckpoint.js';
import { GeneratorSession } from '../src/workbench/session.js';
import type { BenchModel } from './benchModel.js';
import { benchConvolutions } from './convolutions.js';
import { benchForward, type ModelResult } from './forward.js';
import { benchGradient } from './gradients.js';
import { benchInversion, type InversionWork } from './inversion.js';
import { planMemoryOfModels } from './memory.js';
import { benchOp } from './ops.js';
import { measurePeak, type Peak } from './peak.js';
import type { Runtimes } from './peers/runtimes.js';
import { benchPublished } from './published.js';
import type { BenchReport, BenchResult } from './report.js';
import { workloads as everyWorkload, type OpWorkload } from './workloads.js';

export type Suite =
  'peers' | 'large-peers' | 'ops' | 'convolutions' | 'models' | 'gradients' | 'published' | 'memory' | 'inversion';

export interface BenchOptions {
  readonly engine: Engine;
  readonly suites: readonly Suite[];
  /** Checkpoints of the suites `models`, `gradients` and `inversion`. */
  readonly models: readonly BenchModel[];
  /** Rows of the `ops` suite; all by default. */
  readonly workloads?: readonly OpWorkload[];
  /** Wall-time samples of each row, by default 30; fewer give a smoke test, not figures to compare. */
  readonly samples?: number;
  /** Needed by the suites `peers` and `large-peers`: loads the other runtimes, on the engine's adapter. */
  readonly loadPeers?: () => Promise<Runtimes>;
  /** Needed by the suite `inversion`. */
  readonly inversion?: InversionWork;
  /** What the adapter can do at most; measured where it is not given. */
  readonly peak?: Peak;
  /** Classes of convolutions whose kernel was measured before; none by default. */
  readonly tunedKernels?: number;
  readonly onProgress?: (label: string) => void;
}

const defaultSamples = 30;
const peakSamples = 10;
/** Suites whose rates are told as shares of the peak. */
const ratedSuites: readonly Suite[] = ['ops', 'convolutions', 'models', 'published'];

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
  loadPeers,
  inversion,
  peak: givenPeak,
  tunedKernels = 0,
  onProgress = () => undefined,
}: BenchOptions): Promise<BenchReport> {
  const results: BenchResult[] = [];
  const isRated = suites.some((suite) => ratedSuites.includes(suite));
  if (isRated && givenPeak === undefined) onProgress('the peak of this adapter');
  const measured =
    isRated && givenPeak === undefined ? await measurePeak(engine.device, Math.min(samples, peakSamples)) : null;
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
  if (suites.includes('peers') && loadPeers !== undefined) {
    const { benchPeers } = await import('./peers/peers.js');
    results.push(...(await benchPeers(engine, await loadPeers(), models, samples, onProgress)));
  }
  if (suites.includes('large-peers') && loadPeers !== undefined) {
    const { benchLargePeers } = await import('./peers/peers.js');
    results.push(...(await benchLargePeers(engine, await loadPeers(), samples, onProgress)));
  }
  if (suites.includes('memory')) results.push(...planMemoryOfModels());
  if (suites.includes('inversion') && inversion !== undefined) {
    for (const model of models) results.push(...(await benchInversion(engine, model, inversion, onProgress)));
  }
  return { ...(await describeRun(engine)), tunedKernels, peak: givenPeak ?? measured, results };
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

async function describeRun({
  adapter,
  device,
}: Engine): Promise<Omit<BenchReport, 'results' | 'peak' | 'tunedKernels'>> {
  const { vendor, architecture, description, software } = adapter;
  return {
    version: 2,
    date: new Date().toISOString(),
    adapter: { vendor, architecture, description, software },
    runtime: runtimeName(),
    features: [...device.features].sort(),
    limits: Object.fromEntries(reportedLimits.map((limit) => [limit, device.limits[limit]])),
    timestampQuantum: await timestampQuantum(device),
  };
}

/** Limits that decide which kernels there can be. */
const reportedLimits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
] as const;

function runtimeName(): string {
  const { process } = globalThis as { process?: NodeJS.Process };
  return process === undefined
    ? navigator.userAgent
    : `Node ${process.versions.node} (${process.platform} ${process.arch})`;
}
