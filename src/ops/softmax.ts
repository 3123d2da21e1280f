import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';

export type SoftmaxAttributes = { readonly axis: number };

const workgroupSize = 64;

/** exp(x − max) / Σ exp(x − max) along one axis: one kernel that reads its numbers three times and stores them once. */
export const softmaxOp: Op<SoftmaxAttributes> = defineOp<Op<SoftmaxAttributes>>({
  name: 'softmax',
  inputNames: ['x'],
  inferShape: ([x = []], { axis }) => {
    if (x[axis] === undefined) throw shapeError('softmax', [x], `there is no axis ${axis} to normalise along`);
    return x;
  },
  reference: ({ inputs, outputShape, attributes }) => {
    const x = at(inputs, 0);
    const { outer, size, inner } = layoutOf(outputShape, attributes.axis);
    const y = new Float64Array(x.length);
    for (let line = 0; line < outer * inner; line++) {
      const start = Math.floor(line / inner) * size * inner + (line % inner);
      const values = Array.from({ length: size }, (_, k) => at(x, start + k * inner));
      const largest = values.reduce((most, value) => Math.max(most, value), -Infinity);
      const sum = values.reduce((total, value) => total + Math.exp(value - largest), 0);
      values.forEach((value, k) => (y[start + k * inner] = Math.exp(value - largest) / sum));
    }
    return y;
  },
  lower: ({ outputShape, attributes }) => {
    const { outer, size, inner } = layoutOf(outputShape, attributes.axis);
    const lines = outer * inner;
    // Neighbours along the last axis are read together: by the lanes of a workgroup that share a line, or a line each.
    const shared = inner === 1;
    return singleCall({
      shader: 'softmax',
      flags: { shared },
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { lines, size, inner },
      bindings: { x: input(0), y: output },
      workgroups: linearWorkgroups(lines, shared ? 1 : workgroupSize),
      flops: 5 * lines * size,
    });
  },
  backward: ({ output: y, gradient, attributes, ops }) => ({
    x: () => {
      const share = ops.reduceSum(ops.mul(gradient, y), [attributes.axis]);
      return ops.mul(y, ops.sub(gradient, share));
    },
  }),
});

/** A tensor as [outer, size, inner] around an axis. */
function layoutOf(shape: Shape, axis: number): { outer: number; size: number; inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), size: at(shape, axis), inner: sizeOf(shape.slice(axis + 1)) };
}

/**
 * Positive numbers of sum 1 along an axis, as torch's softmax.
 * @throws GanvasError `shape-mismatch` when there is no such axis
 */
export function softmax(x: Tensor, axis: number): Tensor {
  return applyOp(softmaxOp, [x], { axis });
}
