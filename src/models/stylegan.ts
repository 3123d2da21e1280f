import { checkpoint } from '../engine/checkpoint.js';
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { add, mul, sub } from '../ops/binary.js';
import { broadcastTo } from '../ops/broadcastTo.js';
import { concat } from '../ops/concat.js';
import { matmul } from '../ops/matmul.js';
import { reduceMean } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';
import { sliceAxis } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import { affine, rsqrt, scale, square, unary } from '../ops/unary.js';
import { filter2d, setupFilter } from '../ops/upfirdn2d.js';
import type { Generator, LatentWeight, NoiseMap, NoiseSource, SynthesisOptions, Tap, WLayer } from './generator.js';
import { growthAt, grownPicture } from './pgganGrowth.js';
import { convolution, heScale, pixelNorm, upConvolution } from './pgganLayers.js';
import { requiredClass } from './requiredClass.js';
import type { Weights } from './weights.js';
import { truncatedWs, wOf } from './wPlus.js';

/** What the weights' shapes do not say by themselves, and the sizes that they do say. */
export interface StyleGanConfig {
  readonly zDim: number;
  readonly wDim: number;
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  readonly mappingLayers: number;
  readonly mappingLrMultiplier: number;
  readonly resolution: number;
  readonly imgChannels: number;
  /**
   * Whether doubling and the convolution after it are one transposed convolution, whose kernel is stored turned by 180°;
   * `auto`: from 128² up.
   */
  readonly fusedScale: boolean | 'auto';
  /** Taps of the low-pass filter after doubling, of one axis; null for none. */
  readonly blur: readonly number[] | null;
  /** Whether weights are multiplied by He's constant when they are used; false where it is multiplied in. */
  readonly weightScaling: boolean;
  /** Whether the picture goes through tanh. */
  readonly finalTanh: boolean;
  /** How many of the last blocks are not grown yet: 0 when trained to the end; a fraction fades. */
  readonly lod: number;
}

interface Layer {
  readonly index: number;
  /** `layer3` */
  readonly name: string;
  readonly resolution: number;
}

const instanceNormEpsilon = 1e-8;
const autoFusedFrom = 128;

/**
 * StyleGAN (Karras et al. 2019; stylegan training/networks_stylegan.py). Tensors are named and laid out as in genforce
 * models/stylegan_generator.py: block b of resolution 4·2^b has `synthesis.layer{2b}`, `synthesis.layer{2b+1}` and
 * `synthesis.output{b}`; layer i reads row i of W+.
 */
export class StyleGan implements Generator {
  readonly family = 'stylegan';
  readonly latentSpaces = ['z', 'w', 'w+'] as const;
  readonly zDistribution = 'normal';
  readonly takesTransform = false;
  readonly zDim: number;
  readonly wDim: number;
  readonly cDim: number;
  readonly numWs: number;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly parameterCount: number;
  readonly canTruncate: boolean;
  readonly wLayers: readonly WLayer[];
  readonly noiseMaps: readonly NoiseMap[];
  private readonly layers: readonly Layer[];
  private readonly blurFilter: Tensor | null;

  constructor(
    readonly config: StyleGanConfig,
    private readonly weights: Weights,
  ) {
    this.zDim = config.zDim;
    this.wDim = config.wDim;
    this.cDim = config.cDim;
    this.resolution = config.resolution;
    this.imgChannels = config.imgChannels;
    this.parameterCount = weights.count;
    this.canTruncate = weights.find('truncation.w_avg') !== null;
    this.numWs = 2 * Math.log2(config.resolution) - 2;
    const { blur } = config;
    this.blurFilter = blur === null ? null : setupFilter(blur.map((y) => blur.map((x) => x * y)));
    this.layers = Array.from({ length: this.numWs }, (_, index) => ({
      index,
      name: `layer${index}`,
      resolution: 4 * 2 ** Math.floor(index / 2),
    }));
    this.wLayers = this.layers.map(({ index, name, resolution }) => ({ index, names: [name], resolution }));
    this.noiseMaps = this.layers
      .filter(({ name }) => weights.find(`synthesis.${name}.apply_noise.weight`) !== null)
      .map(({ name, resolution }) => ({ layer: name, resolution }));
  }

  latentWeight(layer: string): LatentWeight {
    return { name: `synthesis.${layer}.style.weight`, latentAxis: 1 };
  }

  statisticsOf(): null {
    return null;
  }

  /**
   * G_mapping: the embedded class joins z, both are normalised as one vector, dense layers follow.
   * @throws GanvasError `class-missing` when a conditional network gets no class
   */
  mapping(z: Tensor, c: Tensor | null, tap: Tap = ignore): Tensor {
    const { mappingLayers, mappingLrMultiplier } = this.config;
    let x = pixelNorm(this.cDim === 0 ? z : concat([z, this.embedded(c)], 1));
    for (let index = 0; index < mappingLayers; index++) {
      const name = `mapping.dense${index}`;
      x = biasAct(
        this.product(x, `${name}.weight`, Math.SQRT2, mappingLrMultiplier),
        scale(this.weights.get(`${name}.bias`), mappingLrMultiplier),
        { act: 'lrelu', gain: 1 },
      );
      tap(name, x);
    }
    return x;
  }

