import { shapeError } from '../engine/op.js';
import { at, sameShape, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { defaultGain, type Activation } from '../ops/activations.js';
import { biasAct } from '../ops/biasAct.js';
import { add, mul } from '../ops/binary.js';
import { conv2dResample } from '../ops/conv2dResample.js';
import { dense } from '../ops/dense.js';
import { minibatchStddev } from '../ops/minibatchStddev.js';
import { reduceSum } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';
import { scale } from '../ops/unary.js';
import { downsample2d } from '../ops/upfirdn2d.js';
import type { FeatureNetwork } from './featureNetwork.js';
import { mappingNetwork, type MappingConfig } from './mappingNetwork.js';
import type { StyleGan2Architecture } from './stylegan2.js';
import type { Weights } from './weights.js';

/** What the weights' shapes do not say by themselves, and the sizes that they do say. */
export interface StyleGan2DiscriminatorConfig extends MappingConfig {
  readonly architecture: StyleGan2Architecture;
  readonly resolution: number;
  readonly imgChannels: number;
  /** Length of a mapped class; 0 when unconditional. */
  readonly cmapDim: number;
  readonly activation: Activation;
  /** Convolutions' outputs are limited to ± this times their gain; null for no limit. */
  readonly convClamp: number | null;
  /** Samples whose deviation the last block sees, at most; null for the whole batch. */
  readonly mbstdGroupSize: number | null;
  /** Channels of that deviation; 0 for none. */
  readonly mbstdNumChannels: number;
}

interface LayerOptions {
  readonly act: Activation;
  readonly clamp: number | null;
  readonly gain?: number;
  readonly down?: 1 | 2;
}

/** Features of the block before, and the picture as far as it has been made small (`skip` only). */
interface BlockState {
  readonly x: Tensor | null;
  readonly img: Tensor;
}

/**
 * The discriminator of stylegan2-ada-pytorch (training/networks.py: Discriminator; networks_stylegan2.py of the
 * stylegan3 repository): `orig`, `skip` and `resnet`, labels, clamping. f32 throughout.
 */
export class StyleGan2Discriminator implements FeatureNetwork {
  readonly name = 'discriminator';
  readonly resolution: number;
  readonly imgChannels: number;

  constructor(
    readonly config: StyleGan2DiscriminatorConfig,
    private readonly weights: Weights,
  ) {
    this.resolution = config.resolution;
    this.imgChannels = config.imgChannels;
  }

  /** What each block b{resolution} … b8 hands on. Samples do not see each other: the last block is not among them. */
  features(picture: Tensor): Tensor[] {
    return this.blocks(picture).features;
  }

  /** Pictures [N, imgChannels, R, R] in −1…1, c [N, cDim] one-hot or null → [N, 1]: above 0 for what looks real. */
  logits(picture: Tensor, c: Tensor | null): Tensor {
    const { features, img } = this.blocks(picture);
    const { cDim, cmapDim, architecture, mbstdGroupSize, mbstdNumChannels } = this.config;
    const cmap = cDim > 0 ? mappingNetwork(null, c, this.weights, this.config, () => undefined) : null;
    let x = features.at(-1) ?? null;
    if (architecture === 'skip' || x === null) x = added(x, this.fromRgb('b4', img, null));
    if (mbstdNumChannels > 0) {
      x = minibatchStddev(x, { groupSize: mbstdGroupSize, numChannels: mbstdNumChannels });
    }
    const { activation: act, convClamp: clamp } = this.config;
    x = this.convolution('b4.conv', x, { act, clamp });
    const flat = reshape(x, [at(x.shape, 0), sizeOf(x.shape.slice(1))]);
    const scores = this.dense('b4.out', this.dense('b4.fc', flat, act), 'linear');
    if (cmap === null) return scores;
    // A projection on the class's own direction instead of one for all (Miyato & Koyama 2018).
    return scale(reduceSum(mul(scores, cmap), [1]), 1 / Math.sqrt(cmapDim));
  }

  private blocks(picture: Tensor): { features: Tensor[]; img: Tensor } {
    const { resolution, imgChannels } = this;
    if (!sameShape(picture.shape.slice(1), [imgChannels, resolution, resolution])) {
      const expected = `the pictures must be [N, ${imgChannels}, ${resolution}, ${resolution}]`;
      throw shapeError('discriminator', [picture.shape], expected);
    }
    const features: Tensor[] = [];
    let img = picture;
    for (let size = this.resolution; size > 4; size /= 2) {
      const block = this.block(`b${size}`, { x: features.at(-1) ?? null, img });
      features.push(block.x);
      img = block.img;
    }
    return { features, img };
  }

  /** DiscriminatorBlock.forward. */
  private block(name: string, { x: before, img }: BlockState): { x: Tensor; img: Tensor } {
    const { architecture, activation: act, convClamp: clamp } = this.config;
    const readsPicture = before === null || architecture === 'skip';
    const x = readsPicture ? added(before, this.fromRgb(name, img, clamp)) : before;
    const smaller = architecture === 'skip' ? downsample2d(img, this.filter(name)) : img;
    const isResidual = architecture === 'resnet';
    const gain = isResidual ? Math.SQRT1_2 : 1;
    const inner = this.convolution(`${name}.conv0`, x, { act, clamp });
    const y = this.convolution(`${name}.conv1`, inner, { act, clamp, gain, down: 2 });
    if (!isResidual) return { x: y, img: smaller };
    const shortcut = this.convolution(`${name}.skip`, x, { act: 'linear', clamp: null, gain, down: 2 });
    return { x: add(shortcut, y), img: smaller };
  }

  private fromRgb(block: string, img: Tensor, clamp: number | null): Tensor {
    return this.convolution(`${block}.fromrgb`, img, { act: this.config.activation, clamp });
  }

  /** Conv2dLayer.forward: equalised learning rate, FIR before a convolution of stride 2. */
  private convolution(path: string, x: Tensor, { act, clamp, gain = 1, down = 1 }: LayerOptions): Tensor {
    const weight = this.weights.get(`${path}.weight`);
    const [, channels = 1, kh = 1, kw = 1] = weight.shape;
    const scaled = scale(weight, 1 / Math.sqrt(channels * kh * kw));
    const filter = down > 1 ? this.filter(path) : null;
    const y = conv2dResample(x, scaled, filter, { down, padding: Math.floor(kh / 2) });
    return biasAct(y, this.weights.find(`${path}.bias`), {
      act,
      gain: defaultGain(act) * gain,
      clamp: clamp === null ? null : clamp * gain,
    });
  }

  private dense(path: string, x: Tensor, act: Activation): Tensor {
    return dense(x, this.weights.get(`${path}.weight`), this.weights.get(`${path}.bias`), { act });
  }

  /** The FIR filter stored with a layer or its block. */
  private filter(path: string): Tensor {
    const block = at(path.split('.'), 0);
    return this.weights.find(`${path}.resample_filter`) ?? this.weights.get(`${block}.resample_filter`);
  }
}

function added(x: Tensor | null, y: Tensor): Tensor {
  return x === null ? y : add(x, y);
}
