import { singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, formatShape, sameShape, sizeOf, stridesOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { broadcastStrides, forEachOffset } from './broadcasting.js';
import { stridedCopyCall } from './stridedCopy.js';

export type BroadcastAttributes = { readonly shape: Shape };

/** Repeats along axes of extent 1, and along new leading axes. */
export const broadcastToOp: Op<BroadcastAttributes> = defineOp({
  name: 'broadcastTo',
  inputNames: ['x'],
  inferShape: ([x = []], { shape }) => {
    const lead = shape.length - x.length;
    if (lead < 0 || x.some((extent, axis) => extent !== 1 && extent !== shape[lead + axis])) {
      throw shapeError('broadcastTo', [x], `it must stretch to ${formatShape(shape)}`);
    }
    return shape;
  },
  reference: ({ inputs, shapes, outputShape }) => {
    const values = at(inputs, 0);
    const result = new Float64Array(sizeOf(outputShape));
    forEachOffset(outputShape, [broadcastStrides(at(shapes, 0), outputShape)], ([offset = 0], index) => {
      result[index] = at(values, offset);
    });
    return result;
  },
  lower: ({ shapes, outputShape }) =>
    singleCall(
      stridedCopyCall(
        outputShape,
        0,
        { offset: 0, strides: broadcastStrides(at(shapes, 0), outputShape) },
        { offset: 0, strides: stridesOf(outputShape) },
      ),
    ),
  backward: ({ inputs, gradient, ops }) => ({ x: () => ops.sumTo(gradient, at(inputs, 0).shape) }),
});

export function broadcastTo(x: Tensor, shape: Shape): Tensor {
  return sameShape(x.shape, shape) ? x : applyOp(broadcastToOp, [x], { shape });
}
