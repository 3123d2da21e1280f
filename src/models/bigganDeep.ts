import { checkpoint } from '../engine/checkpoint.js';
import { at } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { add, sub } from '../ops/binary.js';
import { concat } from '../ops/concat.js';
import { matmul } from '../ops/matmul.js';
import { reshape } from '../ops/reshape.js';
import { sliceAxis } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import { affine } from '../ops/unary.js';
import {
  conditionOf,
  convolution,
  linear,
  normalisation,
  normalised,
  selfAttention,
  spectralWeight,
  truncatedCondition,
  upsampleNearest,
  type Normalisation,
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

  /**
   * Weights of the stored statistics. Between two sets the reference mixes with the fraction as the weight of the LOWER
   * one, and divides by a rounded step: 0.14 / 0.02 is a little over 7 and takes set 8 (model.py: BigGANBatchNorm). As
   * both are in the pictures people know, they are kept. Nothing is stored for psi beyond 1: the last set serves.
   */
  statisticsOf(psi: number): Float32Array<ArrayBuffer> {
    const rows = new Float32Array(this.config.statisticsCount);
    const last = rows.length - 1;
    const position = last === 0 ? 0 : Math.min(Math.abs(psi), 1) / (1 / last);
    const lower = Math.min(Math.floor(position), last);
    const fraction = position - lower;
    if (fraction === 0 || lower === last) rows[lower] = 1;
    else rows.set([fraction, 1 - fraction], lower);
    return rows;
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

  /** GenBlock.forward: 1×1 to a quarter of the channels, twice 3×3, 1×1 back, around a shortcut. */
  private block(
    path: string,
    x: Tensor,
    condition: Tensor,
    sets: Tensor,
    layer: Exclude<BigGanDeepLayer, 'attention'>,
  ): Tensor {
    const upsample = layer === 'upsampling block';
    const [before, ...following] = this.conditionalNorms(path, condition, sets);
    let y = before === undefined ? x : normalised(x, before);
    for (const [index, norm] of following.entries()) {
      const name = `${path}.conv_${index}`;
      y = convolution(y, spectralWeight(this.weights, name), upsample && index === 1);
      y = normalised(y, norm);
    }
    const last = `${path}.conv_${following.length}`;
    const result = biasAct(convolution(y, spectralWeight(this.weights, last)), this.weights.get(`${last}.bias`));
    // Blocks that halve the channels keep the first half of the shortcut.
    const channels = at(result.shape, 1);
    const kept = channels === at(x.shape, 1) ? x : sliceAxis(x, 1, 0, channels);
    return add(result, upsample ? upsampleNearest(kept) : kept);
  }

  /** The four batch norms of a block, with the biases of the convolutions before them: their rows are joined, so that the whole block costs a few small products. */
  private conditionalNorms(path: string, condition: Tensor, sets: Tensor): Normalisation[] {
    const names = [0, 1, 2, 3].map((index) => `${path}.bn_${index}`);
    const ofCondition = (part: string): Tensor =>
      linear(
        condition,
        concat(
          names.map((name) => spectralWeight(this.weights, `${name}.${part}`)),
          0,
        ),
      );
    const gain = affine(ofCondition('scale'), 1, 1);
    const statistics = this.statistics(names, sets);
    const mean = sub(statistics.mean, this.biasesBefore(path, names));
    const { scale, shift } = normalisation(gain, ofCondition('offset'), { ...statistics, mean });
    let start = 0;
    return names.map((name) => {
      const channels = at(this.weights.get(`${name}.running_means`).shape, 1);
      const rows = (joined: Tensor): Tensor => sliceAxis(joined, 1, start, channels);
      const norm = { scale: rows(scale), shift: rows(shift) };
      start += channels;
      return norm;
    });
  }

  /** What the convolutions before a block's batch norms add, [ΣC]; before the first there is none. */
  private biasesBefore(path: string, norms: readonly string[]): Tensor {
    const channels = at(this.weights.get(`${at(norms, 0)}.running_means`).shape, 1);
    const biases = [0, 1, 2].map((index) => this.weights.get(`${path}.conv_${index}.bias`));
    return concat([constantTensor('no bias', [channels], new Float32Array(channels)), ...biases], 0);
  }

  /** Means and variances [1, ΣC] of the named layers, mixed of the stored sets. */
  private statistics(names: readonly string[], sets: Tensor): Parameters<typeof normalisation>[2] {
    const mixed = (part: string): Tensor =>
      matmul(
        sets,
        concat(
          names.map((name) => this.weights.get(`${name}.${part}`)),
          1,
        ),
      );
    return { mean: mixed('running_means'), variance: mixed('running_vars'), epsilon: this.config.epsilon };
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
    const norm = normalisation(...gainAndBias, this.statistics(['generator.bn'], sets));
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
