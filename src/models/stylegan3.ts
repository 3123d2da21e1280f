import { at } from '../engine/shape.js';
import { checkpoint } from '../engine/checkpoint.js';
import type { Tensor } from '../engine/tensor.js';
import { dense } from '../ops/dense.js';
import { filteredLrelu } from '../ops/filteredLrelu.js';
import { rsqrt, scale } from '../ops/unary.js';
import type { Generator, LatentWeight, NoiseMap, SynthesisOptions, Tap, WLayer } from './generator.js';
import { mappingNetwork, type MappingConfig } from './mappingNetwork.js';
import { composed, fourierFeatures } from './stylegan3Input.js';
import { aliasFreeModulatedConv2d, layerResampling, tapsOf, type StyleGan3Layer } from './stylegan3Layers.js';
import type { Weights } from './weights.js';
import { truncatedWs, wOf } from './wPlus.js';

export interface StyleGan3Config extends MappingConfig {
  readonly zDim: number;
  readonly wDim: number;
  readonly resolution: number;
  readonly imgChannels: number;
  /** All synthesis layers in order; the last makes RGB. */
  readonly layers: readonly StyleGan3Layer[];
  /** Frequencies of the input that no transform damps, in cycles a picture's side. */
  readonly bandwidth: number;
  /** Sampling rate of nonlinearities relative to their layer. */
  readonly lreluUpsampling: number;
  /** Activations are limited to ± this; null for no limit. */
  readonly convClamp: number | null;
  readonly outputScale: number;
}

/**
 * StyleGAN3, configurations T and R, as in stylegan3 training/networks_stylegan3.py. The two differ in their weights
 * alone: R's kernels are 1×1 and its downsampling filters radial. Filters are taken from the file. f32 throughout.
 */
export class StyleGan3 implements Generator {
  readonly family = 'stylegan3';
  readonly latentSpaces = ['z', 'w', 'w+'] as const;
  readonly zDistribution = 'normal';
  readonly takesTransform = true;
  readonly zDim: number;
  readonly wDim: number;
  readonly cDim: number;
  readonly numWs: number;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly parameterCount: number;
  readonly canTruncate: boolean;
  readonly wLayers: readonly WLayer[];
  readonly noiseMaps: readonly NoiseMap[] = [];

  constructor(
    readonly config: StyleGan3Config,
    private readonly weights: Weights,
  ) {
    this.zDim = config.zDim;
    this.wDim = config.wDim;
    this.cDim = config.cDim;
    this.resolution = config.resolution;
    this.imgChannels = config.imgChannels;
    this.parameterCount = weights.count;
    this.canTruncate = weights.find('mapping.w_avg') !== null;
    const readers = [{ name: 'input', samplingRate: this.first.samplingRate }, ...config.layers];
    this.wLayers = readers.map(({ name, samplingRate }, index) => ({
      index,
      names: [name],
      resolution: samplingRate,
    }));
    this.numWs = readers.length;
  }

  latentWeight(layer: string): LatentWeight {
    return { name: `synthesis.${layer}.affine.weight`, latentAxis: 1 };
  }

  statisticsOf(): null {
    return null;
  }

  mapping(z: Tensor, c: Tensor | null, tap: Tap = ignore): Tensor {
    return mappingNetwork(z, c, this.weights, this.config, tap);
  }

  truncate(w: Tensor, psi: Tensor): Tensor {
    return truncatedWs(w, psi, this.weights.find('mapping.w_avg'));
  }

  /**
   * `transform` moves the picture that the file makes by itself. stylegan3 gen_images.py overwrites the stored transform
   * instead, which is the same for published files: theirs does nothing.
   */
  synthesis(ws: Tensor, { transform, tap = ignore }: SynthesisOptions): Tensor {
    const stored = this.weights.get('synthesis.input.transform');
    let x = this.input(wOf(ws, 0), composed(stored, transform), tap);
    let before = this.first;
    this.config.layers.forEach((layer, index) => {
      x = this.layer(before, layer, index % 2 === 0 ? x : checkpoint(x), wOf(ws, index + 1), tap);
      before = layer;
    });
    return scale(x, this.config.outputScale);
  }

  /** The layer whose map the input's is like in size and channels. */
  private get first(): StyleGan3Layer {
    return at(this.config.layers, 0);
  }

  private input(w: Tensor, transform: Tensor, tap: Tap): Tensor {
    const path = 'synthesis.input';
    const pose = this.affine(path, w, tap);
    const read = (name: string): Tensor => this.weights.get(`${path}.${name}`);
    const features = { weight: read('weight'), freqs: read('freqs'), phases: read('phases') };
    const { size, samplingRate } = this.first;
    const x = fourierFeatures(pose, transform, features, { size, samplingRate, bandwidth: this.config.bandwidth });
    tap(path, x);
    return x;
  }

  /** SynthesisLayer.forward. */
  private layer(before: StyleGan3Layer, layer: StyleGan3Layer, x: Tensor, w: Tensor, tap: Tap): Tensor {
    const path = `synthesis.${layer.name}`;
    const isRgb = layer === this.config.layers.at(-1);
    const weight = this.weights.get(`${path}.weight`);
    const [, channels = 1, kernel = 1] = weight.shape;
    const affine = this.affine(path, w, tap);
    const styles = isRgb ? scale(affine, 1 / Math.sqrt(channels * kernel * kernel)) : affine;
    const convolved = aliasFreeModulatedConv2d(x, weight, styles, {
      padding: kernel - 1,
      demodulate: !isRgb,
      inputGain: rsqrt(this.weights.get(`${path}.magnitude_ema`)),
    });
    const upFilter = this.weights.find(`${path}.up_filter`);
    const downFilter = this.weights.find(`${path}.down_filter`);
    const upsampling = isRgb ? 1 : this.config.lreluUpsampling;
    const { up, down, padding } = layerResampling(before, layer, {
      upsampling,
      kernel,
      ...tapsOf(upFilter, downFilter),
    });
    const result = filteredLrelu(convolved, this.weights.get(`${path}.bias`), {
      upFilter,
      downFilter,
      up,
      down,
      padding: [...padding, ...padding],
      clamp: this.config.convClamp,
      ...(isRgb ? { gain: 1, slope: 1 } : {}),
    });
    tap(path, result);
    return result;
  }

  private affine(path: string, w: Tensor, tap: Tap): Tensor {
    const affine = dense(w, this.weights.get(`${path}.affine.weight`), this.weights.get(`${path}.affine.bias`));
    tap(`${path}.affine`, affine);
    return affine;
  }
}

const ignore: Tap = () => undefined;
