/** What the two BigGANs have in common: spectral norm, conditional batch norm, attention, upsampling. */
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { add, div, mul, sub } from '../ops/binary.js';
import { broadcastTo } from '../ops/broadcastTo.js';
import { concat } from '../ops/concat.js';
import { conv2d } from '../ops/conv2d.js';
import { conv2dTransposed } from '../ops/conv2dTransposed.js';
import { matmul } from '../ops/matmul.js';
import { maxPool2d } from '../ops/maxPool2d.js';
import { pad } from '../ops/pad.js';
import { reshape } from '../ops/reshape.js';
import { flip, sliceAxis } from '../ops/slice.js';
import { softmax } from '../ops/softmax.js';
import { transpose } from '../ops/transpose.js';
import { affine, rsqrt } from '../ops/unary.js';
import type { Weights } from './weights.js';

/**
 * The weight that a layer works with: `weight_orig` over σ = uᵀWv, W with a row for each output, where the file stores u
 * and v (torch.nn.utils.spectral_norm in evaluation mode: no further iteration); else `weight`. All of it depends on
 * weights only, so that the engine computes it once, and its gradient goes through σ as the reference's does.
 */
export function spectralWeight(weights: Weights, path: string): Tensor {
  const original = weights.find(`${path}.weight_orig`);
  if (original === null) return weights.get(`${path}.weight`);
  const [outputs = 1, ...rest] = original.shape;
  const inputs = sizeOf(rest);
  const u = reshape(weights.get(`${path}.weight_u`), [1, outputs]);
  const v = reshape(weights.get(`${path}.weight_v`), [inputs, 1]);
  const sigma = matmul(matmul(u, reshape(original, [outputs, inputs])), v);
  return div(
    original,
    reshape(
      sigma,
      original.shape.map(() => 1),
    ),
  );
}

/** x [N, I] → [N, O] by a weight [O, I], without bias. */
export function linear(x: Tensor, weight: Tensor): Tensor {
  return matmul(x, transpose(weight, [1, 0]));
}

/** W+ of a generator whose w is z followed by what stands for the class: psi shrinks z and leaves the class alone. */
export function truncatedCondition(w: Tensor, psi: Tensor, zDim: number): Tensor {
  const [n, numWs, wDim] = [at(w.shape, 0), at(psi.shape, 0), at(w.shape, -1)];
  const shape = [n, numWs, wDim];
  const ws = w.shape.length === 2 ? broadcastTo(reshape(w, [n, 1, wDim]), shape) : w;
  const z = mul(sliceAxis(ws, 2, 0, zDim), reshape(psi, [numWs, 1]));
  return zDim === wDim ? z : concat([z, sliceAxis(ws, 2, zDim, wDim - zDim)], 2);
}

/** What one layer reads, [N, wDim], out of W+ [N, numWs, wDim]. */
export function conditionOf(ws: Tensor, index: number): Tensor {
  return reshape(sliceAxis(ws, 1, index, 1), [at(ws.shape, 0), at(ws.shape, 2)]);
}

