import type { RecipeLatent } from '../../latent/recipe.js';
import { checkLatentSpace } from '../../latent/latentSpaces.js';
import { parseSeedRange } from '../../latent/seedRange.js';
import type { ModelSummary } from '../../workbench/api.js';
import { CHECKPOINT_OPTIONS } from '../architecture.js';
import { usageError, type Arguments } from '../arguments.js';
import type { Command } from '../command.js';
import { readLatents } from '../latentFile.js';
import { readModel } from '../model.js';
import { pictureOutput } from '../pictureOutput.js';
import { renderPictures } from '../renderPictures.js';
import { readRenderSettings, recipeOf, RENDER_OPTIONS } from '../renderSettings.js';

interface NamedLatent {
  readonly latent: RecipeLatent;
  /** As NVIDIA's `generate.py` names its files: `seed0000`, `proj00`. */
  readonly name: string;
}

/** `ganvas generate` */
export const generate: Command = {
  name: 'generate',
  summary: 'Make pictures from seeds or stored latents.',
  operands: ['CHECKPOINT'],
  usage: '--seeds 0-3,7 | --z z.npy | --w w.npy  [options]  --out DIR|x.png|x.npy',
  options: {
    seeds: { value: '0-3,7', help: 'Seeds, as in NVIDIA’s generate.py: RandomState(seed).randn(1, zDim).' },
    z: { value: 'z.npy', help: 'Latents z, [N, zDim].' },
    w: { value: 'w.npy', help: 'Latents w, [N, wDim] or [N, numWs, wDim], used as they are.' },
    ...RENDER_OPTIONS,
    ...CHECKPOINT_OPTIONS,
    out: {
      value: 'DIR|x.png|x.npy',
      help: 'Folder of PNG files, one PNG, or float32 [N, C, H, W] in the generator’s range.',
    },
  },
  notes: [
    'Files in a folder are named seed0000.png, or proj00.png for stored latents; each PNG carries the recipe that made it. ' +
      'Class and truncation decide how a w comes about, so they do not act on --w.',
  ],
  examples: [
    'ganvas generate face64 --seeds 0-3 --psi 0.7 --out faces',
    'ganvas generate network-snapshot.pkl --seeds 7 --class 2 --out seven.png',
    'ganvas generate face64 --w w.npy --noise none --out pictures.npy',
  ],
  usesGpu: true,

  async run(args, terminal) {
    const settings = readRenderSettings(args);
    const source = latentSource(args);
    const out = args.requiredText('out', 'a folder, x.png or x.npy');
    const model = await readModel(args, terminal);
    const { summary } = model.opened;
    const starts = await readStarts(source, summary);
    const requests = starts.map(({ latent, name }) => ({ name, recipe: recipeOf(latent, settings, summary) }));
    const output = await pictureOutput(out, requests.length, true);
    await renderPictures(model, requests, output, terminal);
  },
};

interface LatentSource {
  readonly kind: 'seeds' | 'z' | 'w';
  readonly text: string;
}

function latentSource(args: Arguments): LatentSource {
  const kind = args.oneOf(['seeds', 'z', 'w']);
  const text = kind === null ? null : args.text(kind);
  if (kind === null || text === null) {
    throw usageError('Nothing says which pictures. Expected --seeds 0-3,7, --z z.npy or --w w.npy.');
  }
  return { kind, text };
}

async function readStarts({ kind, text }: LatentSource, model: ModelSummary): Promise<readonly NamedLatent[]> {
  if (kind === 'seeds') {
    return parseSeedRange(text).map((seed) => ({
      latent: { space: 'z', seed },
      name: `seed${String(seed).padStart(4, '0')}`,
    }));
  }
  checkLatentSpace(kind, model.latentSpaces);
  const latents = await readLatents(text, kind, model);
  return latents.map((latent, index) => ({ latent, name: `proj${String(index).padStart(2, '0')}` }));
}
