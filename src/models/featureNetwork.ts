import type { Tensor } from '../engine/tensor.js';

export type FeatureNetworkName = 'predictor' | 'discriminator' | 'vgg16' | 'alexnet' | 'squeezenet';

/** A network whose inner activations describe a picture: what a perceptual loss compares. */
export interface FeatureNetwork {
  readonly name: FeatureNetworkName;
  /** Pixels a side of the pictures it takes; null when any size will do. */
  readonly resolution: number | null;
  /** Channels of the pictures it takes. */
  readonly imgChannels: number;
  /**
   * Pictures [N, imgChannels, H, W] in −1…1 → activations, shallow to deep, each [N, C, h, w] or [N, C]. Any
   * normalisation that the network was trained with happens inside.
   */
  features(picture: Tensor): Tensor[];
}
