/** What a recipe's latent and its mixed styles come to: W+ before truncation and edits. */
import { GanvasError } from '../engine/errors.js';
import { parseLayerRange } from '../latent/layerRange.js';
import { checkLatentSpace } from '../latent/latentSpaces.js';
import type { Recipe, RecipeLatent } from '../latent/recipe.js';
import type { Generator } from '../models/generator.js';
import { repeatRows } from './frameProgram.js';
import type { LatentMapping } from './latentMapping.js';
import { latentOfSeed } from './latentOfSeed.js';

export interface BaseLatent {
  /** [numWs, wDim] */
  readonly w: Float32Array<ArrayBuffer>;
  /** Layers that psi does not scale, because their latent was given as it is to be read. */
  readonly unscaled: readonly number[];
}

/**
 * The latent's rows, and in the layers of each mix those of its own latent: later mixes over earlier ones (style mixing,
 * Karras et al. 2019, §3.1). All of them are of the recipe's class.
 * @param zOffset what edits add to the z of the recipe's own latent, [zDim]
 * @throws GanvasError `latent-length`, `latent-space-missing`, `invalid-layer-range`
 */
export async function baseLatent(
  generator: Generator,
  mapping: LatentMapping,
  recipe: Pick<Recipe, 'latent' | 'mix' | 'class'>,
  zOffset: Float32Array | null,
): Promise<BaseLatent> {
  const { numWs, wDim } = generator;
  const w = await rowsOf(generator, mapping, recipe.latent, recipe.class, zOffset);
  const unscaled = new Set(isScaled(recipe.latent, generator) ? [] : parseLayerRange('all', numWs));
  for (const { latent, layers } of recipe.mix ?? []) {
    const rows = await rowsOf(generator, mapping, latent, recipe.class, null);
    for (const layer of parseLayerRange(layers, numWs)) {
      w.set(rows.subarray(layer * wDim, (layer + 1) * wDim), layer * wDim);
      if (isScaled(latent, generator)) unscaled.delete(layer);
      else unscaled.add(layer);
    }
  }
  return { w, unscaled: [...unscaled] };
}

async function rowsOf(
  generator: Generator,
  mapping: LatentMapping,
  latent: RecipeLatent,
  label: number | null,
  zOffset: Float32Array | null,
): Promise<Float32Array<ArrayBuffer>> {
  const { numWs, wDim, zDim, latentSpaces } = generator;
  checkLatentSpace(latent.space, latentSpaces);
  switch (latent.space) {
    case 'z': {
      const z = 'seed' in latent ? latentOfSeed(generator, latent.seed) : latentValues('z', latent.values, zDim);
      const moved = zOffset === null ? z : z.map((value, index) => value + (zOffset[index] ?? 0));
      return repeatRows(await mapping.wOf(moved, label), numWs);
    }
    case 'w':
      return repeatRows(latentValues('w', latent.values, wDim), numWs);
    case 'w+':
      return latentValues('w+', latent.values.flat(), numWs * wDim);
  }
}

/**
 * BigGAN's z is drawn and multiplied by psi before the model sees it (pytorch_pretrained_biggan utils.py:
 * truncated_noise_sample): a z that is given has been; of psi, the statistics remain.
 */
function isScaled(latent: RecipeLatent, { zDistribution }: Generator): boolean {
  return zDistribution === 'normal' || 'seed' in latent;
}

function latentValues(space: string, values: readonly number[], needed: number): Float32Array<ArrayBuffer> {
  if (values.length === needed) return Float32Array.from(values);
  throw new GanvasError('latent-length', `This model's ${space} has ${needed} numbers; ${values.length} were given.`, {
    space,
    needed,
    given: values.length,
  });
}
