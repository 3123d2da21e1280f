import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { add, mul } from '../ops/binary.js';
import { concat } from '../ops/concat.js';
import { reduceMean, reduceSum } from '../ops/reduce.js';
import { resize } from '../ops/resample.js';
import { reshape } from '../ops/reshape.js';
import { roll } from '../ops/roll.js';
import { square } from '../ops/unary.js';

/** Maps of this side and below are not halved any more. */
const coarsest = 8;

/**
 * How much neighbouring pixels of noise maps resemble each other, at every scale down to 8² (Karras et al. 2020,
 * appendix D; stylegan2-ada-pytorch projector.py: project):
 *   Σ over maps, scales and both axes of mean(n · roll(n, 1))²
 * Maps of one size are handled together with the halves of larger ones, so that the cost grows with the number of sizes
 * and not with that of maps.
 * @param maps noise maps [N, 1, H, H], H a power of two; at least one
 * @returns [N], to be weighted by 1e5 in the projector
 */
export function noiseRegulariser(maps: readonly Tensor[]): Tensor {
  const n = at(at(maps, 0).shape, 0);
  const sides = maps.map(({ shape }) => at(shape, 2));
  let halved: Tensor[] = [];
  const terms: Tensor[] = [];
  for (let side = Math.max(...sides); side >= Math.min(...sides, coarsest); side /= 2) {
    const own = maps.filter((_, index) => sides[index] === side);
    if (own.length + halved.length > 0) {
      const planes = concat([...own, ...halved], 1);
      terms.push(neighbourCorrelation(planes, 2), neighbourCorrelation(planes, 3));
      halved = side > coarsest ? [resize(planes, [side / 2, side / 2], { mode: 'area' })] : [];
    }
  }
  return terms.map((term) => reshape(reduceSum(term, [1, 2, 3]), [n])).reduce(add);
}

/** mean(n · roll(n, 1))² of every plane: [N, K, H, W] → [N, K, 1, 1]. */
function neighbourCorrelation(planes: Tensor, axis: 2 | 3): Tensor {
  return square(reduceMean(mul(planes, roll(planes, 1, axis)), [2, 3]));
}
