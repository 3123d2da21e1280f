import { checkpoint } from '../engine/checkpoint.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { add, sub } from '../ops/binary.js';
import { concat } from '../ops/concat.js';
import { matmul } from '../ops/matmul.js';
import { reshape } from '../ops/reshape.js';
import { sliceAxis } from '../ops/slice.js';
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
import type { Generator, SynthesisOptions, Tap, WLayer } from './generator.js';
import { requiredClass } from './requiredClass.js';
import type { Weights } from './weights.js';

export interface BigGanConfig {
  readonly zDim: number;
  readonly cDim: number;
  /** Length of what stands for the class: of its embedding, or cDim where every batch norm has an embedding of its own. */
  readonly classDim: number;
  /** Whether classes are embedded once (`shared.weight`). */
  readonly sharedEmbedding: boolean;
  /** Numbers of z that each layer reads of its own (`hier`); 0 when the first layer reads all of z and the others none. */
  readonly zChunk: number;
  /** Side of the first picture. */
  readonly bottomWidth: number;
  readonly imgChannels: number;
  /** For each block, which all double the resolution, whether attention follows it. */
  readonly attention: readonly boolean[];
}

/** BigGAN-PyTorch's BN_eps. */
const batchNormEpsilon = 1e-5;

/**
 * BigGAN (Brock et al. 2019) as in ajbrock/BigGAN-PyTorch (BigGAN.py: Generator; layers.py: GBlock, ccbn, Attention). w is
 * z followed by what stands for the class; each index of W+ is what one layer reads.
 */
export class BigGan implements Generator {
  readonly family = 'biggan';
  readonly latentSpaces = ['z'] as const;
  /** utils.py: prepare_z_y. Truncation there is a smaller deviation. */
  readonly zDistribution = 'normal';
  readonly takesTransform = false;
  readonly canTruncate = true;
  readonly noiseMaps = [];
  readonly zDim: number;
  readonly wDim: number;
  readonly cDim: number;
  readonly numWs: number;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly parameterCount: number;
  readonly wLayers: readonly WLayer[];

  constructor(
    readonly config: BigGanConfig,
    private readonly weights: Weights,
  ) {
    const { zDim, classDim, cDim, bottomWidth, attention, imgChannels } = config;
    this.zDim = zDim;
    this.wDim = zDim + classDim;
    this.cDim = cDim;
    this.imgChannels = imgChannels;
    this.parameterCount = weights.count;
    const names = ['linear', ...attention.map((_, index) => `blocks.${index}.0`)];
    this.wLayers = names.map((name, index) => ({ index, names: [name], resolution: bottomWidth * 2 ** index }));
    this.numWs = names.length;
    this.resolution = bottomWidth * 2 ** attention.length;
  }

  /** No layer reads the whole w: each has its own part of z, or none. */
  latentWeight(): null {
    return null;
  }

  statisticsOf(): null {
    return null;
  }

  mapping(z: Tensor, c: Tensor | null, tap: Tap = ignore): Tensor {
    const given = requiredClass(c, this.cDim);
    if (!this.config.sharedEmbedding) return concat([z, given], 1);
    const embedded = matmul(given, this.weights.get('shared.weight'));
    tap('shared', embedded);
    return concat([z, embedded], 1);
  }

  truncate(w: Tensor, psi: Tensor): Tensor {
    return truncatedCondition(w, psi, this.zDim);
  }

  synthesis(ws: Tensor, { tap = ignore }: SynthesisOptions): Tensor {
    let x = this.first(ws, tap);
    for (const [index, attention] of this.config.attention.entries()) {
      x = this.block(`blocks.${index}.0`, checkpoint(x), this.condition(ws, index + 1));
      tap(`blocks.${index}.0`, x);
      if (!attention) continue;
      x = this.attention(`blocks.${index}.1`, x);
      tap(`blocks.${index}.1`, x);
    }
    return this.output(x, tap);
  }