  truncate(w: Tensor, psi: Tensor): Tensor {
    return truncatedWs(w, psi, this.weights.find('truncation.w_avg'));
  }

  synthesis(ws: Tensor, { noise, tap = ignore }: SynthesisOptions): Tensor {
    const growth = growthAt(this.numWs / 2, this.config.lod);
    const constant = this.weights.get('synthesis.layer0.const');
    const features: Tensor[] = [];
    let x = broadcastTo(constant, [at(ws.shape, 0), ...constant.shape.slice(1)]);
    for (const layer of this.layers.slice(0, 2 * (growth.lastBlock + 1))) {
      const isFirst = layer.index % 2 === 0;
      if (layer.index > 0) x = isFirst ? this.doubled(layer, checkpoint(x)) : this.convolved(layer, x);
      x = this.epilogue(layer, x, wOf(ws, layer.index), noise, tap);
      if (!isFirst) features.push(x);
    }
    const picture = grownPicture(growth, this.resolution, (block) => this.toRgb(block, at(features, block), tap));
    return this.config.finalTanh ? unary('tanh', picture) : picture;
  }

  private embedded(c: Tensor | null): Tensor {
    return matmul(requiredClass(c, this.cDim), this.weights.get('mapping.label_weight'));
  }

  /** x [N, I] times a stored [O, I], by He's constant and the multiplier of its learning rate. */
  private product(x: Tensor, weightName: string, gain: number, lrMultiplier: number): Tensor {
    const weight = this.weights.get(weightName);
    const factor = heScale(at(weight.shape, 1), gain, this.config.weightScaling) * lrMultiplier;
    return matmul(x, transpose(scale(weight, factor), [1, 0]));
  }

  private doubled({ name, resolution }: Layer, x: Tensor): Tensor {
    const { fusedScale } = this.config;
    const isFused = fusedScale === 'auto' ? resolution >= autoFusedFrom : fusedScale;
    const weight = this.weights.get(`synthesis.${name}.weight`);
    const factor = this.convolutionScale(x);
    const y = upConvolution(x, weight, factor, isFused ? 'shifted' : 'nearest');
    return this.blurFilter === null ? y : filter2d(y, this.blurFilter, { flipFilter: true });
  }

  private convolved({ name }: Layer, x: Tensor): Tensor {
    return convolution(x, this.weights.get(`synthesis.${name}.weight`), this.convolutionScale(x));
  }

  private convolutionScale(x: Tensor): number {
    return heScale(at(x.shape, 1) * 9, Math.SQRT2, this.config.weightScaling);
  }

  /** layer_epilogue: noise, bias, activation, instance normalisation, style. */
  private epilogue({ name }: Layer, x: Tensor, w: Tensor, source: NoiseSource, tap: Tap): Tensor {
    const path = `synthesis.${name}`;
    const noise = this.noise(name, source);
    const active = biasAct(noise === null ? x : add(x, noise), this.weights.get(`${path}.bias`), {
      act: 'lrelu',
      gain: 1,
    });
    const style = biasAct(this.product(w, `${path}.style.weight`, 1, 1), this.weights.get(`${path}.style.bias`));
    tap(`${path}.style`, style);
    const result = adaptiveInstanceNorm(active, style);
    tap(`${path}.x`, result);
    return result;
  }

  /** A plane times a weight of each channel: [1 or N, C, R, R], or null. */
  private noise(layer: string, source: NoiseSource): Tensor | null {
    const path = `synthesis.${layer}.apply_noise`;
    const weight = this.weights.find(`${path}.weight`);
    if (source === 'none' || weight === null) return null;
    const map = source === 'const' ? this.weights.find(`${path}.noise`) : source.get(layer);
    if (map === undefined) throw new GanvasError('noise-missing', `No noise was given for the layer ${layer}.`);
    return map === null ? null : mul(map, reshape(weight, [1, at(weight.shape, 0), 1, 1]));
  }

  private toRgb(block: number, x: Tensor, tap: Tap): Tensor {
    const path = `synthesis.output${block}`;
    const factor = heScale(at(x.shape, 1), 1, this.config.weightScaling);
    const product = convolution(x, this.weights.get(`${path}.weight`), factor);
    const rgb = biasAct(product, this.weights.get(`${path}.bias`));
    tap(path, rgb);
    return rgb;
  }
}

const ignore: Tap = () => undefined;

/**
 * Planes of mean 0 and deviation 1, times 1 + style's first half, plus its second: x [N, C, H, W], style [N, 2C]
 * (stylegan networks_stylegan.py: instance_norm, style_mod).
 */
export function adaptiveInstanceNorm(x: Tensor, style: Tensor): Tensor {
  const [n = 0, channels = 0] = x.shape;
  const half = (start: number): Tensor => reshape(sliceAxis(style, 1, start, channels), [n, channels, 1, 1]);
  const centred = sub(x, reduceMean(x, [2, 3]));
  const variance = reduceMean(square(centred), [2, 3]);
  const factor = mul(rsqrt(affine(variance, 1, instanceNormEpsilon)), affine(half(0), 1, 1));
  return add(mul(centred, factor), half(channels));
}
