import { shapeError } from '../engine/op.js';
import { at, sameShape, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { matmul } from '../ops/matmul.js';
import { minibatchStddev } from '../ops/minibatchStddev.js';
import { reshape } from '../ops/reshape.js';
import { sliceAxis } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import { scale } from '../ops/unary.js';
import type { FeatureNetwork } from './featureNetwork.js';
import { convolution, downConvolution, halved, heScale } from './pgganLayers.js';
import type { Weights } from './weights.js';

/** What the weights' shapes do not say by themselves, and the sizes that they do say. */
export interface PgganDiscriminatorConfig {
  readonly resolution: number;
  readonly imgChannels: number;
  /** Whether a convolution and the halving after it were trained as one convolution of stride 2. */
  readonly fusedScale: boolean;
  /** Whether weights are multiplied by He's constant when they are used; false where it is multiplied in. */
  readonly weightScaling: boolean;
  /** Samples whose deviation the last block sees, at most; null where it sees none. */
  readonly mbstdGroupSize: number | null;
}

type Act = 'lrelu' | 'linear';

/**
 * The discriminator of Progressive GAN, fully grown (Karras et al. 2018; progressive_growing_of_gans networks.py:
 * D_paper). Tensors are named and laid out as in genforce's PGGAN: block b of resolution R/2^b has `layer{2b}` and
 * `layer{2b+1}`, the first reads the picture by `input0`, the last has a third layer.
 */
export class PgganDiscriminator implements FeatureNetwork {
  readonly name = 'discriminator';
  readonly resolution: number;
  readonly imgChannels: number;
  /** Blocks before the one of 4². */
  private readonly halvings: number;

  constructor(
    readonly config: PgganDiscriminatorConfig,
    private readonly weights: Weights,
  ) {
    this.resolution = config.resolution;
    this.imgChannels = config.imgChannels;
    this.halvings = Math.log2(config.resolution) - 2;
  }

  /** What each block of R² … 8² hands on. Samples do not see each other: the last block is not among them. */
  features(picture: Tensor): Tensor[] {
    const { resolution, imgChannels } = this;
    if (!sameShape(picture.shape.slice(1), [imgChannels, resolution, resolution])) {
      const expected = `the pictures must be [N, ${imgChannels}, ${resolution}, ${resolution}]`;
      throw shapeError('discriminator', [picture.shape], expected);
    }
    const features: Tensor[] = [];
    let x = this.convolved('input0', picture);
    for (let block = 0; block < this.halvings; block++) {
      x = this.halvedBlock(`layer${2 * block + 1}`, this.convolved(`layer${2 * block}`, x));
      features.push(x);
    }
    return features;
  }

  /**
   * Pictures [N, imgChannels, R, R] in −1…1 → [N, 1]: above 0 for what looks real. What a network with classes says of
   * those is left out.
   */
  logits(picture: Tensor): Tensor {
    const { mbstdGroupSize: groupSize } = this.config;
    const features = at(this.features(picture), -1);
    const seen = groupSize === null ? features : minibatchStddev(features, { groupSize, numChannels: 1 });
    const first = 2 * this.halvings;
    const x = this.convolved(`layer${first}`, seen);
    const flat = reshape(x, [at(x.shape, 0), sizeOf(x.shape.slice(1))]);
    const hidden = this.dense(`layer${first + 1}`, flat, 'lrelu');
    return sliceAxis(this.dense(`layer${first + 2}`, hidden, 'linear'), 1, 0, 1);
  }

  /** Apart, halving follows the activation; in one, it comes before. */
  private halvedBlock(name: string, x: Tensor): Tensor {
    if (!this.config.fusedScale) return halved(this.convolved(name, x));
    const weight = this.weights.get(`${name}.weight`);
    return this.activated(name, downConvolution(x, weight, this.factorOf(weight, 'lrelu')), 'lrelu');
  }

  private convolved(name: string, x: Tensor): Tensor {
    const weight = this.weights.get(`${name}.weight`);
    return this.activated(name, convolution(x, weight, this.factorOf(weight, 'lrelu')), 'lrelu');
  }

  private dense(name: string, x: Tensor, act: Act): Tensor {
    const weight = this.weights.get(`${name}.weight`);
    const product = matmul(x, transpose(scale(weight, this.factorOf(weight, act)), [1, 0]));
    return this.activated(name, product, act);
  }

  private factorOf(weight: Tensor, act: Act): number {
    const gain = act === 'linear' ? 1 : Math.SQRT2;
    return heScale(sizeOf(weight.shape.slice(1)), gain, this.config.weightScaling);
  }

  private activated(name: string, y: Tensor, act: Act): Tensor {
    return biasAct(y, this.weights.get(`${name}.bias`), { act, gain: 1 });
  }
}
