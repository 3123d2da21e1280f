import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { gradient } from '../ops/gradient.js';
import { reduceSum } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';
import { scale, square } from '../ops/unary.js';

/**
 * R1 regularisation of a discriminator (Mescheder et al. 2018, eq. 9; stylegan2-ada-pytorch training/loss.py):
 * γ/2 · ‖∂ Σ logits / ∂ picture‖² of each sample. Differentiable in weights and picture: a gradient of a gradient.
 * @param logits scores [N, 1] of the pictures, computed from `picture`
 * @param picture real pictures [N, C, H, W]
 * @returns [N]
 */
export function r1Penalty(logits: Tensor, picture: Tensor, gamma: number): Tensor {
  const slope = at(gradient(logits, [picture]), 0);
  return scale(reshape(reduceSum(square(slope), [1, 2, 3]), [at(picture.shape, 0)]), gamma / 2);
}
