import type { Tensor } from '../engine/tensor.js';
import { sub } from '../ops/binary.js';
import { square } from '../ops/unary.js';
import { checkPair, meanPerSample } from './perSample.js';

/**
 * Mean squared difference of each sample: a, b [N, …] → [N].
 * @throws GanvasError `shape-mismatch`
 */
export function mse(a: Tensor, b: Tensor): Tensor {
  checkPair('mse', a, b);
  return meanPerSample(square(sub(a, b)));
}

/**
 * Peak signal-to-noise ratio in decibels of a mean squared difference.
 * @param range distance from black to white: 2 for pictures in −1…1
 */
export function psnr(meanSquare: number, range = 2): number {
  return 10 * Math.log10(range ** 2 / meanSquare);
}
