import type { Tensor } from '../engine/tensor.js';
import type { FeatureNetwork } from './featureNetwork.js';
import { tappedLayers, type TorchvisionLayer } from './torchvisionLayers.js';
import type { Weights } from './weights.js';

const pool: TorchvisionLayer = { kind: 'pool', kernel: 3, stride: 2 };

/** Krizhevsky 2014 ("One weird trick"), numbered as torchvision's alexnet; up to relu5. */
const layers: readonly TorchvisionLayer[] = [
  { kind: 'conv', name: 'features.0', stride: 4, padding: 2 },
  pool,
  { kind: 'conv', name: 'features.3', padding: 2 },
  pool,
  { kind: 'conv', name: 'features.6', padding: 1 },
  { kind: 'conv', name: 'features.8', padding: 1 },
  { kind: 'conv', name: 'features.10', padding: 1 },
];

/** relu1 … relu5: what LPIPS compares. */
const taps = [0, 3, 6, 8, 10].map((index) => `features.${index}`);

/** torchvision's AlexNet without its classifier. Pictures of any size from 31². */
export class AlexNet implements FeatureNetwork {
  readonly name = 'alexnet';
  readonly resolution = null;
  readonly imgChannels = 3;

  constructor(private readonly weights: Weights) {}

  features(picture: Tensor): Tensor[] {
    return tappedLayers(picture, this.weights, layers, taps);
  }
}
