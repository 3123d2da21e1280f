import { shapeError } from '../engine/op.js';
import type { Tensor } from '../engine/tensor.js';
import { sub } from './binary.js';
import { broadcastTo } from './broadcastTo.js';
import { concat } from './concat.js';
import { reduceMean } from './reduce.js';
import { reshape } from './reshape.js';
import { affine, square, unary } from './unary.js';

export interface MinibatchStddevOptions {
  /** Samples that are compared with each other, at most; null for the whole batch. */
  readonly groupSize: number | null;
  /** Channels that are appended, each the statistic of its share of the channels. */
  readonly numChannels: number;
}

const epsilon = 1e-8;

/**
 * Minibatch standard deviation (Karras et al. 2018, §3): x [N, C, H, W] → [N, C + numChannels, H, W], whose new
 * channels hold the mean over channels and pixels of the deviation within a group of samples. Sample i belongs to group
 * i mod N/groupSize (stylegan2-ada-pytorch training/networks.py: MinibatchStdLayer).
 * @throws GanvasError `shape-mismatch` when groups do not divide the batch, or new channels the channels.
 */
export function minibatchStddev(x: Tensor, { groupSize, numChannels }: MinibatchStddevOptions): Tensor {
  const [n = 0, c = 0, h = 0, w = 0] = x.shape;
  const size = Math.min(groupSize ?? n, n);
  if (x.shape.length !== 4 || n % size !== 0 || c % numChannels !== 0) {
    throw shapeError(
      'minibatchStddev',
      [x.shape],
      `x must be [N, C, H, W], N a multiple of the group's ${size} and C of the ${numChannels} new channels`,
    );
  }
  const groups = n / size;
  const grouped = reshape(x, [size, groups, numChannels, c / numChannels, h, w]);
  const variance = reduceMean(square(sub(grouped, reduceMean(grouped, [0]))), [0]);
  const deviation = reduceMean(unary('sqrt', affine(variance, 1, epsilon)), [3, 4, 5]);
  const repeated = broadcastTo(deviation, [size, groups, numChannels, 1, h, w]);
  return concat([x, reshape(repeated, [n, numChannels, h, w])], 1);
}
