import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { conv2d } from '../ops/conv2d.js';
import { matmul } from '../ops/matmul.js';
import { reshape } from '../ops/reshape.js';
import { transpose } from '../ops/transpose.js';
import type { FeatureNetwork } from './featureNetwork.js';
import type { Weights } from './weights.js';

/** Numbers of its convolutions, as they stand in the names of their weights. */
export const predictorConvolutions = [0, 1, 2, 3] as const;
/** A plain leaky ReLU, without StyleGAN's gain. */
const leaky = { act: 'lrelu', alpha: 0.2, gain: 1 } as const;

/**
 * The attribute predictor of the bundled faces (weights/training/nets.py: Predictor, batch norm folded in): four 3×3
 * convolutions of stride 2, one hidden layer, one number for each attribute.
 */
export class Predictor implements FeatureNetwork {
  readonly name = 'predictor';
  readonly resolution: number;
  readonly imgChannels: number;

  constructor(private readonly weights: Weights) {
    this.imgChannels = at(weights.get('convs.0.weight').shape, 1);
    // Each convolution halves the side, and the hidden layer reads every pixel of the last.
    const channels = at(weights.get('convs.3.weight').shape, 0);
    const places = at(weights.get('fc0.weight').shape, 1) / channels;
    this.resolution = Math.sqrt(places) * 2 ** predictorConvolutions.length;
  }

  /** After each convolution, and the hidden layer. */
  features(picture: Tensor): Tensor[] {
    const layers: Tensor[] = [];
    let x = picture;
    for (const index of predictorConvolutions) {
      const y = conv2d(x, this.weights.get(`convs.${index}.weight`), { stride: 2, padding: 1 });
      x = biasAct(y, this.weights.get(`convs.${index}.bias`), leaky);
      layers.push(x);
    }
    const [n = 0, ...rest] = x.shape;
    const flat = reshape(x, [n, rest.reduce((product, extent) => product * extent, 1)]);
    layers.push(biasAct(this.linear('fc0', flat), this.weights.get('fc0.bias'), leaky));
    return layers;
  }

  /** Pictures [N, 3, R, R] in −1…1 → standardised attributes [N, outputs], in the order of the file's metadata. */
  attributes(picture: Tensor): Tensor {
    const hidden = at(this.features(picture), -1);
    return biasAct(this.linear('fc1', hidden), this.weights.get('fc1.bias'));
  }

  private linear(name: string, x: Tensor): Tensor {
    return matmul(x, transpose(this.weights.get(`${name}.weight`), [1, 0]));
  }
}
