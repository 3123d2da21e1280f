import { checkpoint } from '../engine/checkpoint.js';
import { at } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { concat } from '../ops/concat.js';
import { reshape } from '../ops/reshape.js';
import { sliceAxis } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import { genBlock, mixedStatistics, statisticsWeights } from './bigganDeepBlock.js';
import {
  conditionOf,
  convolution,
  linear,
  normalisation,
  normalised,
  selfAttention,
  spectralWeight,
  truncatedCondition,
} from './bigganLayers.js';
import type { Generator, LatentWeight, SynthesisOptions, Tap, WLayer } from './generator.js';
import { requiredClass } from './requiredClass.js';
import type { Weights } from './weights.js';

/** One entry of `generator.layers`. */
export type BigGanDeepLayer = 'attention' | 'block' | 'upsampling block';

export interface BigGanDeepConfig {
  readonly zDim: number;
  /** Length of an embedded class. */
  readonly embedDim: number;
  readonly cDim: number;
  readonly layers: readonly BigGanDeepLayer[];
  /** Sets of batch-norm statistics, for psi from 0 to 1 in equal steps. */
  readonly statisticsCount: number;
  /** Added to the variances. */
  readonly epsilon: number;
}

/** The picture takes the first channels of what the last convolution makes. */
const imgChannels = 3;
const firstResolution = 4;

/**
 * BigGAN-deep (Brock et al. 2019) as pytorch-pretrained-BigGAN stores and runs it (model.py: BigGAN, Generator). w is
 * z followed by the embedded class; each index of W+ is what one block reads.
 */
export class BigGanDeep implements Generator {
  readonly family = 'biggan-deep';
  readonly latentSpaces = ['z'] as const;
  readonly zDistribution = 'truncated-normal';
  readonly takesTransform = false;
  readonly canTruncate = true;
  readonly noiseMaps = [];
  readonly imgChannels = imgChannels;
  readonly zDim: number;
  readonly wDim: number;
  readonly cDim: number;
  readonly numWs: number;
  readonly resolution: number;
  readonly parameterCount: number;
  readonly wLayers: readonly WLayer[];

  constructor(
    readonly config: BigGanDeepConfig,
    private readonly weights: Weights,
  ) {
    const { zDim, embedDim, cDim, layers } = config;
    this.zDim = zDim;
    this.wDim = zDim + embedDim;
    this.cDim = cDim;
    this.parameterCount = weights.count;
    this.wLayers = wLayersOf(layers);
    this.numWs = this.wLayers.length;
    this.resolution = Math.max(...this.wLayers.map(({ resolution }) => resolution));
  }

  /** Of a block's eight readers of w, the scale of its first batch norm. */
  latentWeight(layer: string): LatentWeight {
    const reader = layer === 'gen_z' ? layer : `${layer}.bn_0.scale`;
    const path = `generator.${reader}`;
    const stored = this.weights.find(`${path}.weight_orig`) === null ? 'weight' : 'weight_orig';
    return { name: `${path}.${stored}`, latentAxis: 1 };
  }

  statisticsOf(psi: number): Float32Array<ArrayBuffer> {
    return statisticsWeights(psi, this.config.statisticsCount);
  }

  mapping(z: Tensor, c: Tensor | null, tap: Tap = ignore): Tensor {
    const embedded = linear(requiredClass(c, this.cDim), this.weights.get('embeddings.weight'));
    tap('embeddings', embedded);
    return concat([z, embedded], 1);
  }

  truncate(w: Tensor, psi: Tensor): Tensor {
    return truncatedCondition(w, psi, this.zDim);
  }

  synthesis(ws: Tensor, { statistics = this.fullStatistics(), tap = ignore }: SynthesisOptions): Tensor {
    const sets = reshape(statistics, [1, this.config.statisticsCount]);
    let x = this.first(conditionOf(ws, 0), tap);
    let wIndex = 1;
    for (const [index, layer] of this.config.layers.entries()) {
      const path = `generator.layers.${index}`;
      x = checkpoint(x);
      x = layer === 'attention' ? this.attention(path, x) : this.block(path, x, conditionOf(ws, wIndex++), sets, layer);
      tap(path, x);
    }
    return this.toRgb(x, sets, tap);
  }

  /** [N, wDim] → [N, C, 4, 4]; the numbers come channels last. */
  private first(condition: Tensor, tap: Tap): Tensor {
    const path = 'generator.gen_z';
    const product = linear(condition, spectralWeight(this.weights, path));
    const flat = biasAct(product, this.weights.get(`${path}.bias`));
    tap(path, flat);
    const [n, side] = [at(flat.shape, 0), firstResolution];
    const maps = reshape(flat, [n, side, side, at(flat.shape, 1) / side ** 2]);
    return transpose(maps, [0, 3, 1, 2]);
  }

  private block(
    path: string,
    x: Tensor,
    condition: Tensor,
    sets: Tensor,
    layer: Exclude<BigGanDeepLayer, 'attention'>,
  ): Tensor {
    const normalising = { condition, sets, epsilon: this.config.epsilon };
    return genBlock(x, this.weights, path, { ...normalising, upsample: layer === 'upsampling block' });
  }

  private attention(path: string, x: Tensor): Tensor {
    return selfAttention(x, this.weights, {
      theta: `${path}.snconv1x1_theta`,
      phi: `${path}.snconv1x1_phi`,
      g: `${path}.snconv1x1_g`,
      output: `${path}.snconv1x1_o_conv`,
      gamma: `${path}.gamma`,
    });
  }

  private toRgb(x: Tensor, sets: Tensor, tap: Tap): Tensor {
    const row = (name: string): Tensor => reshape(this.weights.get(name), [1, at(x.shape, 1)]);
    const gainAndBias = [row('generator.bn.weight'), row('generator.bn.bias')] as const;
    const norm = normalisation(
      ...gainAndBias,
      mixedStatistics(this.weights, ['generator.bn'], { sets, epsilon: this.config.epsilon }),
    );
    tap('generator.bn', normalised(x, norm, 'linear'));
    const features = normalised(x, norm);
    const path = 'generator.conv_to_rgb';
    const [weight, bias] = [spectralWeight(this.weights, path), this.weights.get(`${path}.bias`)];
    tap(path, biasAct(convolution(features, weight), bias));
    const rgb = convolution(features, sliceAxis(weight, 0, 0, imgChannels));
    return biasAct(rgb, sliceAxis(bias, 0, 0, imgChannels), { act: 'tanh' });
  }

  private fullStatistics(): Tensor {
    return constantTensor('statistics at psi 1', [this.config.statisticsCount], this.statisticsOf(1));
  }
}

const ignore: Tap = () => undefined;

function wLayersOf(layers: readonly BigGanDeepLayer[]): WLayer[] {
  let resolution = firstResolution;
  const wLayers: WLayer[] = [{ index: 0, names: ['gen_z'], resolution }];
  layers.forEach((layer, index) => {
    if (layer === 'attention') return;
    if (layer === 'upsampling block') resolution *= 2;
    wLayers.push({ index: wLayers.length, names: [`layers.${index}`], resolution });
  });
  return wLayers;
}
