import type { Suite } from '../../../bench/main.js';
import type { Peak } from '../../../bench/peak.js';
import type { BenchReport } from '../../../bench/report.js';
import { convChoices } from '../../ops/convMethod.js';
import { storageTypes } from '../../ops/storageType.js';
import { readCheckpointSource } from '../checkpointSource.js';
import type { Command } from '../command.js';
import { usageError, type Arguments } from '../arguments.js';
import { checkOutputFile, readInput, writeOutput } from '../files.js';
import { withEngine } from '../gpu.js';
import { inversionWork } from '../inversionBench.js';

const QUICK_SUITES: readonly Suite[] = ['ops', 'models', 'gradients', 'memory'];
const SUITES: readonly Suite[] = [...QUICK_SUITES, 'convolutions', 'peers', 'large-peers', 'published', 'inversion'];
const BENCHED_MODELS = ['face64'];

/** `ganvas bench` */
export const bench: Command = {
  name: 'bench',
  summary: 'Time the kernels and the bundled model on this machine.',
  operands: [],
  usage:
    '[--suite ops|models|gradients|memory|convolutions|peers|large-peers|published|inversion] [--samples 30] [--json out.json] [--compare earlier.json]',
  options: {
    suite: {
      value: 'ops|models|gradients|memory|convolutions|peers|large-peers|published|inversion',
      help: 'Only single operations, whole models, forward and backward together, or planned memory (default these four); or one convolution by each method in turns, convolutions, other ops and the model beside onnxruntime and tfjs (peers; they are installed apart), StyleGAN2-f at 256² beside them (large-peers), published configurations up to 1024² with random weights, or how close inversions come (the last three take long).',
    },
    convolution: {
      value: convChoices.join('|'),
      help: 'Compute 3×3 convolutions by this method wherever it can be used (default auto: the one expected to be fastest).',
    },
    weights: { value: storageTypes.join('|'), help: 'What products read their weights as (default f32).' },
    activations: {
      value: storageTypes.join('|'),
      help: 'What features are stored as between convolutions (default f32); f16 needs an adapter with shader-f16.',
    },
    samples: { value: 'n', help: 'Timed samples of each row (default 30); fewer are a look, not a measurement.' },
    json: { value: 'out.json', help: 'Also write all figures as JSON (bench/report.schema.json describes it).' },
    compare: {
      value: 'earlier.json',
      help: 'Say how many times as fast each is as in an earlier run on this adapter; runs on another are refused.',
    },
    'peak-gflops': {
      value: 'n',
      help: "The adapter's GFLOP/s, to tell shares of; with --peak-gbs, else both are measured.",
    },
    'peak-gbs': { value: 'n', help: "The adapter's GB/s of memory." },
  },
  notes: ['The adapter is named first; a software adapter is timed on the CPU and comparable only with itself.'],
  examples: ['ganvas bench --suite models --json bench.json'],
  usesGpu: true,

  async run(args, terminal) {
    const suite = args.choice('suite', SUITES);
    const convolution = args.choice('convolution', convChoices) ?? 'auto';
    const weights = args.choice('weights', storageTypes) ?? 'f32';
    const activations = args.choice('activations', storageTypes) ?? 'f32';
    const samples = args.whole('samples', 1, 10_000) ?? 30;
    const json = args.text('json');
    if (json !== null) await checkOutputFile(json);
    const peak = givenPeak(args);
    // Loaded here, because its workloads draw their weights as they are loaded.
    const [{ runBench }, { compareReports }, { formatComparison, formatReport }] = await Promise.all([
      import('../../../bench/main.js'),
      import('../../../bench/report.js'),
      import('../../../bench/table.js'),
    ]);
    const earlier = await earlierReport(args.text('compare'));
    const models = await Promise.all(BENCHED_MODELS.map((name) => readCheckpointSource(name, terminal)));
    const inversion = suite === 'inversion' ? { inversion: await inversionWork() } : {};
    const report = await withEngine(
      (engine, gpu, tuner) =>
        runBench({
          engine,
          tunedKernels: tuner.known,
          loadPeers: async () => (await import('../../../bench/peers/nodeRuntimes.js')).nodeRuntimes(gpu),
          suites: suite === null ? QUICK_SUITES : [suite],
          ...inversion,
          ...(peak === null ? {} : { peak }),
          models,
          samples,
          onProgress: (label) => terminal.progress({ label: `Timing ${label}`, fraction: null }),
        }),
      { convolution, weights, activations },
    );
    if (json !== null) await writeOutput(json, `${JSON.stringify(report, null, 2)}\n`);
    terminal.progress(null);
    terminal.print(formatReport(report).trimEnd());
    if (earlier !== null) terminal.print(`\n${formatComparison(compareReports(earlier, report))}`);
  },
};

/** @throws GanvasError `usage` when only one of the two is given */
function givenPeak(args: Arguments): Peak | null {
  const [gigaflopsPerSecond, gigabytesPerSecond] = [args.finite('peak-gflops'), args.finite('peak-gbs')];
  if (gigaflopsPerSecond === null && gigabytesPerSecond === null) return null;
  if (
    gigaflopsPerSecond === null ||
    gigabytesPerSecond === null ||
    Math.min(gigaflopsPerSecond, gigabytesPerSecond) <= 0
  )
    throw usageError('--peak-gflops and --peak-gbs go together, and are above 0.');
  return { gigaflopsPerSecond, gigabytesPerSecond, source: 'given' };
}

/** Read before anything is timed, so that a wrong file costs no run. @throws GanvasError `bench-not-a-report` */
async function earlierReport(path: string | null): Promise<BenchReport | null> {
  if (path === null) return null;
  const { parseReport } = await import('../../../bench/report.js');
  return parseReport(new TextDecoder().decode(await readInput(path, 'what ganvas bench --json wrote')), path);
}
