import { singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sizeOf, stridesOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { forEachOffset } from './broadcasting.js';
import { stridedCopyCall, type StridedView } from './stridedCopy.js';

export type SliceAttributes = {
  readonly starts: readonly number[];
  readonly sizes: readonly number[];
  readonly steps: readonly number[];
};

/** Elements `start + i·step`, i < size, along every axis; a step of −1 reverses. */
export const sliceOp: Op<SliceAttributes> = defineOp({
  name: 'slice',
  inputNames: ['x'],
  inferShape: ([x = []], { starts, sizes, steps }) => {
    const sameRank = [starts, sizes, steps].every((values) => values.length === x.length);
    const fits = (extent: number, axis: number): boolean => {
      const [start, size, step] = [at(starts, axis), at(sizes, axis), at(steps, axis)];
      const last = start + (size - 1) * step;
      return size > 0 && step !== 0 && start >= 0 && start < extent && last >= 0 && last < extent;
    };
    if (!sameRank || !x.every(fits)) {
      const wanted = `starts [${starts.join(', ')}], sizes [${sizes.join(', ')}], steps [${steps.join(', ')}]`;
      throw shapeError('slice', [x], `${wanted} must lie inside`);
    }
    return sizes;
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const values = at(inputs, 0);
    const result = new Float64Array(sizeOf(outputShape));
    const view = slicedView(at(shapes, 0), attributes);
    forEachOffset(outputShape, [view.strides], ([offset = 0], index) => {
      result[index] = at(values, view.offset + offset);
    });
    return result;
  },
  lower: ({ shapes, outputShape, attributes }) =>
    singleCall(
      stridedCopyCall(outputShape, 0, slicedView(at(shapes, 0), attributes), {
        offset: 0,
        strides: stridesOf(outputShape),
      }),
    ),
  backward: ({ inputs, gradient, attributes, ops }) => ({
    x: () => ops.pad(gradient, at(inputs, 0).shape, attributes.starts, attributes.steps),
  }),
});

function slicedView(shape: Shape, { starts, steps }: SliceAttributes): StridedView {
  const strides = stridesOf(shape);
  return {
    offset: strides.reduce((sum, stride, axis) => sum + stride * at(starts, axis), 0),
    strides: strides.map((stride, axis) => stride * at(steps, axis)),
  };
}

/** A box of `sizes` from `starts`. */
export function slice(
  x: Tensor,
  starts: readonly number[],
  sizes: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Tensor {
  return applyOp(sliceOp, [x], { starts, sizes, steps });
}

/** Reverses the given axes. */
export function flip(x: Tensor, axes: readonly number[]): Tensor {
  const flips = x.shape.map((extent, axis) => axes.includes(axis) && extent > 1);
  if (!flips.includes(true)) return x;
  const starts = x.shape.map((extent, axis) => (flips[axis] === true ? extent - 1 : 0));
  return slice(
    x,
    starts,
    x.shape,
    flips.map((reversed) => (reversed ? -1 : 1)),
  );
}

/** Rows `start … start+size−1` of one axis. */
export function sliceAxis(x: Tensor, axis: number, start: number, size: number): Tensor {
  const starts = x.shape.map((_, index) => (index === axis ? start : 0));
  const sizes = x.shape.map((extent, index) => (index === axis ? size : extent));
  return slice(x, starts, sizes);
}
