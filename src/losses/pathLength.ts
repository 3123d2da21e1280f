import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { sub } from '../ops/binary.js';
import { gradient } from '../ops/gradient.js';
import { reduceMean, reduceSum } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';
import { scale, square, unary } from '../ops/unary.js';

/** How far a picture moves when its latents do. */
export interface PathLengths {
  /** ‖Jᵀy‖ of each sample, [N]; its running mean is what the penalty pulls towards. */
  readonly lengths: Tensor;
  /** (length − mean)² of each sample, [N]. */
  readonly penalty: Tensor;
}

/**
 * Path-length regularisation of a generator (Karras et al. 2020, §3.2; stylegan2-ada-pytorch training/loss.py). The
 * norm is the root of the mean over layers of Σ over wDim, as there. Differentiable in weights and latents.
 * @param picture [N, C, H, W], computed from `ws`
 * @param ws W+ [N, numWs, wDim]
 * @param noise y: standard normal numbers [N, C, H, W]; divided by √(H·W) here, which makes lengths independent of it
 * @param mean running mean of lengths, of a shape that stretches to [N]
 */
export function pathLength(picture: Tensor, ws: Tensor, noise: Tensor, mean: Tensor): PathLengths {
  const [height, width] = [at(picture.shape, 2), at(picture.shape, 3)];
  const cotangent = scale(noise, 1 / Math.sqrt(height * width));
  const slope = at(gradient(picture, [ws], cotangent), 0);
  const squares = reduceMean(reduceSum(square(slope), [2]), [1]);
  const lengths = unary('sqrt', reshape(squares, [at(ws.shape, 0)]));
  return { lengths, penalty: square(sub(lengths, mean)) };
}
