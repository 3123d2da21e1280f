import { maxRank, shapeError } from '../engine/op.js';
import { at, sizeOf, stridesOf, type Shape } from '../engine/shape.js';

/** NumPy's rule: align at the right, an extent of 1 stretches. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const extents: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[a.length - rank + axis] ?? 1;
    const y = b[b.length - rank + axis] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw shapeError(op, [a, b], 'shapes must broadcast: aligned at the right, extents equal or 1');
    }
    extents.push(x === 1 ? y : x);
  }
  return extents;
}

/** Strides that read `shape` as if it had been broadcast to `target`: 0 along stretched axes. */
export function broadcastStrides(shape: Shape, target: Shape): number[] {
  const strides = stridesOf(shape);
  const lead = target.length - shape.length;
  return target.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : at(strides, axis - lead)));
}

/** Calls `visit` with the flat offset into each strided operand for every element of `shape`, in row-major order. */
export function forEachOffset(
  shape: Shape,
  strides: readonly (readonly number[])[],
  visit: (offsets: readonly number[], index: number) => void,
): void {
  const position = new Array<number>(shape.length).fill(0);
  const offsets = new Array<number>(strides.length).fill(0);
  const count = sizeOf(shape);
  for (let index = 0; index < count; index++) {
    visit(offsets, index);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = at(shape, axis);
      const next = at(position, axis) + 1;
      const wraps = next === extent;
      position[axis] = wraps ? 0 : next;
      strides.forEach((stride, operand) => {
        offsets[operand] = at(offsets, operand) + (wraps ? -at(stride, axis) * (extent - 1) : at(stride, axis));
      });
      if (!wraps) break;
    }
  }
}

/** `size0 … size5`-style params of the strided kernels, padded at the front. */
export function axisParams(prefix: string, values: readonly number[], padding: number): Record<string, number> {
  const params: Record<string, number> = {};
  const lead = maxRank - values.length;
  for (let axis = 0; axis < maxRank; axis++) params[`${prefix}${axis}`] = values[axis - lead] ?? padding;
  return params;
}
