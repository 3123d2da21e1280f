import { writeDirections } from '../../checkpoints/directionFile.js';
import { writeBoundaryNpy } from '../../checkpoints/foreignDirections.js';
import { discoverSefa } from '../../discovery/sefa.js';
import type { Direction } from '../../latent/direction.js';
import { parseLayerRange } from '../../latent/layerRange.js';
import type { AttributePredictor } from '../../models/attributePredictor.js';
import type { DiscoveryRequest } from '../../workbench/discoveryApi.js';
import { checkDiscovery, rankDirections, runMethod, type SearchedModel } from '../../workbench/findDirections.js';
import type { OpenedCheckpoint } from '../../workbench/openedCheckpoint.js';
import { seedDirection } from '../../workbench/seedDirection.js';
import { sefaRequestOf } from '../../workbench/sefaWeights.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError, type Arguments } from '../arguments.js';
import type { Command } from '../command.js';
import { DEFAULTS, readDiscoveryOptions } from '../discoveryInput.js';
import { checkOutputFile, writeOutput } from '../files.js';
import { withEngine } from '../gpu.js';
import { readModel } from '../model.js';
import { readPredictor } from '../predictorInput.js';
import { readArithmetic } from '../seedArithmetic.js';
import type { Terminal } from '../terminal.js';

/** `ganvas discover` */
export const discover: Command = {
  name: 'discover',
  summary: 'Find directions to edit along.',
  operands: ['CHECKPOINT'],
  usage: '--method sefa|ganspace|interfacegan|arithmetic [--layers 0-3] [options] --out dirs.safetensors|boundary.npy',
  options: {
    method: {
      value: 'sefa|ganspace|interfacegan|arithmetic',
      help:
        'sefa: what the weights say, without a picture. ganspace: what varies most among samples. ' +
        'interfacegan: boundaries between pictures with and without an attribute. ' +
        'arithmetic: the mean of some seeds less that of others.',
    },
    layers: { value: '0-3', help: 'Layers of W+ to act on; sefa factorises their weights (default all).' },
    count: {
      value: 'N',
      help: `sefa, ganspace: how many directions, strongest first (default ${DEFAULTS.count}).`,
    },
    at: { value: 'LAYER', help: 'ganspace: decompose the activations of this layer, not w; `info` names the layers.' },
    samples: {
      value: 'N',
      help: `Samples to look at (default ${DEFAULTS.ganspaceSamples} for ganspace, ${DEFAULTS.interfacegan} pictures for interfacegan).`,
    },
    seed: { value: 'N', help: 'Seed of the samples (default 0).' },
    predictor: {
      value: 'predictor.safetensors',
      help: 'interfacegan: network that reads attributes off pictures (default the one that comes with face64).',
    },
    attributes: { value: 'a,b', help: 'interfacegan: a direction for each (default all of the predictor’s).' },
    space: { value: 'z|w', help: 'interfacegan: space of the boundaries (default w where the model has it).' },
    estimator: {
      value: 'svm|mean-difference|logistic',
      help: 'interfacegan: how boundaries are fitted (default svm).',
    },
    chosen: {
      value: '0.02',
      help: `interfacegan: part of the samples taken as examples on either side (default ${DEFAULTS.chosen}).`,
    },
    plus: { value: '3,8,11', help: 'arithmetic: seeds whose pictures have it.' },
    minus: { value: '1,2,5', help: 'arithmetic: seeds whose pictures have it not.' },
    name: { value: 'TEXT', help: 'arithmetic: what the direction is called.' },
    class: { value: 'N', help: 'Class of a conditional model, from 0; such models need it to be sampled.' },
    rank: { value: null, help: 'Measure what each direction does to pictures, and put the largest effect first.' },
    ...CHECKPOINT_OPTIONS,
    out: {
      value: 'dirs.safetensors|boundary.npy',
      help:
        'File of directions; `edit --direction dirs.safetensors#0` takes the first. ' +
        'As .npy a single one, as InterFaceGAN saves it.',
    },
  },
  notes: [],
  examples: [
    'ganvas discover face64 --method sefa --layers 0-3 --out dirs.safetensors',
    'ganvas discover face64 --method ganspace --count 8 --rank --out axes.safetensors',
    'ganvas discover face64 --method interfacegan --attributes yaw --out yaw.npy',
    'ganvas discover face64 --method arithmetic --plus 3,8 --minus 1,2,5 --name glasses --out glasses.npy',
  ],
  usesGpu: true,

  async run(args, terminal) {
    const find = finderOf(args);
    const out = args.requiredText('out', 'a file name that ends with .safetensors or .npy');
    const write = writerOf(out);
    await checkOutputFile(out);
    const label = args.whole('class', 0);
    const { opened } = await readModel(args, terminal);
    await writeOutput(out, write(await find(opened, label, terminal)));
  },
};

