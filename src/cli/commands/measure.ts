import { sampleScored } from '../../discovery/scoredSamples.js';
import type { Engine } from '../../engine/engine.js';
import { MAX_SEED } from '../../latent/randomState.js';
import { measuresAsCsv, measuresAsJson, measuresAsMarkdown, type MeasuredModel } from '../../metrics/measureTable.js';
import { compareMethods } from '../../metrics/methodComparison.js';
import { measureModel } from '../../metrics/modelMeasures.js';
import type { PictureDistance } from '../../metrics/pathLength.js';
import type { AttributePredictor } from '../../models/attributePredictor.js';
import { comparedModel } from '../../workbench/comparedModel.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError, wrongValue, type Arguments } from '../arguments.js';
import type { Command } from '../command.js';
import { checkOutputFile, writeOutput } from '../files.js';
import { withEngine } from '../gpu.js';
import { perceptualLoss } from '../inversionLoss.js';
import { readModel, type Model } from '../model.js';
import { readPredictor } from '../predictorInput.js';
import type { Terminal } from '../terminal.js';

const DEFAULT_SAMPLES = 2000;
const FEWEST_SAMPLES = 100;
const MOST_SAMPLES = 500_000;

const FORMATS: Readonly<Record<string, (measured: MeasuredModel) => string>> = {
  json: measuresAsJson,
  csv: measuresAsCsv,
  md: measuresAsMarkdown,
};

/** `ganvas measure` */
export const measure: Command = {
  name: 'measure',
  summary: 'Compare the methods of finding directions on a model.',
  operands: ['CHECKPOINT'],
  usage: '[--predictor FILE] [--attributes a,b] [--samples N] [--out table.md]',
  options: {
    predictor: {
      value: 'predictor.safetensors',
      help: 'Network that reads attributes off pictures (default the one that comes with face64).',
    },
    attributes: { value: 'a,b', help: 'Attributes to compare by (default all of the predictor’s).' },
    samples: { value: 'N', help: `Pictures to score (default ${DEFAULT_SAMPLES}).` },
    seed: { value: 'N', help: 'Seed of the samples (default 0).' },
    class: { value: 'N', help: 'Class of a conditional model, from 0; such models need it.' },
    ...CHECKPOINT_OPTIONS,
    out: { value: 'table.md', help: 'Also write the table, as .md, .csv or .json.' },
  },
  notes: [
    'SeFa, GANSpace, InterFaceGAN (SVM, mean difference, logistic regression) and random directions, by DCI, MIG, SAP, ' +
      'correlation and side effects; of the model itself the path length and separability.',
  ],
  examples: ['ganvas measure face64 --attributes yaw,age,hair_length --samples 5000 --out table.md'],
  usesGpu: true,

  async run(args, terminal) {
    const out = args.text('out');
    const format = formatOf(out);
    if (out !== null) await checkOutputFile(out);
    const task = readTask(args);
    const predictor = await readPredictor(args.text('predictor'));
    const attributes = chosenAttributes(args.text('attributes'), predictor);
    const model = await readModel(args, terminal);
    const distance = await perceptualLoss({ loss: null, features: null, heads: null }, model.opened);
    const measured = await withEngine((engine) =>
      measureOn(engine, model, { ...task, predictor, attributes, distance }, terminal),
    );
    if (out !== null) await writeOutput(out, format(measured));
    terminal.progress(null);
    terminal.print(measuresAsMarkdown(measured).trimEnd());
  },
};

interface Task {
  readonly samples: number;
  readonly seed: number;
  readonly class: number | null;
}

function readTask(args: Arguments): Task {
  return {
    samples: args.whole('samples', FEWEST_SAMPLES, MOST_SAMPLES) ?? DEFAULT_SAMPLES,
    seed: args.whole('seed', 0, MAX_SEED) ?? 0,
    class: args.whole('class', 0),
  };
}

/** @throws GanvasError `usage` */
function formatOf(out: string | null): (measured: MeasuredModel) => string {
  const ending = /\.([a-z]+)$/i.exec(out ?? '.md')?.[1]?.toLowerCase() ?? '';
  const format = Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
  if (format !== undefined) return format;
  throw usageError(`--out is ${JSON.stringify(out)}. Expected a name that ends with .md, .csv or .json.`);
}

/** @throws GanvasError `usage` */
function chosenAttributes(text: string | null, predictor: AttributePredictor): readonly string[] {
  if (text === null) return predictor.attributes;
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  if (names.every((name) => predictor.attributes.includes(name))) return names;
  throw wrongValue('attributes', text, `names among ${predictor.attributes.join(', ')}`);
}

async function measureOn(
  engine: Engine,
  { name, opened }: Model,
  task: Task & {
    readonly predictor: AttributePredictor;
    readonly attributes: readonly string[];
    readonly distance: PictureDistance | null;
  },
  terminal: Terminal,
): Promise<MeasuredModel> {
  const { samples: count, seed, class: label, predictor, attributes, distance } = task;
  const onProgress = (text: string, fraction: number): void => terminal.progress({ label: text, fraction });
  const samples = await sampleScored(engine, opened.generator, predictor, {
    count,
    seed,
    class: label,
    psi: 1,
    onProgress: (done, total) => onProgress('Rendering samples', done / total),
  });
  const common = { attributes, seed, class: label, onProgress };
  const methods = await compareMethods(engine, comparedModel(opened), predictor, samples, {
    ...common,
    pictures: Math.min(256, Math.ceil(count / 10)),
    onMethod: () => undefined,
  });
  const ways = Math.min(2000, Math.ceil(count / 4));
  const measures = await measureModel(engine, opened.generator, samples, { ...common, distance, ways });
  return { model: name, samples: count, seed, attributes, methods, measures };
}
