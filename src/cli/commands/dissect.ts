import { measureUnits } from '../../discovery/ablation.js';
import { searchCauses } from '../../discovery/causalSearch.js';
import { lumaConcepts, segmenterConcepts, type ConceptReader } from '../../discovery/conceptReader.js';
import { conceptIndex, dissect as dissectModel, type Dissection } from '../../discovery/dissection.js';
import { bestLayerOf, unitsOfConcept } from '../../discovery/dissectionSummary.js';
import { chosenLayers } from '../../discovery/featureSampler.js';
import { checkSampling } from '../../discovery/sampledLatents.js';
import type { Engine } from '../../engine/engine.js';
import { MAX_SEED } from '../../latent/randomState.js';
import type { PartSegmenter } from '../../models/partSegmenter.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError, wrongValue, type Arguments } from '../arguments.js';
import type { Command } from '../command.js';
import {
  reportAsCsv,
  reportAsJson,
  reportAsText,
  type AblationReport,
  type DissectionReport,
} from '../dissectionReport.js';
import { checkOutputFile, writeOutput } from '../files.js';
import { withEngine } from '../gpu.js';
import { readModel, type Model } from '../model.js';
import { readSegmenter } from '../segmenterInput.js';
import type { Terminal } from '../terminal.js';

const DEFAULT_SAMPLES = 1000;
const DEFAULT_STEPS = 200;
/** Ablations need fewer pictures: areas, not borders. */
const MOST_ABLATED = 256;
const FORMATS = ['json', 'csv'] as const;
const CONCEPTS = ['segmenter', 'luma'] as const;

/** `ganvas dissect` */
export const dissect: Command = {
  name: 'dissect',
  summary: 'Find what single units do, switch them off, and search for those that make a concept.',
  operands: ['CHECKPOINT'],
  usage: '[--segmenter FILE|face64] [--layers A,B] [--samples N] [options]  [--out report.json]',
  options: {
    segmenter: {
      value: 'FILE|face64',
      help: 'Network that tells the parts of a picture (default, for face64, the one that comes with it).',
    },
    'segmenter-arch': { value: 'layers.json', help: 'What the segmenter’s weights do not say.' },
    concepts: { value: 'segmenter|luma', help: 'Parts (default), or light and dark where there is no segmenter.' },
    layers: { value: 'A,B', help: 'Layers to look at, by name (default all): synthesis.b16.conv1.' },
    samples: { value: 'N', help: `Pictures to look at (default ${DEFAULT_SAMPLES}).` },
    seed: { value: 'N', help: 'Seed of the samples (default 0).' },
    class: { value: 'N', help: 'Class of a conditional model, from 0; such models need it.' },
    ablate: {
      value: 'CONCEPT:K',
      help: 'Also zero the K units that agree best with a concept, and measure what goes.',
    },
    causal: { value: 'CONCEPT', help: 'Also search for the units that together make a concept.' },
    layer: { value: 'L', help: 'Layer to ablate and to search at (default the concept’s best).' },
    steps: { value: 'N', help: `Steps of the search (default ${DEFAULT_STEPS}).` },
    ...CHECKPOINT_OPTIONS,
    out: { value: 'report.json', help: 'Everything, as .json, or a row a unit, as .csv.' },
  },
  notes: [
    'GAN Dissection (Bau et al. 2019): a unit agrees with a concept by the intersection over union of where it is on and ' +
      'where the concept is, at the threshold where the two say most about each other. What agrees need not be a cause: ' +
      '--ablate measures, --causal searches (ACE).',
  ],
  examples: [
    'ganvas dissect face64 --samples 1000 --ablate glasses:5 --out units.json',
    'ganvas dissect face64 --causal glasses --layer synthesis.b16.conv1 --steps 200',
  ],
  usesGpu: true,

  async run(args, terminal) {
    const task = readTask(args);
    if (task.out !== null) await checkOutputFile(task.out);
    const segmenter =
      task.concepts === 'luma'
        ? null
        : await readSegmenter(
            { segmenter: args.text('segmenter'), arch: args.text('segmenter-arch') },
            args.operand(0),
          );
    const model = await readModel(args, terminal);
    const { generator } = model.opened;
    const reader = segmenter === null ? lumaConcepts(generator) : segmenterConcepts(segmenter, generator);
    checkTask(task, model, reader);
    const report = await withEngine((engine) => dissectOn(engine, model, reader, segmenter, task, terminal));
    if (task.out !== null) {
      await writeOutput(task.out, task.out.toLowerCase().endsWith('.csv') ? reportAsCsv(report) : reportAsJson(report));
    }
    terminal.progress(null);
    terminal.print(reportAsText(report));
  },
};

interface DissectTask {
  readonly concepts: (typeof CONCEPTS)[number];
  readonly settings: {
    readonly layers: readonly string[];
    readonly samples: number;
    readonly seed: number;
    readonly class: number | null;
  };
  readonly ablate: { readonly concept: string; readonly count: number } | null;
  readonly causal: { readonly concept: string; readonly steps: number } | null;
  readonly layer: string | null;
  readonly out: string | null;
}

