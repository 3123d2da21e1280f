import type { Tensor } from '../engine/tensor.js';
import type { FeatureNetwork } from './featureNetwork.js';
import { tappedLayers, type TorchvisionLayer } from './torchvisionLayers.js';
import type { Weights } from './weights.js';

const conv = (index: number): TorchvisionLayer => ({ kind: 'conv', name: `features.${index}`, padding: 1 });
const pool: TorchvisionLayer = { kind: 'pool', kernel: 2 };

/** Simonyan & Zisserman 2015, configuration D, numbered as torchvision's vgg16; up to relu5_3. */
const layers: readonly TorchvisionLayer[] = [
  ...[0, 2].map(conv),
  pool,
  ...[5, 7].map(conv),
  pool,
  ...[10, 12, 14].map(conv),
  pool,
  ...[17, 19, 21].map(conv),
  pool,
  ...[24, 26, 28].map(conv),
];

/** relu1_2, relu2_2, relu3_3, relu4_3, relu5_3: what LPIPS compares. */
const taps = [2, 7, 14, 21, 28].map((index) => `features.${index}`);

/** torchvision's VGG16 without its classifier. Pictures of any size from 16². */
export class Vgg16 implements FeatureNetwork {
  readonly name = 'vgg16';
  readonly resolution = null;
  readonly imgChannels = 3;

  constructor(private readonly weights: Weights) {}

  features(picture: Tensor): Tensor[] {
    return tappedLayers(picture, this.weights, layers, taps);
  }
}
