import { singleCall, wholeView } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sizeOf, stridesOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { forEachOffset } from './broadcasting.js';
import { stridedCopyCall } from './stridedCopy.js';

export type TransposeAttributes = { readonly permutation: readonly number[] };

/** Reorders axes: axis i of the output is axis `permutation[i]` of the input. */
export const transposeOp: Op<TransposeAttributes> = defineOp({
  name: 'transpose',
  inputNames: ['x'],
  inferShape: ([x = []], { permutation }) => {
    const isPermutation = [...permutation].sort((a, b) => a - b).every((axis, index) => axis === index);
    if (permutation.length !== x.length || !isPermutation) {
      throw shapeError('transpose', [x], `[${permutation.join(', ')}] must name each of its axes once`);
    }
    return permutation.map((axis) => at(x, axis));
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const values = at(inputs, 0);
    const result = new Float64Array(sizeOf(outputShape));
    forEachOffset(outputShape, [permutedStrides(at(shapes, 0), attributes.permutation)], ([offset = 0], index) => {
      result[index] = at(values, offset);
    });
    return result;
  },
  lower: ({ shapes, outputShape, attributes }) => {
    const x = at(shapes, 0);
    if (keepsOrder(x, attributes.permutation)) return wholeView;
    const source = { offset: 0, strides: permutedStrides(x, attributes.permutation) };
    return singleCall(stridedCopyCall(outputShape, 0, source, { offset: 0, strides: stridesOf(outputShape) }));
  },
  backward: ({ gradient, attributes, ops }) => ({
    x: () => ops.transpose(gradient, inversePermutation(attributes.permutation)),
  }),
});

function permutedStrides(shape: Shape, permutation: readonly number[]): number[] {
  const strides = stridesOf(shape);
  return permutation.map((axis) => at(strides, axis));
}

/** True when only axes of extent 1 move, so that the elements stay in order. */
function keepsOrder(shape: Shape, permutation: readonly number[]): boolean {
  const moved = permutation.filter((axis) => at(shape, axis) > 1);
  return moved.every((axis, index) => index === 0 || axis > at(moved, index - 1));
}

function inversePermutation(permutation: readonly number[]): number[] {
  const inverse = new Array<number>(permutation.length).fill(0);
  permutation.forEach((axis, index) => (inverse[axis] = index));
  return inverse;
}

export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  return permutation.every((axis, index) => axis === index) && permutation.length === x.shape.length
    ? x
    : applyOp(transposeOp, [x], { permutation });
}
