/** Layers of the progressively grown networks: PGGAN, its discriminator, and StyleGAN (v1). */
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { div } from '../ops/binary.js';
import { conv2d } from '../ops/conv2d.js';
import { conv2dResample } from '../ops/conv2dResample.js';
import { reduceMean } from '../ops/reduce.js';
import { affine, scale, square, unary } from '../ops/unary.js';
import { setupFilter, upfirdn2d } from '../ops/upfirdn2d.js';

/** Mean of 2×2 pixels; doubling multiplies it by 4. */
const box = setupFilter([
  [1, 1],
  [1, 1],
]);

/**
 * He's constant, gain/√fanIn, by which weights are multiplied when they are used and not when they are drawn
 * (equalised learning rate: Karras et al. 2018, §4.1); 1 for networks that store it multiplied in.
 */
export function heScale(fanIn: number, gain: number, isScaledAtRunTime: boolean): number {
  return isScaledAtRunTime ? gain / Math.sqrt(fanIn) : 1;
}

/**
 * x / √(mean over channels of x² + 1e-8) of each pixel, or of each vector (Karras et al. 2018, §4.2). Divided, because
 * WGSL promises less of inverse square roots.
 */
export function pixelNorm(x: Tensor): Tensor {
  return div(x, unary('sqrt', affine(reduceMean(square(x), [1]), 1, 1e-8)));
}

/** Correlation that keeps the picture's size: w [O, C, K, K], K odd, times `factor`. */
export function convolution(x: Tensor, w: Tensor, factor: number): Tensor {
  return conv2d(x, scale(w, factor), { padding: (at(w.shape, 2) - 1) / 2 });
}

/**
 * Doubles a picture and convolves it: x [N, C, H, W], w [O, C, 3, 3] times `factor` → [N, O, 2H, 2W].
 *
 * `nearest` repeats every pixel and then correlates. `shifted` is the reference's fused form
 * (progressive_growing_of_gans networks.py: upscale2d_conv2d): four shifts of the kernel are summed, and the sum is a
 * transposed convolution of stride 2. Repeating is filling in zeros and summing the same four shifts, so that both are
 * one computation, with a kernel that is turned by 180°: a transposed convolution with the kernel as it is, and sums of
 * 2×2 pixels. Each pixel takes 9 products, where the sum of shifts takes 16 and repeating 36.
 */
export function upConvolution(x: Tensor, w: Tensor, factor: number, form: 'nearest' | 'shifted'): Tensor {
  const padding = (at(w.shape, 2) - 1) / 2;
  return conv2dResample(x, scale(w, factor), box, { up: 2, padding, flipWeight: form === 'nearest' });
}

/**
 * Convolves a picture and halves it by means of 2×2 pixels, in one (networks.py: conv2d_downscale2d): w [O, C, K, K].
 */
export function downConvolution(x: Tensor, w: Tensor, factor: number): Tensor {
  return conv2d(x, fourShifts(scale(w, factor)), { stride: 2, padding: (at(w.shape, 2) - 1) / 2 });
}

/** The mean of a kernel's shifts by 0 and 1 in both directions: one wider. */
const fourShifts = (w: Tensor): Tensor => upfirdn2d(w, box, { padding: 1 });

/** Means of 2×2 pixels: [N, C, H, W] → [N, C, H/2, W/2]. */
export const halved = (x: Tensor): Tensor => upfirdn2d(x, box, { down: 2 });
