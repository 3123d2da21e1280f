/** The residual block of BigGAN-deep, and batch norms whose statistics depend on psi (pytorch-pretrained-BigGAN model.py). */
import { at } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import { biasAct } from '../ops/biasAct.js';
import { add, sub } from '../ops/binary.js';
import { concat } from '../ops/concat.js';
import { matmul } from '../ops/matmul.js';
import { sliceAxis } from '../ops/slice.js';
import { affine } from '../ops/unary.js';
import {
  convolution,
  linear,
  normalisation,
  normalised,
  spectralWeight,
  upsampleNearest,
  type Normalisation,
} from './bigganLayers.js';
import type { Weights } from './weights.js';

/** What the batch norms of a block depend on. */
export interface Normalising {
  /** [N, wDim] */
  readonly condition: Tensor;
  /** Weights of the stored statistics, [1, count]; see `statisticsWeights`. */
  readonly sets: Tensor;
  readonly epsilon: number;
}

/**
 * Weights of the stored statistics, [count]. Between two sets the reference mixes with the fraction as the weight of the LOWER
 * one, and divides by a rounded step: 0.14 / 0.02 is a little over 7 and takes set 8 (model.py: BigGANBatchNorm). As
 * both are in the pictures people know, they are kept. Nothing is stored for psi beyond 1: the last set serves.
 */
export function statisticsWeights(psi: number, count: number): Float32Array<ArrayBuffer> {
  const rows = new Float32Array(count);
  const last = count - 1;
  const position = last === 0 ? 0 : Math.min(Math.abs(psi), 1) / (1 / last);
  const lower = Math.min(Math.floor(position), last);
  const fraction = position - lower;
  if (fraction === 0 || lower === last) rows[lower] = 1;
  else rows.set([fraction, 1 - fraction], lower);
  return rows;
}

/** Means and variances [1, ΣC] of the named layers, mixed of the stored sets. */
export function mixedStatistics(
  weights: Weights,
  names: readonly string[],
  { sets, epsilon }: Pick<Normalising, 'sets' | 'epsilon'>,
): Parameters<typeof normalisation>[2] {
  const mixed = (part: string): Tensor =>
    matmul(
      sets,
      concat(
        names.map((name) => weights.get(`${name}.${part}`)),
        1,
      ),
    );
  return { mean: mixed('running_means'), variance: mixed('running_vars'), epsilon };
}

/**
 * Batch norms by their names: scale and offset read the condition. Their rows are joined, so that a whole block costs a few
 * small products.
 * @param biases what the convolutions before them add, [ΣC]; null for nothing
 */
export function conditionalNorms(
  weights: Weights,
  names: readonly string[],
  { condition, ...statistics }: Normalising,
  biases: Tensor | null,
): Normalisation[] {
  const ofCondition = (part: string): Tensor =>
    linear(
      condition,
      concat(
        names.map((name) => spectralWeight(weights, `${name}.${part}`)),
        0,
      ),
    );
  const gain = affine(ofCondition('scale'), 1, 1);
  const mixed = mixedStatistics(weights, names, statistics);
  const mean = biases === null ? mixed.mean : sub(mixed.mean, biases);
  const { scale, shift } = normalisation(gain, ofCondition('offset'), { ...mixed, mean });
  let start = 0;
  return names.map((name) => {
    const channels = at(weights.get(`${name}.running_means`).shape, 1);
    const rows = (joined: Tensor): Tensor => sliceAxis(joined, 1, start, channels);
    const norm = { scale: rows(scale), shift: rows(shift) };
    start += channels;
    return norm;
  });
}

/**
 * GenBlock.forward: 1×1 to a quarter of the channels, twice 3×3, 1×1 back, around a shortcut. x [N, C, H, W] →
 * [N, C or C/2, H or 2H, W or 2W].
 */
export function genBlock(
  x: Tensor,
  weights: Weights,
  path: string,
  { upsample, ...normalising }: Normalising & { readonly upsample: boolean },
): Tensor {
  const names = [0, 1, 2, 3].map((index) => `${path}.bn_${index}`);
  const [before, ...following] = conditionalNorms(weights, names, normalising, biasesBefore(weights, path));
  let y = before === undefined ? x : normalised(x, before);
  for (const [index, norm] of following.entries()) {
    const weight = spectralWeight(weights, `${path}.conv_${index}`);
    y = normalised(convolution(y, weight, upsample && index === 1), norm);
  }
  const last = `${path}.conv_${following.length}`;
  const result = biasAct(convolution(y, spectralWeight(weights, last)), weights.get(`${last}.bias`));
  // Blocks that halve the channels keep the first half of the shortcut.
  const channels = at(result.shape, 1);
  const kept = channels === at(x.shape, 1) ? x : sliceAxis(x, 1, 0, channels);
  return add(result, upsample ? upsampleNearest(kept) : kept);
}

/** What the convolutions before a block's batch norms add, [ΣC]; before the first there is none. */
function biasesBefore(weights: Weights, path: string): Tensor {
  const channels = at(weights.get(`${path}.bn_0.running_means`).shape, 1);
  const biases = [0, 1, 2].map((index) => weights.get(`${path}.conv_${index}.bias`));
  return concat([constantTensor('no bias', [channels], new Float32Array(channels)), ...biases], 0);
}
