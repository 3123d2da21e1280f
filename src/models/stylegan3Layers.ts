import type { Tensor } from '../engine/tensor.js';
import { mul } from '../ops/binary.js';
import { filterTaps } from '../ops/filteredLrelu.js';
import { modulatedConv2d } from '../ops/modulatedConv2d.js';
import { reduceMean } from '../ops/reduce.js';
import { rsqrt, square } from '../ops/unary.js';

/** A synthesis layer's map, as its name `L<index>_<size>_<channels>` and the network's margin give it. */
export interface StyleGan3Layer {
  readonly name: string;
  /** Side of the output in samples, margins included. */
  readonly size: number;
  readonly channels: number;
  /** Samples of the output a picture's side. */
  readonly samplingRate: number;
}

export interface StyleGan3Resampling {
  readonly up: number;
  readonly down: number;
  /** Of `filteredLrelu`, the same on both axes. */
  readonly padding: readonly [number, number];
}

/**
 * Factors and padding by which a layer gets from the map before it to its own
 * (stylegan3 training/networks_stylegan3.py: SynthesisLayer.__init__; sample positions as in appendix C.3 of the paper).
 * @param upsampling sampling rate of the nonlinearity relative to the higher of both rates; 1 for RGB
 */
export function layerResampling(
  before: StyleGan3Layer,
  layer: StyleGan3Layer,
  { upsampling, kernel, upTaps, downTaps }: Record<'upsampling' | 'kernel' | 'upTaps' | 'downTaps', number>,
): StyleGan3Resampling {
  const rate = Math.max(before.samplingRate, layer.samplingRate) * upsampling;
  const [up, down] = [rate / before.samplingRate, rate / layer.samplingRate];
  const needed = (layer.size - 1) * down + 1 + upTaps + downTaps - 2;
  const total = needed - (before.size + kernel - 1) * up;
  const low = Math.floor((total + up) / 2);
  return { up, down, padding: [low, total - low] };
}

export interface AliasFreeConvOptions {
  readonly padding: number;
  /** Default true. */
  readonly demodulate?: boolean;
  /** [] or [C]. */
  readonly inputGain?: Tensor | null;
}

/**
 * Modulated convolution of StyleGAN3, where weights have a mean square of 1 an output channel before they are
 * demodulated (stylegan3 training/networks_stylegan3.py: modulated_conv2d). x [N, C, H, W], weight [O, C, K, K],
 * styles [N, C]. The reference divides styles by their root mean square over the whole batch as well, for 16-bit floats.
 * Demodulation takes that back but for its 1e-8, which it would make relative to the batch: a change of about 1e-8 / CK²
 * of the result, below what f32 holds, and so it is left out. Pictures then do not depend on their batch.
 */
export function aliasFreeModulatedConv2d(
  x: Tensor,
  weight: Tensor,
  styles: Tensor,
  { padding, demodulate = true, inputGain = null }: AliasFreeConvOptions,
): Tensor {
  const normalised = demodulate ? mul(weight, rsqrt(reduceMean(square(weight), [1, 2, 3]))) : weight;
  return modulatedConv2d(x, normalised, styles, { padding, demodulate, inputGain });
}

/** Taps of a layer's two filters. */
export const tapsOf = (upFilter: Tensor | null, downFilter: Tensor | null) => ({
  upTaps: filterTaps(upFilter),
  downTaps: filterTaps(downFilter),
});
