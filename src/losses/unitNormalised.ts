import type { Tensor } from '../engine/tensor.js';
import { mul } from '../ops/binary.js';
import { reduceSum } from '../ops/reduce.js';
import { affine, rsqrt, square } from '../ops/unary.js';

/** Length that is added to that of features, so that zeros stay zeros (PerceptualSimilarity lpips: normalize_tensor). */
const epsilon = 1e-10;

/**
 * Features [N, C, …] scaled to length 1 over channels at every place. The reference divides by √Σx² + ε; here ε² goes
 * under the root: the two differ by ε relative to the length, less than f32 resolves from a length of 2e-3 on, and the
 * derivative stays finite where all features are zero, as after a ReLU they can be. The second one does not.
 */
export function unitNormalised(features: Tensor): Tensor {
  return mul(features, rsqrt(affine(reduceSum(square(features), [1]), 1, epsilon ** 2)));
}
