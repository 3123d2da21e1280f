import type { Tensor } from '../engine/tensor.js';

/** A network that says for every pixel which part it shows. */
export interface PartSegmenter {
  /** One name a part: "hair", "glasses". */
  readonly parts: readonly string[];
  /** Pixels a side of the pictures it takes; others are resized to it. Null when any size will do. */
  readonly resolution: number | null;
  readonly imgChannels: number;
  /** Pictures [N, imgChannels, H, W] in −1…1 → logits [N, parts.length, H, W]. */
  logits(picture: Tensor): Tensor;
}
