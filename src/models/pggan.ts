import { checkpoint } from '../engine/checkpoint.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { concat } from '../ops/concat.js';
import { matmul } from '../ops/matmul.js';
import { reshape } from '../ops/reshape.js';
import { flip, sliceAxis } from '../ops/slice.js';
import { transpose } from '../ops/transpose.js';
import { scale, unary } from '../ops/unary.js';
import type { Generator, LatentWeight, NoiseMap, SynthesisOptions, Tap, WLayer } from './generator.js';
import { growthAt, grownPicture } from './pgganGrowth.js';
import { convolution, heScale, pixelNorm, upConvolution } from './pgganLayers.js';
import { requiredClass } from './requiredClass.js';
import type { Weights } from './weights.js';

/** What the weights' shapes do not say by themselves, and the sizes that they do say. */
export interface PgganConfig {
  readonly zDim: number;
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  readonly resolution: number;
  readonly imgChannels: number;
  /**
   * Whether doubling and the convolution after it were trained as one transposed convolution: weights of those layers are
   * [in, out, 3, 3] then, and turned by 180°.
   */
  readonly fusedScale: boolean;
  /** Whether weights are multiplied by He's constant when they are used; false where it is multiplied in. */
  readonly weightScaling: boolean;
  /** Whether the picture goes through tanh. */
  readonly finalTanh: boolean;
  /** How many of the last blocks are not grown yet: 0 when trained to the end; a fraction fades. */
  readonly lod: number;
  /**
   * How z and the label are normalised: as one vector (`joint`: progressive_growing_of_gans networks.py: G_paper), or z
   * alone first, and then both once more as one (`z-first`: genforce models/pggan_generator.py).
   */
  readonly labelNormalisation: 'joint' | 'z-first';
}

/**
 * Progressive GAN (Karras et al. 2018). Without a mapping network: w is z, followed by the label where there are classes.
 * Tensors are named and laid out as in genforce models/pggan_generator.py: block b of resolution 4·2^b has `layer{2b}`,
 * `layer{2b+1}` and `output{b}`.
 */
export class Pggan implements Generator {
  readonly family = 'pggan';
  readonly latentSpaces = ['z'] as const;
  readonly zDistribution = 'normal';
  readonly canTruncate = false;
  readonly takesTransform = false;
  readonly numWs = 1;
  readonly noiseMaps: readonly NoiseMap[] = [];
  readonly wLayers: readonly WLayer[] = [{ index: 0, names: ['layer0'], resolution: 4 }];
  readonly zDim: number;
  readonly wDim: number;
  readonly cDim: number;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly parameterCount: number;

  constructor(
    readonly config: PgganConfig,
    private readonly weights: Weights,
  ) {
    this.zDim = config.zDim;
    this.cDim = config.cDim;
    this.wDim = config.zDim + config.cDim;
    this.resolution = config.resolution;
    this.imgChannels = config.imgChannels;
    this.parameterCount = weights.count;
  }

  /** A 4×4 kernel on a picture of one pixel: [out, z and label, 4, 4]. */
  latentWeight(layer: string): LatentWeight | null {
    return layer === 'layer0' ? { name: 'layer0.weight', latentAxis: 1 } : null;
  }

  statisticsOf(): null {
    return null;
  }

  /** @throws GanvasError `class-missing` when a conditional network gets no class */
  mapping(z: Tensor, c: Tensor | null): Tensor {
    return this.cDim === 0 ? z : concat([z, requiredClass(c, this.cDim)], 1);
  }

  /** There is nothing to truncate to: psi is not looked at. */
  truncate(w: Tensor): Tensor {
    return reshape(w, [at(w.shape, 0), 1, this.wDim]);
  }

  synthesis(ws: Tensor, { tap = () => undefined }: SynthesisOptions): Tensor {
    const growth = growthAt(Math.log2(this.resolution) - 1, this.config.lod);
    const features: Tensor[] = [];
    let x = this.firstLayer(ws, tap);
    for (let block = 0; block <= growth.lastBlock; block++) {
      if (block > 0) x = this.layer(2 * block, checkpoint(x), tap);
      x = this.layer(2 * block + 1, x, tap);
      features.push(x);
    }
    const picture = grownPicture(growth, this.resolution, (block) => this.toRgb(block, at(features, block), tap));
    return this.config.finalTanh ? unary('tanh', picture) : picture;
  }

  /** W+ [N, 1, wDim] → [N, out, 4, 4]: the reference's dense layer, stored as a kernel over one pixel. */
  private firstLayer(ws: Tensor, tap: Tap): Tensor {
    const { weightScaling } = this.config;
    const n = at(ws.shape, 0);
    const weight = this.weights.get('layer0.weight');
    const [channels = 0, inputs = 0] = weight.shape;
    // Padded by 3, the one pixel meets the kernel's last tap first.
    const turned = scale(flip(weight, [2, 3]), heScale(inputs * 16, Math.SQRT2, weightScaling));
    const matrix = transpose(reshape(transpose(turned, [0, 2, 3, 1]), [channels * 16, inputs]), [1, 0]);
    const product = matmul(this.normalised(reshape(ws, [n, this.wDim])), matrix);
    return this.activated('layer0', reshape(product, [n, channels, 4, 4]), tap);
  }

  private normalised(w: Tensor): Tensor {
    const { zDim, cDim, labelNormalisation } = this.config;
    if (cDim === 0 || labelNormalisation === 'joint') return pixelNorm(w);
    return pixelNorm(concat([pixelNorm(sliceAxis(w, 1, 0, zDim)), sliceAxis(w, 1, zDim, cDim)], 1));
  }

  /** Layers of even index begin a block, and double. */
  private layer(index: number, x: Tensor, tap: Tap): Tensor {
    const { fusedScale, weightScaling } = this.config;
    const name = `layer${index}`;
    const weight = this.weights.get(`${name}.weight`);
    const factor = heScale(at(x.shape, 1) * 9, Math.SQRT2, weightScaling);
    const normal = pixelNorm(x);
    if (index % 2 === 1) return this.activated(name, convolution(normal, weight, factor), tap);
    const y = fusedScale
      ? upConvolution(normal, transpose(weight, [1, 0, 2, 3]), factor, 'shifted')
      : upConvolution(normal, weight, factor, 'nearest');
    return this.activated(name, y, tap);
  }

  private activated(name: string, y: Tensor, tap: Tap): Tensor {
    const result = biasAct(y, this.weights.get(`${name}.bias`), { act: 'lrelu', gain: 1 });
    tap(name, result);
    return result;
  }

  private toRgb(block: number, x: Tensor, tap: Tap): Tensor {
    const name = `output${block}`;
    const factor = heScale(at(x.shape, 1), 1, this.config.weightScaling);
    const product = convolution(pixelNorm(x), this.weights.get(`${name}.weight`), factor);
    const rgb = biasAct(product, this.weights.get(`${name}.bias`));
    tap(name, rgb);
    return rgb;
  }
}
