import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';

/**
 * What the latents of some pictures have and those of others have not: the mean of the ones less the mean of the others
 * (Radford et al. 2016, §6.3.2, who take three a side).
 * @param plus latents, [plus, dim]
 * @param minus latents, [minus, dim]
 * @returns [dim], as long as it comes out
 * @throws GanvasError `too-few-labels` when either side is empty, `no-direction` when the sides are the same
 */
export function latentArithmetic(plus: Float32Array, minus: Float32Array, dim: number): Float64Array {
  const [positives, negatives] = [plus.length / dim, minus.length / dim];
  if (positives === 0 || negatives === 0) {
    throw new GanvasError(
      'too-few-labels',
      `There are ${positives} pictures with it and ${negatives} without. A difference needs some on either side.`,
      { positives, negatives },
    );
  }
  const [with_, without] = [meanRow(plus, dim), meanRow(minus, dim)];
  const difference = with_.map((value, k) => value - at(without, k));
  if (difference.some((value) => value !== 0)) return difference;
  throw new GanvasError('no-direction', 'Both sides have the same mean: nothing tells them apart. Choose other seeds.');
}

function meanRow(rows: Float32Array, dim: number): Float64Array {
  const mean = new Float64Array(dim);
  rows.forEach((value, index) => (mean[index % dim] = at(mean, index % dim) + (value * dim) / rows.length));
  return mean;
}
