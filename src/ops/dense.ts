import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct, type BiasActOptions } from './biasAct.js';
import { mul } from './binary.js';
import { matmul } from './matmul.js';
import { reduceMean } from './reduce.js';
import { transpose } from './transpose.js';
import { affine, rsqrt, scale, square } from './unary.js';

export interface DenseOptions extends BiasActOptions {
  /** Learning-rate multiplier: weights and bias are stored divided by it. */
  readonly lrMultiplier?: number;
}

/**
 * Equalised-learning-rate dense layer: x [N, I], weight [O, I], bias [O] or null → [N, O]
 * (stylegan2-ada-pytorch training/networks.py: FullyConnectedLayer).
 */
export function dense(x: Tensor, weight: Tensor, bias: Tensor | null, options: DenseOptions = {}): Tensor {
  const { lrMultiplier = 1, ...activation } = options;
  const gain = lrMultiplier / Math.sqrt(at(weight.shape, 1));
  const product = matmul(x, transpose(scale(weight, gain), [1, 0]));
  return biasAct(product, bias === null ? null : scale(bias, lrMultiplier), { ...activation, dim: 1 });
}

/** x · rsqrt(mean(x²) + 1e-8) along `axis` (same source: normalize_2nd_moment). */
export function normalize2ndMoment(x: Tensor, axis = 1, epsilon = 1e-8): Tensor {
  return mul(x, rsqrt(affine(reduceMean(square(x), [axis]), 1, epsilon)));
}
