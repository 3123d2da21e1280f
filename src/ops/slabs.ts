import { bytesOf } from '../engine/schedule.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';

/** Some of the channels of [N, C, …]. */
export interface Slab {
  readonly start: number;
  readonly size: number;
}

/** Equal slabs of channels, but for the last, of which all fit; null when one channel of the largest does not. */
export function slabsOf(tensors: readonly Tensor[], bytes: number): Slab[] | null {
  const needed = Math.max(...tensors.map(({ shape }) => bytesOf(shape)));
  const channels = at(at(tensors, 0).shape, 1);
  const size = Math.ceil(channels / Math.ceil(needed / bytes));
  if ((needed / channels) * size > bytes) return null;
  const starts = Array.from({ length: Math.ceil(channels / size) }, (_, index) => index * size);
  return starts.map((start) => ({ start, size: Math.min(size, channels - start) }));
}
