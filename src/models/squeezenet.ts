import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { concat } from '../ops/concat.js';
import { maxPool2d } from '../ops/maxPool2d.js';
import type { FeatureNetwork } from './featureNetwork.js';
import { convRelu, imageNetScaled } from './torchvisionLayers.js';
import type { Weights } from './weights.js';

/** Runs of Fire modules between poolings, numbered as torchvision's squeezenet1_1. */
const fireRuns = [
  [3, 4],
  [6, 7],
  [9, 10, 11, 12],
] as const;

/** The Fire modules after which LPIPS compares, besides the first convolution. */
const tappedFires: readonly number[] = [4, 7, 9, 10, 11, 12];

/**
 * torchvision's SqueezeNet 1.1 (Iandola et al. 2016) without its classifier. Its seven layers are those of LPIPS.
 * Pictures of any size from 17².
 */
export class SqueezeNet implements FeatureNetwork {
  readonly name = 'squeezenet';
  readonly resolution = null;
  readonly imgChannels = 3;

  constructor(private readonly weights: Weights) {}

  features(picture: Tensor): Tensor[] {
    const taps = [convRelu(imageNetScaled(picture), this.weights, 'features.0', { stride: 2 })];
    let x = at(taps, 0);
    for (const run of fireRuns) {
      x = maxPool2d(x, { kernel: 3, stride: 2, ceilMode: true });
      for (const index of run) {
        x = this.fire(x, `features.${index}`);
        if (tappedFires.includes(index)) taps.push(x);
      }
    }
    return taps;
  }

  /** 1×1 to few channels, then 1×1 and 3×3 side by side. */
  private fire(x: Tensor, name: string): Tensor {
    const squeezed = convRelu(x, this.weights, `${name}.squeeze`);
    const expand1x1 = convRelu(squeezed, this.weights, `${name}.expand1x1`);
    const expand3x3 = convRelu(squeezed, this.weights, `${name}.expand3x3`, { padding: 1 });
    return concat([expand1x1, expand3x3], 1);
  }
}
