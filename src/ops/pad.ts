import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, formatShape, sameShape, sizeOf, stridesOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { axisParams, forEachOffset } from './broadcasting.js';

export type PadAttributes = {
  readonly shape: Shape;
  readonly starts: readonly number[];
  readonly steps: readonly number[];
};

const workgroupSize = 64;

/** Puts x into zeros of `shape`, element i of an axis at `start + i·step`: the adjoint of slice. */
export const padOp: Op<PadAttributes> = defineOp({
  name: 'pad',
  inputNames: ['x'],
  inferShape: ([x = []], { shape, starts, steps }) => {
    const sameRank = [shape, starts, steps].every((values) => values.length === x.length);
    const fits = (extent: number, axis: number): boolean => {
      const [first, step] = [at(starts, axis), at(steps, axis)];
      const last = first + (extent - 1) * step;
      return step !== 0 && Math.min(first, last) >= 0 && Math.max(first, last) < at(shape, axis);
    };
    if (!sameRank || !x.every(fits)) {
      throw shapeError('pad', [x], `placed at [${starts.join(', ')}] it must lie inside ${formatShape(shape)}`);
    }
    return shape;
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const values = at(inputs, 0);
    const result = new Float64Array(sizeOf(outputShape));
    const strides = stridesOf(outputShape);
    const origin = strides.reduce((sum, stride, axis) => sum + stride * at(attributes.starts, axis), 0);
    const steps = strides.map((stride, axis) => stride * at(attributes.steps, axis));
    forEachOffset(at(shapes, 0), [steps], ([offset = 0], index) => {
      result[origin + offset] = at(values, index);
    });
    return result;
  },
  lower: ({ shapes, outputShape, attributes }) => {
    const x = at(shapes, 0);
    const count = sizeOf(outputShape);
    return singleCall({
      shader: 'pad',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: {
        count,
        ...axisParams('size', outputShape, 1),
        ...axisParams('inSize', x, 1),
        ...axisParams('inStride', stridesOf(x), 0),
        ...axisParams('start', attributes.starts, 0),
        ...axisParams('step', attributes.steps, 1),
      },
      bindings: { x: input(0), y: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 0,
    });
  },
  backward: ({ inputs, gradient, attributes, ops }) => ({
    x: () => ops.slice(gradient, attributes.starts, at(inputs, 0).shape, attributes.steps),
  }),
});

/** Zeros of `shape` with x placed at `starts`. */
export function pad(
  x: Tensor,
  shape: Shape,
  starts: readonly number[],
  steps: readonly number[] = starts.map(() => 1),
): Tensor {
  return sameShape(x.shape, shape) && steps.every((step) => step === 1)
    ? x
    : applyOp(padOp, [x], { shape, starts, steps });
}