type Finder = (opened: OpenedCheckpoint, label: number | null, terminal: Terminal) => Promise<readonly Direction[]>;

/** @throws GanvasError `usage` before anything is read */
function finderOf(args: Arguments): Finder {
  const arithmetic = readArithmetic(args);
  if (arithmetic !== null) {
    const { name, sides } = arithmetic;
    return (opened, label) =>
      withEngine(async (engine) => [await seedDirection(engine, opened, name, { ...sides, class: label })]);
  }
  const options = readDiscoveryOptions(args);
  const rank = args.has('rank');
  return async (opened, label, terminal) => {
    const predictor = options.method === 'interfacegan' ? await readPredictor(args.text('predictor')) : null;
    const task = { opened, request: options.requestFor(opened.summary), predictor, class: label, rank };
    return needsEngine(task) ? search(task, terminal) : factorise(task, terminal);
  };
}

interface Task {
  readonly opened: OpenedCheckpoint;
  readonly request: DiscoveryRequest;
  readonly predictor: AttributePredictor | null;
  readonly class: number | null;
  readonly rank: boolean;
}

/** @throws GanvasError `usage` */
function writerOf(out: string): (directions: readonly Direction[]) => Uint8Array {
  const name = out.toLowerCase();
  if (name.endsWith('.safetensors')) return writeDirections;
  if (name.endsWith('.npy')) return writeOnlyOne;
  throw usageError(`--out is ${JSON.stringify(out)}. Expected a name that ends with .safetensors or .npy.`);
}

function writeOnlyOne(directions: readonly Direction[]): Uint8Array {
  const [first] = directions;
  if (first !== undefined && directions.length === 1) return writeBoundaryNpy(first);
  throw usageError(
    `A .npy holds one direction, and ${directions.length} were found. Ask for one (--count 1, or one attribute), or write .safetensors.`,
  );
}

/** The weights alone give SeFa's: no driver is needed, and none is asked for. */
const needsEngine = ({ request, rank }: Task): boolean => request.method !== 'sefa' || rank;

function factorise({ opened, request }: Task, terminal: Terminal): readonly Direction[] {
  if (request.method !== 'sefa') throw new RangeError('internal: needs an engine');
  terminal.progress({ label: 'Factorising', fraction: null });
  return searched(opened).sefaDirections(request.layers).slice(0, request.count);
}

function search({ opened, rank, ...task }: Task, terminal: Terminal): Promise<readonly Direction[]> {
  const full = {
    ...task,
    model: searched(opened),
    signal: new AbortController().signal,
    onProgress: (label: string, fraction: number) => terminal.progress({ label, fraction }),
    onInterim: () => undefined,
    onScored: () => undefined,
  };
  checkDiscovery(full);
  return withEngine(async (engine) => {
    const found = await runMethod(engine, full);
    return rank ? rankDirections(engine, full, found) : found;
  });
}

function searched(opened: OpenedCheckpoint): SearchedModel {
  const { summary } = opened;
  return {
    opened,
    summary,
    sefaDirections: (layers) =>
      discoverSefa({
        ...sefaRequestOf(opened),
        layers: parseLayerRange(layers, summary.numWs),
        count: summary.wDim,
      }),
  };
}
