import { at } from '../../src/engine/shape.js';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import type { Generator, LatentWeight, SynthesisOptions } from '../../src/models/generator.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { matmul } from '../../src/ops/matmul.js';
import { reshape } from '../../src/ops/reshape.js';
import { reduceSum } from '../../src/ops/reduce.js';
import { scale } from '../../src/ops/unary.js';

/** How strongly each channel of the features has a band; the picture is their sum. */
const featureWeights = [1, 0.5, -0.5] as const;

/**
 * Pictures that are linear in w, so that their changes are known: number k of w changes the k-th band of pixels by its gain,
 * half of it through each of two layers of W+. Three channels of features become one of 8²; at most eight numbers.
 */
export class LinearGenerator implements Generator {
  readonly family = 'layers';
  readonly latentSpaces = ['z', 'w', 'w+'] as const;
  readonly zDistribution = 'normal';
  readonly cDim = 0;
  readonly numWs = 2;
  readonly resolution = 8;
  readonly imgChannels = 1;
  readonly parameterCount = 0;
  readonly canTruncate = false;
  readonly takesTransform = false;
  readonly noiseMaps = [];
  readonly wLayers = [0, 1].map((index) => ({ index, names: [`linear.${index}`], resolution: 8 }));
  readonly zDim: number;
  readonly wDim: number;

  constructor(private readonly gains: readonly number[]) {
    this.zDim = gains.length;
    this.wDim = gains.length;
  }

  latentWeight(): LatentWeight | null {
    return null;
  }

  statisticsOf(): null {
    return null;
  }

  mapping(z: Tensor): Tensor {
    return z;
  }

  truncate(w: Tensor): Tensor {
    if (w.shape.length === 3) return w;
    const rows = at(w.shape, 0);
    return broadcastTo(reshape(w, [rows, 1, this.wDim]), [rows, 2, this.wDim]);
  }

  synthesis(ws: Tensor, { tap }: SynthesisOptions): Tensor {
    const rows = at(ws.shape, 0);
    const w = scale(reshape(reduceSum(ws, [1]), [rows, this.wDim]), 0.5);
    const bands = Float32Array.from({ length: this.wDim * 192 }, (_, index) => {
      const [k, channel, row] = [Math.floor(index / 192), Math.floor(index / 64) % 3, Math.floor(index / 8) % 8];
      return row === k ? at(this.gains, k) * at(featureWeights, channel) : 0;
    });
    const features = reshape(matmul(w, constantTensor('bands', [this.wDim, 192], bands)), [rows, 3, 8, 8]);
    tap?.('features', features);
    return reduceSum(features, [1]);
  }

  /** Root mean square of the pixels of a picture. */
  sizeOf(w: ArrayLike<number>): number {
    return Math.sqrt(this.gains.reduce((sum, gain, k) => sum + (gain * at(w, k)) ** 2, 0) / 8);
  }
}
