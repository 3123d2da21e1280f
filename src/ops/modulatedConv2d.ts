import { shapeError } from '../engine/op.js';
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { add, mul } from './binary.js';
import { conv2dResample, type ConvResampleOptions } from './conv2dResample.js';
import { matmul } from './matmul.js';
import { reduceSum } from './reduce.js';
import { reshape } from './reshape.js';
import { transpose } from './transpose.js';
import { affine, rsqrt, square } from './unary.js';

export interface ModulatedConvOptions extends Omit<ConvResampleOptions, 'groups' | 'flipFilter'> {
  /** [H, W] or [N, 1, H, W], added before bias and activation. */
  readonly noise?: Tensor | null;
  /** FIR filter of the up- or downsampling. */
  readonly resampleFilter?: Tensor | null;
  /** Normalises every output channel to unit expected variance (default true). */
  readonly demodulate?: boolean;
  /**
   * Added under the root, so that a channel of zero weights stays finite (default 1e-8, as stylegan2-ada-pytorch
   * training/networks.py: modulated_conv2d).
   */
  readonly demodulationEpsilon?: number;
  /** A factor of the input, [] or [C], that demodulation does not see (StyleGAN3). */
  readonly inputGain?: Tensor | null;
}

/**
 * Modulated convolution of StyleGAN2 (Karras et al. 2020, §2.2): x [N, C, H, W], weight [O, C, KH, KW], styles [N, C].
 * Activations are scaled instead of weights, which is the same mathematics:
 *   y = d ∘ conv(w, s ∘ x) + noise,   d = rsqrt(Σ_c s² Σ_k w² + ε)
 * so that weights stay constant, Σ_k w² is computed once a model, and a batch is one ordinary convolution.
 * The fusion rules turn this composition into one kernel (two with upsampling).
 */
export function modulatedConv2d(x: Tensor, weight: Tensor, styles: Tensor, options: ModulatedConvOptions = {}): Tensor {
  const {
    noise = null,
    resampleFilter = null,
    demodulate = true,
    demodulationEpsilon = 1e-8,
    inputGain = null,
    ...resample
  } = options;
  const [n = 0, c = 0] = styles.shape;
  const [o = 0, weightChannels = 0] = weight.shape;
  if (styles.shape.length !== 2 || n !== x.shape[0] || c !== x.shape[1] || c !== weightChannels) {
    throw shapeError(
      'modulatedConv2d',
      [x.shape, weight.shape, styles.shape],
      'x must be [N, C, H, W], weight [O, C, KH, KW], styles [N, C]',
    );
  }
  const modulated = mul(x, reshape(styles, [n, c, 1, 1]));
  const gained = inputGain === null ? weight : mul(weight, reshape(inputGain, [sizeOf(inputGain.shape), 1, 1]));
  let y = conv2dResample(modulated, gained, resampleFilter, resample);
  if (demodulate) y = mul(y, reshape(demodulationCoefficients(weight, styles, demodulationEpsilon), [n, o, 1, 1]));
  return noise === null ? y : add(y, noise);
}

/** d [N, O] = rsqrt(s² × Σ_k w² + ε). */
function demodulationCoefficients(weight: Tensor, styles: Tensor, epsilon: number): Tensor {
  const [o, c] = [at(weight.shape, 0), at(weight.shape, 1)];
  const energy = reshape(reduceSum(square(weight), [2, 3]), [o, c]);
  return rsqrt(affine(matmul(square(styles), transpose(energy, [1, 0])), 1, epsilon));
}