function readTask(args: Arguments): DissectTask {
  const concepts = args.choice('concepts', CONCEPTS) ?? 'segmenter';
  if (concepts === 'luma' && args.has('segmenter')) {
    throw usageError('--segmenter goes with --concepts segmenter, and they are luma. Leave one of them out.');
  }
  const [causal, steps] = [args.text('causal'), args.whole('steps', 1)];
  if (causal !== null && concepts === 'luma') {
    throw usageError('--causal needs a segmenter, through which it searches. Leave --concepts luma out.');
  }
  if (causal === null && steps !== null)
    throw usageError('--steps are those of a search. Expected --causal beside them.');
  const out = args.text('out');
  if (out !== null && !FORMATS.some((format) => out.toLowerCase().endsWith(`.${format}`))) {
    throw usageError(`--out is ${JSON.stringify(out)}. Expected a name that ends with .json or .csv.`);
  }
  const layer = args.text('layer');
  const ablate = readAblation(args.text('ablate'));
  if (layer !== null && causal === null && ablate === null) {
    throw usageError(
      '--layer is where to ablate or search. Expected --ablate or --causal; --layers says where to look.',
    );
  }
  return {
    concepts,
    settings: {
      layers: (args.text('layers') ?? '').split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()])),
      samples: args.whole('samples', 1) ?? DEFAULT_SAMPLES,
      seed: args.whole('seed', 0, MAX_SEED) ?? 0,
      class: args.whole('class', 0),
    },
    ablate,
    causal: causal === null ? null : { concept: causal, steps: steps ?? DEFAULT_STEPS },
    layer,
    out,
  };
}

function readAblation(text: string | null): DissectTask['ablate'] {
  if (text === null) return null;
  const [, concept, count] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (concept === undefined || Number(count) < 1) throw wrongValue('ablate', text, 'CONCEPT:K, such as glasses:5');
  return { concept, count: Number(count) };
}

/** Everything that the model can tell before any work. */
function checkTask({ settings, ablate, causal, layer }: DissectTask, { opened }: Model, reader: ConceptReader): void {
  checkSampling(settings, opened.generator);
  const looked = chosenLayers(opened.generator, settings.layers);
  if (layer !== null && !looked.some(({ name }) => name === layer)) {
    throw wrongValue('layer', layer, `one of ${looked.map(({ name }) => name).join(', ')}`);
  }
  for (const named of [ablate, causal]) if (named !== null) conceptIndex(reader.concepts, named.concept);
}

async function dissectOn(
  engine: Engine,
  model: Model,
  reader: ConceptReader,
  segmenter: PartSegmenter | null,
  task: DissectTask,
  terminal: Terminal,
): Promise<DissectionReport> {
  const { generator, summary } = model.opened;
  const progress = (label: string) => (done: number, total: number) =>
    terminal.progress({ label, fraction: done / total });
  terminal.progress({ label: 'Compiling kernels', fraction: null });
  const dissection = await dissectModel(engine, generator, reader, task.settings, {
    onProgress: progress('Rendering samples'),
  });
  const ablation = await ablate(engine, model, reader, dissection, task, progress('Switching units off'));
  const { causal } = task;
  const layer = causal === null ? null : layerFor(dissection, task, causal.concept, 20);
  const found =
    causal === null || layer === null || segmenter === null
      ? null
      : await searchCauses(
          engine,
          generator,
          segmenter,
          dissection,
          { ...causal, layer, seed: task.settings.seed, class: task.settings.class },
          { onReport: ({ step }) => progress('Searching')(step, causal.steps) },
        );
  return {
    model: model.name,
    modelHash: summary.hash,
    seed: task.settings.seed,
    dissection,
    ablation,
    causal: found === null || causal === null || layer === null ? null : { ...found, concept: causal.concept, layer },
  };
}

async function ablate(
  engine: Engine,
  { opened }: Model,
  reader: ConceptReader,
  dissection: Dissection,
  task: DissectTask,
  onProgress: (done: number, total: number) => void,
): Promise<AblationReport | null> {
  if (task.ablate === null) return null;
  const { concept, count } = task.ablate;
  const layer = layerFor(dissection, task, concept, count);
  const units = unitsOfConcept(dissection, concept, count, layer).map(({ unit }) => unit);
  const samples = Math.min(task.settings.samples, MOST_ABLATED);
  // Other pictures than those that the units were found on.
  const seed = (task.settings.seed + 1) % (MAX_SEED + 1);
  const change = { layer, units, values: units.map(() => 0), samples, seed, class: task.settings.class };
  const changes = await measureUnits(engine, opened.generator, reader, change, { onProgress });
  return { concept, layer, units, samples, changes };
}

function layerFor(dissection: Dissection, { layer }: DissectTask, concept: string, count: number): string {
  const found = layer ?? bestLayerOf(dissection, concept, count)?.layer.name;
  if (found === undefined) throw new RangeError('internal: a dissection has layers');
  return found;
}
