import { shapeError } from '../engine/op.js';
import { at, formatShape, sameShape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { reduceMean } from '../ops/reduce.js';
import { reshape } from '../ops/reshape.js';

/** Mean over everything but the batch: [N, …] → [N]. */
export function meanPerSample(x: Tensor): Tensor {
  const axes = x.shape.slice(1).map((_, index) => index + 1);
  return reshape(reduceMean(x, axes), [at(x.shape, 0)]);
}

/** @throws GanvasError `shape-mismatch` unless a and b have the same shape. */
export function checkPair(loss: string, a: Tensor, b: Tensor): void {
  if (sameShape(a.shape, b.shape)) return;
  throw shapeError(loss, [a.shape, b.shape], `both must have the same shape, ${formatShape(a.shape)}`);
}
