import type { Tensor } from '../engine/tensor.js';
import { add } from '../ops/binary.js';
import { resize } from '../ops/resample.js';
import { scale } from '../ops/unary.js';

/** Which blocks of a network make its picture while it grows (Karras et al. 2018, §2 and figure 2). */
export interface Growth {
  /** The last block that runs. */
  readonly lastBlock: number;
  /** Share of its picture; the rest is the picture of the block before. */
  readonly share: number;
}

/**
 * @param blocks of the whole network, from 4² up
 * @param lod level of detail: how many of the last blocks are missing; of a fraction, how much of the last one is
 */
export function growthAt(blocks: number, lod: number): Growth {
  const whole = Math.floor(lod);
  return { lastBlock: blocks - 1 - whole, share: 1 - (lod - whole) };
}

/**
 * The picture at full size.
 * @param rgbOf the picture that a block makes of what it hands on, [N, channels, r, r]; asked of one block or two
 */
export function grownPicture(
  { lastBlock, share }: Growth,
  resolution: number,
  rgbOf: (block: number) => Tensor,
): Tensor {
  const last = rgbOf(lastBlock);
  const shown = share === 1 ? last : add(scale(last, share), scale(doubled(rgbOf(lastBlock - 1)), 1 - share));
  return resize(shown, [resolution, resolution], { mode: 'nearest' });
}

function doubled(picture: Tensor): Tensor {
  const [, , height = 0, width = 0] = picture.shape;
  return resize(picture, [2 * height, 2 * width], { mode: 'nearest' });
}
