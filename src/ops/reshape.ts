import { wholeView } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, formatShape, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';

export type ReshapeAttributes = { readonly shape: Shape };

/** The same elements in row-major order under another shape: costs nothing. */
export const reshapeOp: Op<ReshapeAttributes> = defineOp({
  name: 'reshape',
  inputNames: ['x'],
  inferShape: ([x = []], { shape }) => {
    if (sizeOf(x) !== sizeOf(shape)) {
      throw shapeError('reshape', [x], `${formatShape(shape)} must hold as many elements (${sizeOf(x)})`);
    }
    return shape;
  },
  reference: ({ inputs }) => at(inputs, 0),
  lower: () => wholeView,
  backward: ({ inputs, gradient, ops }) => ({ x: () => ops.reshape(gradient, at(inputs, 0).shape) }),
});

export function reshape(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : applyOp(reshapeOp, [x], { shape });
}
