import { input, wholeView, type Lowering, type View } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { broadcastStrides, forEachOffset } from './broadcasting.js';
import { lowerReductions, plainKernel, type Reduction } from './reduction.js';
import { reshape } from './reshape.js';
import { affine } from './unary.js';

export type ReduceAttributes = {
  readonly kind: 'sum' | 'max';
  /** ascending, non-negative */ readonly axes: readonly number[];
};

/** Sum or maximum over `axes`, which stay as extents of 1. */
export const reduceOp: Op<ReduceAttributes> = defineOp({
  name: 'reduce',
  inputNames: ['x'],
  inferShape: ([x = []], { kind, axes }) => {
    if (axes.some((axis) => !Number.isInteger(axis) || axis < 0 || axis >= x.length)) {
      throw shapeError(`reduce ${kind}`, [x], `axes must lie in 0…${x.length - 1}, got [${axes.join(', ')}]`);
    }
    return x.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const shape = at(shapes, 0);
    const values = at(inputs, 0);
    const result = new Float64Array(sizeOf(outputShape)).fill(attributes.kind === 'max' ? -Infinity : 0);
    forEachOffset(shape, [broadcastStrides(outputShape, shape)], ([slot = 0], index) => {
      const [current, value] = [at(result, slot), at(values, index)];
      result[slot] = attributes.kind === 'max' ? Math.max(current, value) : current + value;
    });
    return result;
  },
  lower: ({ shapes, attributes }) => lowerReduce(at(shapes, 0), attributes),
  backward: ({ inputs, output: y, gradient, attributes, ops }) => ({
    x: () => {
      const x = at(inputs, 0);
      if (attributes.kind === 'sum') return ops.broadcastTo(gradient, x.shape);
      return ops.mul(ops.broadcastTo(gradient, x.shape), ops.equal(x, y));
    },
  }),
});

/** One reduction for each run of neighbouring axes, innermost first; a tensor is then [outer, size, inner]. */
function lowerReduce(shape: Shape, { kind, axes }: ReduceAttributes): Lowering | View {
  const reductions = reductionsOf(shape, axes);
  const maximum = kind === 'max';
  return reductions.length === 0 ? wholeView : lowerReductions(plainKernel(input(0), maximum), reductions, maximum);
}

/** The runs of `axes` as reductions, in the order in which they are done. Axes of extent 1 need none. */
export function reductionsOf(shape: Shape, axes: readonly number[]): Reduction[] {
  const extents = [...shape];
  const runs = neighbourRuns(axes.filter((axis) => at(shape, axis) > 1));
  return runs.reverse().map((run) => {
    const size = sizeOf(run.map((axis) => at(extents, axis)));
    const inner = sizeOf(extents.slice(at(run, -1) + 1));
    const outer = sizeOf(extents.slice(0, at(run, 0)));
    run.forEach((axis) => (extents[axis] = 1));
    return { outer, size, inner };
  });
}

function neighbourRuns(axes: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const axis of axes) {
    const last = runs.at(-1);
    if (last !== undefined && at(last, -1) === axis - 1) last.push(axis);
    else runs.push([axis]);
  }
  return runs;
}

const ascending = (axes: readonly number[]): number[] => [...new Set(axes)].sort((a, b) => a - b);

/** Sum over `axes`, kept as extents of 1. */
export function reduceSum(x: Tensor, axes: readonly number[]): Tensor {
  return applyOp(reduceOp, [x], { kind: 'sum', axes: ascending(axes) });
}

/** Maximum over `axes`, kept as extents of 1. At ties the gradient goes to every maximal element. */
export function reduceMax(x: Tensor, axes: readonly number[]): Tensor {
  return applyOp(reduceOp, [x], { kind: 'max', axes: ascending(axes) });
}

/** Mean over `axes`, kept as extents of 1. */
export function reduceMean(x: Tensor, axes: readonly number[]): Tensor {
  const count = sizeOf(ascending(axes).map((axis) => at(x.shape, axis)));
  return affine(reduceSum(x, axes), 1 / count, 0);
}

/** Undoes a broadcast: sums over the axes along which `shape` was stretched to `x`. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  const lead = x.shape.length - shape.length;
  const axes = x.shape.flatMap((extent, axis) =>
    axis < lead || (shape[axis - lead] === 1 && extent > 1) ? [axis] : [],
  );
  return reshape(reduceSum(x, axes), shape);
}
