import type { Engine } from '../engine/engine.js';
import type { Generator } from './generator.js';

/** However small the pictures are. */
const largestBatch = 128;

/** Pictures of 64² that a software adapter makes at a time. */
const inSoftware = 2;

/**
 * Pictures that a program makes at a time. A GPU wants many small ones at once. On a software adapter sixteen pictures of 64²
 * at a time take a sixth to a fifth less than two at a time (generator and predictor: 110 for 129 ms each on SwiftShader, 18
 * for 24 on lavapipe), but what someone draws or moves meanwhile waits for the batches under way: seconds, which is worse.
 * @param most pictures of 64² on hardware; larger ones count for more
 */
export function pictureBatch(
  { adapter }: Pick<Engine, 'adapter'>,
  { resolution }: Pick<Generator, 'resolution'>,
  most: number,
): number {
  const pixels = (adapter.software ? inSoftware : most) * 64 ** 2;
  return Math.min(largestBatch, Math.max(1, Math.floor(pixels / resolution ** 2)));
}
