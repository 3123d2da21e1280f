import { latentFromSeed } from '../latent/randomState.js';
import { truncatedLatentFromSeed } from '../latent/truncatedNormal.js';
import type { Generator } from '../models/generator.js';

/** The z of a seed, [zDim], drawn as the family draws it. */
export function latentOfSeed(
  { zDistribution, zDim }: Pick<Generator, 'zDistribution' | 'zDim'>,
  seed: number,
): Float32Array<ArrayBuffer> {
  return zDistribution === 'normal' ? latentFromSeed(seed, zDim) : truncatedLatentFromSeed(seed, zDim);
}
