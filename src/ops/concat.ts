import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sizeOf, stridesOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { forEachOffset } from './broadcasting.js';
import { stridedCopyCall } from './stridedCopy.js';

export type ConcatAttributes = { readonly axis: number };

/** More than anyone joins at once. */
const maxParts = 64;
const inputNames = Array.from({ length: maxParts }, (_, index) => `x${index}`);

/** Joins tensors along one axis. */
export const concatOp: Op<ConcatAttributes> = defineOp({
  name: 'concat',
  inputNames,
  inferShape: (shapes, { axis }) => {
    if (shapes.length > maxParts) throw shapeError('concat', shapes, `at most ${maxParts} tensors can be joined`);
    const first = at(shapes, 0);
    const agree = shapes.every(
      (shape) => shape.length === first.length && shape.every((extent, i) => i === axis || extent === first[i]),
    );
    if (!agree || axis < 0 || axis >= first.length) {
      throw shapeError('concat', shapes, `shapes must agree in all axes but ${axis}`);
    }
    const joined = shapes.reduce((sum, shape) => sum + at(shape, axis), 0);
    return first.map((extent, i) => (i === axis ? joined : extent));
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const result = new Float64Array(sizeOf(outputShape));
    const strides = stridesOf(outputShape);
    partOffsets(shapes, attributes.axis).forEach((start, part) => {
      const values = at(inputs, part);
      forEachOffset(at(shapes, part), [strides], ([offset = 0], index) => {
        result[start * at(strides, attributes.axis) + offset] = at(values, index);
      });
    });
    return result;
  },
  lower: ({ shapes, outputShape, attributes }) => {
    const strides = stridesOf(outputShape);
    return {
      temporaries: [],
      calls: partOffsets(shapes, attributes.axis).map((start, part) => {
        const shape = at(shapes, part);
        const destination = { offset: start * at(strides, attributes.axis), strides };
        return stridedCopyCall(shape, part, { offset: 0, strides: stridesOf(shape) }, destination);
      }),
    };
  },
  backward: ({ inputs, gradient, attributes, ops }) => {
    const { axis } = attributes;
    const starts = partOffsets(
      inputs.map((tensor) => tensor.shape),
      axis,
    );
    return Object.fromEntries(
      inputs.map((tensor, part) => [
        `x${part}`,
        () => ops.sliceAxis(gradient, axis, at(starts, part), at(tensor.shape, axis)),
      ]),
    );
  },
});

function partOffsets(shapes: readonly Shape[], axis: number): number[] {
  let start = 0;
  return shapes.map((shape) => {
    const offset = start;
    start += at(shape, axis);
    return offset;
  });
}

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  return parts.length === 1 ? at(parts, 0) : applyOp(concatOp, parts, { axis });
}
