import { MAX_SEED } from '../latent/randomState.js';
import { formatLayerRange, isLayerRangeText, parseLayerRange } from '../latent/layerRange.js';
import { mixField, transformField } from '../latent/recipeForm.js';
import type { NoiseMode, Recipe, RecipeLatent, StyleMix } from '../latent/recipe.js';
import type { ModelSummary } from '../workbench/api.js';
import { usageError, wrongValue, type Arguments } from './arguments.js';
import type { OptionSpec } from './commandSyntax.js';

/** Options of every command that makes a picture from a latent. */
export const RENDER_OPTIONS = {
  class: { value: 'N', help: 'Class of a conditional model, from 0; such models need it.' },
  psi: { value: '0.7', help: 'Truncation psi (default 1, none).' },
  cutoff: { value: '8', help: 'Truncate only the first so many layers of W+ (default all).' },
  noise: { value: 'const|random|none', help: 'Noise inputs: those of the checkpoint (default), random ones, or none.' },
  'noise-seed': { value: 'N', help: 'Seed of --noise random (default 0).' },
  translate: { value: 'x,y', help: 'StyleGAN3: shift to the right and down, in pictures, as in gen_images.py.' },
  mix: {
    value: 'SEED:LAYERS',
    help: 'Style mixing: these layers of W+ take the w of another seed, as in 7:4-9.',
    repeats: true,
  },
  rotate: { value: 'DEGREES', help: 'StyleGAN3: turn counter-clockwise, before the shift.' },
} as const satisfies Readonly<Record<string, OptionSpec>>;

const NOISE_MODES: readonly NoiseMode[] = ['const', 'random', 'none'];

/** What those options say: a recipe without its model, latent and edits. */
export type RenderSettings = Pick<Recipe, 'class' | 'truncation' | 'noise' | 'transform' | 'mix'>;

/** @throws GanvasError `usage` */
export function readRenderSettings(args: Arguments): RenderSettings {
  const mode = args.choice('noise', NOISE_MODES) ?? 'const';
  if (args.has('noise-seed') && mode !== 'random') {
    throw usageError(
      `--noise-seed acts on --noise random, and the noise is ${mode}. Add --noise random or leave it out.`,
    );
  }
  return {
    class: args.whole('class', 0),
    truncation: { psi: args.finite('psi') ?? 1, cutoff: args.whole('cutoff', 0) },
    noise: { mode, seed: args.whole('noise-seed', 0, MAX_SEED) ?? 0 },
    ...transformField({ ...readShift(args.text('translate')), angle: args.finite('rotate') ?? 0 }),
    ...mixField(args.texts('mix').map(readMix)),
  };
}

/** "7:4-9" */
function readMix(text: string): StyleMix {
  const [seed, layers, ...rest] = text.split(':').map((part) => part.trim());
  const number = seed !== undefined && /^\d+$/.test(seed) ? Number(seed) : NaN;
  if (layers === undefined || rest.length > 0 || !(number <= MAX_SEED) || !isLayerRangeText(layers)) {
    throw wrongValue('mix', text, 'a seed and its layers, such as 7:4-9');
  }
  return { latent: { space: 'z', seed: number }, layers };
}

function readShift(text: string | null): { readonly x: number; readonly y: number } {
  if (text === null) return { x: 0, y: 0 };
  const [x, y, ...rest] = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (x === undefined || y === undefined || rest.length > 0 || !Number.isFinite(x) || !Number.isFinite(y)) {
    throw wrongValue('translate', text, 'x,y in pictures, such as 0.25,0');
  }
  return { x, y };
}

/**
 * The recipe of an unedited picture. A stored w is used as it is, as NVIDIA's `generate.py --projected-w` does: class
 * and truncation are a matter of how a w comes about.
 * @throws GanvasError `usage` when the settings do not fit the model
 */
export function recipeOf(latent: RecipeLatent, settings: RenderSettings, model: ModelSummary): Recipe {
  const stored = latent.space !== 'z';
  if (settings.transform !== undefined && model.lacks.transform !== null) {
    throw usageError(`--translate and --rotate move the picture. ${model.lacks.transform}`);
  }
  if (!stored) checkClass(settings.class, model.cDim);
  if (!stored) checkTruncation(settings.truncation, model);
  return {
    version: 1,
    model: model.hash,
    latent,
    class: stored ? null : settings.class,
    truncation: stored ? { psi: 1, cutoff: null } : settings.truncation,
    noise: settings.noise,
    ...transformField(settings.transform),
    ...mixField(settings.mix?.map((mix) => checkedMix(mix, model))),
    edits: [],
  };
}

function checkedMix({ latent, layers }: StyleMix, { numWs }: ModelSummary): StyleMix {
  return { latent, layers: formatLayerRange(parseLayerRange(layers, numWs), numWs) };
}

function checkClass(index: number | null, cDim: number): void {
  if (cDim === 0 && index !== null)
    throw usageError(`--class is ${index}, and the model has no classes. Leave it out.`);
  if (cDim === 0) return;
  const range = `a class from 0 to ${cDim - 1}`;
  if (index === null) throw usageError(`--class is missing: the model is conditional. Expected ${range}.`);
  if (index >= cDim) throw usageError(`--class is ${index}. Expected ${range}.`);
}

function checkTruncation({ psi, cutoff }: Recipe['truncation'], { lacks, psiRange, numWs }: ModelSummary): void {
  if (cutoff !== null && cutoff > numWs) {
    throw usageError(`--cutoff is ${cutoff}. Expected a number of layers from 0 to ${numWs}.`);
  }
  if (psi !== 1 && lacks.truncation !== null) throw usageError(`--psi is ${psi}. ${lacks.truncation}`);
  if (psiRange !== null && (psi < psiRange[0] || psi > psiRange[1])) {
    throw usageError(`--psi is ${psi}. Expected ${psiRange[0]} to ${psiRange[1]}, for which the file has statistics.`);
  }
}
