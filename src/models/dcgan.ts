import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { add, mul, sub } from '../ops/binary.js';
import { conv2dTransposed } from '../ops/conv2dTransposed.js';
import { reshape } from '../ops/reshape.js';
import { affine, rsqrt } from '../ops/unary.js';
import type { Generator, LatentWeight, SynthesisOptions, Tap, WLayer } from './generator.js';
import type { Weights } from './weights.js';

/** A transposed convolution and the batch norm after it, by their names in the file. */
export interface DcganLayer {
  readonly convolution: string;
  /** Null after the last one. */
  readonly norm: string | null;
}

export interface DcganConfig {
  readonly layers: readonly DcganLayer[];
  readonly zDim: number;
  readonly resolution: number;
  readonly imgChannels: number;
}

/** torch.nn.BatchNorm2d's. */
const batchNormEpsilon = 1e-5;

/**
 * DCGAN (Radford et al. 2016) as in pytorch/examples dcgan/main.py: Generator. Transposed convolutions with batch norm
 * and ReLU between them, tanh at the end; the first makes a picture of its kernel's size of z, the others double it.
 */
export class Dcgan implements Generator {
  readonly family = 'dcgan';
  readonly latentSpaces = ['z'] as const;
  readonly zDistribution = 'normal';
  readonly takesTransform = false;
  readonly canTruncate = false;
  readonly noiseMaps = [];
  readonly cDim = 0;
  readonly numWs = 1;
  readonly zDim: number;
  readonly wDim: number;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly parameterCount: number;
  readonly wLayers: readonly WLayer[];

  constructor(
    readonly config: DcganConfig,
    private readonly weights: Weights,
  ) {
    this.zDim = config.zDim;
    this.wDim = config.zDim;
    this.resolution = config.resolution;
    this.imgChannels = config.imgChannels;
    this.parameterCount = weights.count;
    const { convolution } = at(config.layers, 0);
    const resolution = at(weights.get(`${convolution}.weight`).shape, 2);
    this.wLayers = [{ index: 0, names: [convolution], resolution }];
  }

  latentWeight(layer: string): LatentWeight {
    return { name: `${layer}.weight`, latentAxis: 0 };
  }

  statisticsOf(): null {
    return null;
  }

  /** z itself, also as the reference has it, [N, zDim, 1, 1]. */
  mapping(z: Tensor): Tensor {
    return reshape(z, [at(z.shape, 0), this.zDim]);
  }

  truncate(w: Tensor): Tensor {
    return reshape(w, [at(w.shape, 0), 1, this.wDim]);
  }

  synthesis(ws: Tensor, { tap = () => undefined }: SynthesisOptions): Tensor {
    return this.config.layers.reduce(
      (x, layer, index) => this.layer(x, layer, index === 0, tap),
      reshape(ws, [at(ws.shape, 0), this.zDim, 1, 1]),
    );
  }

  private layer(x: Tensor, { convolution, norm }: DcganLayer, isFirst: boolean, tap: Tap): Tensor {
    const weight = this.weights.get(`${convolution}.weight`);
    const bias = this.weights.find(`${convolution}.bias`);
    const geometry = isFirst ? {} : { stride: 2, padding: 1 };
    const convolved = biasAct(conv2dTransposed(x, weight, geometry), bias);
    tap(convolution, convolved);
    if (norm === null) return biasAct(conv2dTransposed(x, weight, geometry), bias, { act: 'tanh' });
    // At fixed statistics, batch norm is a factor and a summand; the factor goes into the weight, once a model.
    const { scale, shift } = this.normalisation(norm, bias);
    const channels = at(weight.shape, 1);
    const normalised = conv2dTransposed(x, mul(weight, reshape(scale, [1, channels, 1, 1])), geometry);
    tap(norm, biasAct(normalised, shift));
    const features = biasAct(normalised, shift, { act: 'relu', gain: 1 });
    tap(`${norm}.relu`, features);
    return features;
  }

  /** Batch norm of what `bias` has yet to be added to, [C] each. */
  private normalisation(norm: string, bias: Tensor | null): { scale: Tensor; shift: Tensor } {
    const mean = this.weights.get(`${norm}.running_mean`);
    const deviation = rsqrt(affine(this.weights.get(`${norm}.running_var`), 1, batchNormEpsilon));
    const gain = this.weights.find(`${norm}.weight`);
    const offset = this.weights.find(`${norm}.bias`);
    const scale = gain === null ? deviation : mul(gain, deviation);
    const moved = mul(bias === null ? affine(mean, -1, 0) : sub(bias, mean), scale);
    return { scale, shift: offset === null ? moved : add(moved, offset) };
  }
}