/** Batch norm at fixed statistics, with everything that depends on the condition: x · scale + shift, [N or 1, C] each. */
export interface Normalisation {
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/**
 * gain · (x − mean) / √(variance + ε) + bias, from [N or 1, C] each, as one factor and one summand. The bias of a
 * convolution before it is taken off the mean.
 */
export function normalisation(
  gain: Tensor,
  bias: Tensor,
  statistics: { readonly mean: Tensor; readonly variance: Tensor; readonly epsilon: number },
): Normalisation {
  const { mean, variance, epsilon } = statistics;
  const scale = mul(gain, rsqrt(affine(variance, 1, epsilon)));
  return { scale, shift: sub(bias, mul(mean, scale)) };
}

/** act(x · scale + shift) of x [N, C, H, W]; a convolution before it does it for a sample of its own. */
export function normalised(x: Tensor, { scale, shift }: Normalisation, act: 'linear' | 'relu' = 'relu'): Tensor {
  const planes = (rows: Tensor): Tensor => reshape(rows, [...rows.shape, 1, 1]);
  const scaled = mul(x, planes(scale));
  const [rows = 1, channels = 1] = shift.shape;
  // One row of summands is a bias, which kernels take along.
  return rows === 1
    ? biasAct(scaled, reshape(shift, [channels]), { act, gain: 1 })
    : biasAct(add(scaled, planes(shift)), null, { act, gain: 1 });
}

/** Every pixel of x [N, C, H, W] as a square of four. */
export function upsampleNearest(x: Tensor): Tensor {
  const [n = 0, c = 0, h = 0, w = 0] = x.shape;
  return reshape(broadcastTo(reshape(x, [n, c, h, 1, w, 1]), [n, c, h, 2, w, 2]), [n, c, 2 * h, 2 * w]);
}

/**
 * A 3×3 convolution (padding 1) of the upsampled x, without upsampling it: each of the four pixels that stem from one
 * sees 2×2 pixels of x, through sums of taps. That is a transposed convolution of stride 2 with the kernel's four
 * shifts by 0 and 1 added up, turned around, and 16 multiplications for every 36.
 */
function nearestUpConv2d(x: Tensor, weight: Tensor): Tensor {
  const [outputs = 1, inputs = 1] = weight.shape;
  const turned = transpose(flip(weight, [2, 3]), [1, 0, 2, 3]);
  const shifted = [0, 1].flatMap((top) =>
    [0, 1].map((left) => pad(turned, [inputs, outputs, 4, 4], [0, 0, top, left])),
  );
  return conv2dTransposed(x, shifted.reduce(add), { stride: 2, padding: 1 });
}

/** A convolution that keeps the size, of x or of x upsampled. */
export function convolution(x: Tensor, weight: Tensor, upsample = false): Tensor {
  const kernel = at(weight.shape, 2);
  if (!upsample) return conv2d(x, weight, { padding: Math.floor(kernel / 2) });
  return kernel === 3 ? nearestUpConv2d(x, weight) : convolution(upsampleNearest(x), weight);
}

/** Names of the parts of an attention layer. */
export interface AttentionNames {
  readonly theta: string;
  readonly phi: string;
  readonly g: string;
  readonly output: string;
  readonly gamma: string;
}

/** Most numbers of a table of shares: 4 MiB. */
const largestTable = 2 ** 20;
/** `concat` takes this many parts. */
const mostSlabs = 64;

/** Rows of pixels that attend at a time. All at once, the 4096 pixels at 64² would have 1024 shares each. */
function rowsAtATime(numbersARow: number, rows: number): number {
  return Math.max(Math.ceil(rows / mostSlabs), Math.min(rows, Math.floor(largestTable / numbersARow)), 1);
}

/**
 * What each place of queries [N, D, H, W] gathers of values [N, V, h, w] by its likeness to keys [N, D, h, w]: [N, V, H, W].
 * As 1×1 convolutions, a group a sample: of the queries by the keys, then of the shares, a map for each key, by the values.
 */
function attended(queries: Tensor, keys: Tensor, values: Tensor): Tensor {
  const [n = 0, depth = 0, height = 0, width = 0] = queries.shape;
  const [places, channels] = [sizeOf(keys.shape.slice(2)), at(values.shape, 1)];
  const keyWeights = transpose(reshape(keys, [n, depth, places]), [0, 2, 1]);
  const likeness = conv2d(
    reshape(queries, [1, n * depth, height, width]),
    reshape(keyWeights, [n * places, depth, 1, 1]),
    { groups: n },
  );
  const shares = softmax(reshape(likeness, [n, places, height, width]), 1);
  const gathered = conv2d(
    reshape(shares, [1, n * places, height, width]),
    reshape(values, [n * channels, places, 1, 1]),
    { groups: n },
  );
  return reshape(gathered, [n, channels, height, width]);
}

/**
 * Self-attention (Zhang et al. 2018, "Self-Attention Generative Adversarial Networks") with pooled keys and values:
 * every pixel looks at a quarter of the pixels (pytorch-pretrained-BigGAN model.py: SelfAttn; BigGAN-PyTorch layers.py:
 * Attention). x [N, C, H, W] → x + gamma · attended.
 */
export function selfAttention(x: Tensor, weights: Weights, names: AttentionNames): Tensor {
  const [n = 0, , h = 0, w = 0] = x.shape;
  const branch = (name: string): Tensor => conv2d(x, spectralWeight(weights, name));
  const queries = branch(names.theta);
  const keys = maxPool2d(branch(names.phi), { kernel: 2 });
  const values = maxPool2d(branch(names.g), { kernel: 2 });
  const rows = rowsAtATime(n * w * sizeOf(keys.shape.slice(2)), h);
  const slabs = Array.from({ length: Math.ceil(h / rows) }, (_, slab) => {
    const first = slab * rows;
    return attended(sliceAxis(queries, 2, first, Math.min(rows, h - first)), keys, values);
  });
  // The factor goes into the weights, where it costs nothing.
  const gamma = reshape(weights.get(names.gamma), [1, 1, 1, 1]);
  return add(conv2d(concat(slabs, 2), mul(spectralWeight(weights, names.output), gamma)), x);
}
