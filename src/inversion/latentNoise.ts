import { sizeOf } from '../engine/shape.js';
import { MAX_SEED, RandomState } from '../latent/randomState.js';
import type { InversionRequest } from './inversionRequest.js';
import { latentShape } from './stepProgram.js';

/**
 * Normal noise for the latents of one step. It depends on seed and step alone, so that a resumed run sees what an
 * uninterrupted one would have seen.
 */
export function latentNoise(
  { settings, generator, pictures }: InversionRequest,
  step: number,
  std: number,
): Float32Array<ArrayBuffer> {
  const values = new Float32Array(sizeOf(latentShape(settings.space, generator, pictures.length * settings.starts)));
  if (std === 0) return values;
  const random = new RandomState((settings.seed + step * 2_654_435_761) % (MAX_SEED + 1));
  return Float32Array.from(random.randn(values.length), (value) => value * std);
}
