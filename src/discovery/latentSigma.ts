import type { Direction } from '../latent/direction.js';

/** Latents of a model, as far as their spread goes. */
export interface SpreadSamples {
  readonly count: number;
  readonly zDim: number;
  readonly wDim: number;
  /** [count, zDim] */
  readonly z: Float32Array;
  /** [count, wDim], before truncation. */
  readonly w: Float32Array;
}

/**
 * One standard deviation of a model's latents along a direction, in units of its strength: at strength `sigma` a latent has
 * moved by as much as latents differ along it. In a model's own pictures every layer has the same w, so that rows of w+
 * count as the w that they add up to. Null where it is not defined: another model's length, no length, a single sample.
 */
export function latentSigma(direction: Direction, samples: SpreadSamples): number | null {
  const { space, dim, vectors } = direction;
  const [latents, width] = space === 'z' ? [samples.z, samples.zDim] : [samples.w, samples.wDim];
  if (width !== dim) return null;
  const rows = vectors.length / dim;
  // A latent of w+ repeats w, so its projection on the rows is that of w on their sum.
  const sum = new Float64Array(dim);
  vectors.forEach((value, index) => (sum[index % dim] = (sum[index % dim] ?? 0) + value));
  const squared = vectors.reduce((total, value) => total + value * value, 0);
  if (rows < 1 || squared === 0 || samples.count < 2) return null;
  return projectedDeviation(latents, samples.count, sum) / squared;
}

/** Standard deviation of the rows of `latents` along `vector` (not divided by its length). */
function projectedDeviation(latents: Float32Array, count: number, vector: Float64Array): number {
  let [mean, squares] = [0, 0];
  for (let row = 0; row < count; row++) {
    let value = 0;
    for (let k = 0; k < vector.length; k++) value += (latents[row * vector.length + k] ?? 0) * (vector[k] ?? 0);
    const off = value - mean;
    mean += off / (row + 1);
    squares += off * (value - mean);
  }
  return Math.sqrt(squares / count);
}
