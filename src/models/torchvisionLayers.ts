import { constantTensor, type Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { div, sub } from '../ops/binary.js';
import { conv2d } from '../ops/conv2d.js';
import { maxPool2d, type MaxPoolOptions } from '../ops/maxPool2d.js';
import type { Weights } from './weights.js';

/** One entry of a torchvision network's `features`: a convolution followed by a ReLU, or a pooling. */
export type TorchvisionLayer =
  | { readonly kind: 'conv'; readonly name: string; readonly stride?: number; readonly padding?: number }
  | ({ readonly kind: 'pool' } & MaxPoolOptions);

/** ImageNet's mean and deviation, of pictures in −1…1 instead of 0…1: 2·mean − 1 and 2·deviation. */
const shift = [-0.03, -0.088, -0.188];
const deviation = [0.458, 0.448, 0.45];

/**
 * Pictures [N, 3, H, W] in −1…1 as torchvision's networks want them; the same numbers as LPIPS's scaling layer
 * (PerceptualSimilarity lpips/lpips.py: ScalingLayer).
 */
export function imageNetScaled(picture: Tensor): Tensor {
  const centred = sub(picture, constantTensor('ImageNet shift', [3, 1, 1], shift));
  return div(centred, constantTensor('ImageNet deviation', [3, 1, 1], deviation));
}

/** Convolution with bias and ReLU. */
export function convRelu(
  x: Tensor,
  weights: Weights,
  name: string,
  { stride = 1, padding = 0 }: { readonly stride?: number; readonly padding?: number } = {},
): Tensor {
  const y = conv2d(x, weights.get(`${name}.weight`), { stride, padding });
  return biasAct(y, weights.get(`${name}.bias`), { act: 'relu', gain: 1 });
}

/** Runs layers in order; the results of the convolutions named in `taps`, shallow to deep. */
export function tappedLayers(
  picture: Tensor,
  weights: Weights,
  layers: readonly TorchvisionLayer[],
  taps: readonly string[],
): Tensor[] {
  const features: Tensor[] = [];
  let x = imageNetScaled(picture);
  for (const layer of layers) {
    x = layer.kind === 'pool' ? maxPool2d(x, layer) : convRelu(x, weights, layer.name, layer);
    if (layer.kind === 'conv' && taps.includes(layer.name)) features.push(x);
  }
  return features;
}
