import type { Suite } from '../../../bench/main.js';
import { convChoices } from '../../ops/convMethod.js';
import { readCheckpointSource } from '../checkpointSource.js';
import type { Command } from '../command.js';
import { checkOutputFile, writeOutput } from '../files.js';
import { withEngine } from '../gpu.js';
import { inversionWork } from '../inversionBench.js';

const QUICK_SUITES: readonly Suite[] = ['ops', 'models', 'gradients', 'memory'];
const SUITES: readonly Suite[] = [...QUICK_SUITES, 'convolutions', 'peers', 'published', 'inversion'];
const BENCHED_MODELS = ['face64'];

/** `ganvas bench` */
export const bench: Command = {
  name: 'bench',
  summary: 'Time the kernels and the bundled model on this machine.',
  operands: [],
  usage:
    '[--suite ops|models|gradients|memory|convolutions|peers|published|inversion] [--samples 30] [--json out.json]',
  options: {
    suite: {
      value: 'ops|models|gradients|memory|convolutions|peers|published|inversion',
      help: 'Only single operations, whole models, forward and backward together, or planned memory (default these four); or one convolution by each method in turns, convolutions, other ops and the model beside onnxruntime and tfjs (peers; they are installed apart), published configurations up to 1024² with random weights, or how close inversions come (the last two take long).',
    },
    convolution: {
      value: convChoices.join('|'),
      help: 'Compute 3×3 convolutions by this method wherever it can be used (default auto: the one expected to be fastest).',
    },
    samples: { value: 'n', help: 'Timed samples of each row (default 30); fewer are a look, not a measurement.' },
    json: { value: 'out.json', help: 'Also write all figures as JSON.' },
  },
  notes: ['The adapter is named first; a software adapter is timed on the CPU and comparable only with itself.'],
  examples: ['ganvas bench --suite models --json bench.json'],
  usesGpu: true,

  async run(args, terminal) {
    const suite = args.choice('suite', SUITES);
    const convolution = args.choice('convolution', convChoices) ?? 'auto';
    const samples = args.whole('samples', 1, 10_000) ?? 30;
    const json = args.text('json');
    if (json !== null) await checkOutputFile(json);
    // Loaded here, because its workloads draw their weights as they are loaded.
    const [{ runBench }, { formatReport }] = await Promise.all([
      import('../../../bench/main.js'),
      import('../../../bench/table.js'),
    ]);
    const models = await Promise.all(BENCHED_MODELS.map((name) => readCheckpointSource(name, terminal)));
    const inversion = suite === 'inversion' ? { inversion: await inversionWork() } : {};
    const report = await withEngine(
      (engine, gpu) =>
        runBench({
          engine,
          gpu,
          suites: suite === null ? QUICK_SUITES : [suite],
          ...inversion,
          models,
          samples,
          onProgress: (label) => terminal.progress({ label: `Timing ${label}`, fraction: null }),
        }),
      { convolution },
    );
    if (json !== null) await writeOutput(json, `${JSON.stringify(report, null, 2)}\n`);
    terminal.progress(null);
    terminal.print(formatReport(report).trimEnd());
  },
};