  private first(ws: Tensor, tap: Tap): Tensor {
    const { zChunk, zDim, bottomWidth } = this.config;
    const z = sliceAxis(conditionOf(ws, 0), 1, 0, zChunk > 0 ? zChunk : zDim);
    const flat = biasAct(linear(z, spectralWeight(this.weights, 'linear')), this.weights.get('linear.bias'));
    tap('linear', flat);
    const [n = 0, numbers = 0] = flat.shape;
    return reshape(flat, [n, numbers / bottomWidth ** 2, bottomWidth, bottomWidth]);
  }

  /** What a layer's batch norms read: the class, and behind it the layer's own part of z. */
  private condition(ws: Tensor, wIndex: number): Tensor {
    const { zDim, classDim, zChunk } = this.config;
    const w = conditionOf(ws, wIndex);
    const y = sliceAxis(w, 1, zDim, classDim);
    return zChunk === 0 ? y : concat([y, sliceAxis(w, 1, wIndex * zChunk, zChunk)], 1);
  }

  /** GBlock.forward: two convolutions around an upsampling, and a learned shortcut. */
  private block(path: string, x: Tensor, condition: Tensor): Tensor {
    const weight = (name: string): Tensor => spectralWeight(this.weights, `${path}.${name}`);
    const bias = (name: string): Tensor => this.weights.get(`${path}.${name}.bias`);
    const doubled = convolution(
      normalised(x, this.conditionalNorm(`${path}.bn1`, condition, null)),
      weight('conv1'),
      true,
    );
    const between = normalised(doubled, this.conditionalNorm(`${path}.bn2`, condition, bias('conv1')));
    const y = biasAct(convolution(between, weight('conv2')), bias('conv2'));
    // A 1×1 convolution of copies is copies of the convolution, at a quarter of the work.
    const shortcut = biasAct(convolution(x, weight('conv_sc')), bias('conv_sc'));
    return add(y, upsampleNearest(shortcut));
  }

  /** `added` is the bias of the convolution before it. */
  private conditionalNorm(path: string, condition: Tensor, added: Tensor | null): Normalisation {
    const rows = (part: 'gain' | 'bias'): Tensor =>
      this.config.sharedEmbedding
        ? linear(condition, spectralWeight(this.weights, `${path}.${part}`))
        : matmul(condition, this.weights.get(`${path}.${part}.weight`));
    const statistics = this.statistics(path);
    const mean = added === null ? statistics.mean : sub(statistics.mean, asRow(added));
    return normalisation(affine(rows('gain'), 1, 1), rows('bias'), { ...statistics, mean });
  }

  private statistics(path: string): Parameters<typeof normalisation>[2] {
    const row = (name: string): Tensor => asRow(this.weights.get(`${path}.${name}`));
    return { mean: row('running_mean'), variance: row('running_var'), epsilon: batchNormEpsilon };
  }

  private attention(path: string, x: Tensor): Tensor {
    const part = (name: string): string => `${path}.${name}`;
    return selfAttention(x, this.weights, {
      theta: part('theta'),
      phi: part('phi'),
      g: part('g'),
      output: part('o'),
      gamma: part('gamma'),
    });
  }

  private output(x: Tensor, tap: Tap): Tensor {
    const [gain, bias] = [this.weights.get('output_layer.0.gain'), this.weights.get('output_layer.0.bias')];
    const norm = normalisation(asRow(gain), asRow(bias), this.statistics('output_layer.0'));
    tap('output_layer.0', normalised(x, norm, 'linear'));
    const rgb = convolution(normalised(x, norm), spectralWeight(this.weights, 'output_layer.2'));
    return biasAct(rgb, this.weights.get('output_layer.2.bias'), { act: 'tanh' });
  }
}

const ignore: Tap = () => undefined;

const asRow = (values: Tensor): Tensor => reshape(values, [1, at(values.shape, 0)]);
