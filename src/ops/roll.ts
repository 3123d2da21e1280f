import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';

export type RollAttributes = {
  readonly axis: number;
  /** Whole number from 0, below the extent. */
  readonly shift: number;
};

const workgroupSize = 64;

/** Turns the elements along one axis in a circle, as torch's roll: y[i + shift] = x[i]. Its adjoint turns them back. */
export const rollOp: Op<RollAttributes> = defineOp<Op<RollAttributes>>({
  name: 'roll',
  inputNames: ['x'],
  inferShape: ([x = []], { axis }) => {
    if (x[axis] === undefined) throw shapeError('roll', [x], `there is no axis ${axis} to roll`);
    return x;
  },
  reference: ({ inputs, outputShape, attributes }) => {
    const { size, inner } = layoutOf(outputShape, attributes.axis);
    const x = at(inputs, 0);
    return x.map((_, index) => {
      const position = Math.floor(index / inner) % size;
      const source = (position + size - attributes.shift) % size;
      return at(x, index + (source - position) * inner);
    });
  },
  lower: ({ outputShape, attributes }) => {
    const count = sizeOf(outputShape);
    return singleCall({
      shader: 'roll',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, shift: attributes.shift, ...layoutOf(outputShape, attributes.axis) },
      bindings: { x: input(0), y: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: count,
    });
  },
  backward: ({ gradient, attributes }) => ({ x: () => roll(gradient, -attributes.shift, attributes.axis) }),
});

/** A tensor as [outer, size, inner] around an axis. */
function layoutOf(shape: Shape, axis: number): { size: number; inner: number } {
  return { size: at(shape, axis), inner: sizeOf(shape.slice(axis + 1)) };
}

/**
 * Moves every element `shift` places on along `axis` (back when negative); what leaves one end enters at the other.
 * @throws GanvasError `shape-mismatch` when there is no such axis
 */
export function roll(x: Tensor, shift: number, axis: number): Tensor {
  const size = x.shape[axis] ?? 1;
  return applyOp(rollOp, [x], { axis, shift: ((shift % size) + size) % size });
}
