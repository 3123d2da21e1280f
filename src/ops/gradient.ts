import { vectorJacobianProduct, type DifferentiateOptions } from '../engine/differentiate.js';
import type { GradientOps } from '../engine/gradientOps.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import { add, div, equal, mul, sub } from './binary.js';
import { broadcastTo } from './broadcastTo.js';
import { conv2d } from './conv2d.js';
import { conv2dTransposed } from './conv2dTransposed.js';
import { conv2dWeightGrad } from './conv2dWeightGrad.js';
import { matmul } from './matmul.js';
import { pad } from './pad.js';
import { reduceSum, sumTo } from './reduce.js';
import { reshape } from './reshape.js';
import { slice, sliceAxis } from './slice.js';
import { transpose } from './transpose.js';
import { affine, unary, within } from './unary.js';

/** The ops that gradients are written in. */
export const gradientOps: GradientOps = {
  add,
  sub,
  mul,
  div,
  equal,
  affine,
  unary,
  within,
  zerosLike: (x) => broadcastTo(constantTensor('zero', [], [0]), x.shape),
  reduceSum,
  sumTo,
  broadcastTo,
  reshape,
  transpose,
  slice,
  pad,
  sliceAxis,
  matmul,
  conv2d,
  conv2dTransposed,
  conv2dWeightGrad,
};

/**
 * Gradients of ⟨output, cotangent⟩ with respect to each tensor of `wrt`, as graphs of ops, so that they can be
 * differentiated again. `cotangent` defaults to ones, the gradient of the output's sum.
 * @throws GanvasError `shape-mismatch` when the cotangent has not the output's shape, `no-checkpoints` when it shall
 *   recompute and there are none.
 */
export function gradient(
  output: Tensor,
  wrt: readonly Tensor[],
  cotangent?: Tensor,
  options?: DifferentiateOptions,
): Tensor[] {
  const seed = cotangent ?? broadcastTo(constantTensor('one', [], [1]), output.shape);
  return vectorJacobianProduct(output, seed, wrt, gradientOps, options);
}
