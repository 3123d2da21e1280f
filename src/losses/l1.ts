import type { Tensor } from '../engine/tensor.js';
import { mul, sub } from '../ops/binary.js';
import { unary } from '../ops/unary.js';
import { checkPair, meanPerSample } from './perSample.js';

/**
 * Mean absolute difference of each sample: a, b [N, …] → [N]. The mean is over all elements, masked ones too, so that
 * masks of different size weigh by what they show.
 * @param mask weights of the elements, 0…1, of any shape that stretches to theirs ([N, 1, H, W], [H, W])
 * @throws GanvasError `shape-mismatch`
 */
export function l1(a: Tensor, b: Tensor, mask: Tensor | null = null): Tensor {
  checkPair('l1', a, b);
  const difference = unary('abs', sub(a, b));
  return meanPerSample(mask === null ? difference : mul(difference, mask));
}
