import { writeDirections } from '../../checkpoints/directionFile.js';
import { discoverSefa } from '../../discovery/sefa.js';
import { ALL_LAYERS, parseLayerRange } from '../../latent/layerRange.js';
import { sefaRequestOf } from '../../workbench/sefaWeights.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError } from '../arguments.js';
import type { Command } from '../command.js';
import { checkOutputFile, writeOutput } from '../files.js';
import { readModel } from '../model.js';

const METHODS = ['sefa'] as const;
const DEFAULT_COUNT = 16;

/** `ganvas discover` */
export const discover: Command = {
  name: 'discover',
  summary: 'Find directions to edit along.',
  operands: ['CHECKPOINT'],
  usage: '--method sefa [--layers 0-3] [--count N] --out dirs.safetensors',
  options: {
    method: {
      value: 'sefa',
      help: 'SeFa: closed-form factorisation of the weights that the latent meets first; no pictures needed.',
    },
    layers: { value: '0-3', help: 'Layers of W+ to factorise and to act on (default all).' },
    count: {
      value: 'N',
      help: `How many directions, strongest first (default ${DEFAULT_COUNT}; at most as many as the latent has numbers).`,
    },
    ...CHECKPOINT_OPTIONS,
    out: {
      value: 'dirs.safetensors',
      help: 'File of directions; `edit --direction dirs.safetensors#0` takes the first.',
    },
  },
  notes: [],
  examples: ['ganvas discover face64 --method sefa --layers 0-3 --out dirs.safetensors'],
  usesGpu: false,

  async run(args, terminal) {
    args.requiredText('method', METHODS.join(', '));
    args.choice('method', METHODS);
    const count = args.whole('count', 1) ?? DEFAULT_COUNT;
    const out = args.requiredText('out', 'a file name that ends with .safetensors');
    if (!out.toLowerCase().endsWith('.safetensors')) {
      throw usageError(`--out is ${JSON.stringify(out)}. Expected a name that ends with .safetensors.`);
    }
    await checkOutputFile(out);
    const { opened } = await readModel(args, terminal);
    const { summary } = opened;
    const layers = parseLayerRange(args.text('layers') ?? ALL_LAYERS, summary.numWs);
    terminal.progress({ label: 'Factorising', fraction: null });
    await writeOutput(out, writeDirections(discoverSefa({ ...sefaRequestOf(opened), layers, count })));
  },
};
