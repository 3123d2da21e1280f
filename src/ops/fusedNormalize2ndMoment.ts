import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { binaryOp } from './binary.js';
import { fusedReduceOp } from './fusedReduce.js';
import { unaryOp } from './unary.js';

type NormalizeAttributes = {
  readonly axis: number;
  /** By the root, where it is not a product with one over it: the two round differently. */
  readonly divides: boolean;
  /** One over the number of terms, for a mean. */
  readonly factor: number;
  readonly epsilon: number;
};

const workgroupSize = 64;

/** x / √(factor · Σ x² + ε), the sum along one axis: in one kernel, where the composition takes four or five. */
export const fusedNormalize2ndMomentOp: OpRecord<NormalizeAttributes> = defineOp({
  name: 'fusedNormalize2ndMoment',
  inputNames: ['x'],
  inferShape: (shapes) => at(shapes, 0),
  reference: ({ inputs, outputShape, attributes: { axis, factor, epsilon } }) => {
    const [x, { size, inner }] = [at(inputs, 0), viewedAlong(outputShape, axis)];
    const slotOf = (index: number): number => Math.floor(index / (size * inner)) * inner + (index % inner);
    const sums = new Float64Array(x.length / size);
    for (const [index, value] of x.entries()) sums[slotOf(index)] = at(sums, slotOf(index)) + value ** 2;
    return x.map((value, index) => value / Math.sqrt(factor * at(sums, slotOf(index)) + epsilon));
  },
  lower: ({ outputShape, attributes: { axis, divides, factor, epsilon } }) => {
    const { outer, size, inner } = viewedAlong(outputShape, axis);
    const count = outer * inner;
    return singleCall({
      shader: 'normalize2ndMoment',
      flags: { divides },
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, size, inner, factor, epsilon },
      bindings: { x: input(0), y: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 3 * sizeOf(outputShape),
    });
  },
});

/** A shape as [outer, size, inner], the axis in the middle. */
function viewedAlong(
  shape: Shape,
  axis: number,
): { readonly outer: number; readonly size: number; readonly inner: number } {
  return { outer: sizeOf(shape.slice(0, axis)), size: at(shape, axis), inner: sizeOf(shape.slice(axis + 1)) };
}

const rootKinds: Readonly<Partial<Record<string, string>>> = { mul: 'rsqrt', div: 'sqrt' };

type ReadOnce = (tensor: Tensor) => boolean;

/** x · rsqrt(a · (b · Σ x² + c) + d), as normalize2ndMoment writes it, or x / √(…), as pixel normalisation does. */
export const normalize2ndMomentRule: FusionRule = {
  name: 'normalize2ndMoment',
  apply: (tensor, readOnce) => {
    const product = matchOp(tensor, binaryOp);
    const rootKind = product === null ? undefined : rootKinds[product.attributes.kind];
    if (product === null || rootKind === undefined) return null;
    const [x, scale] = [at(product.inputs, 0), at(product.inputs, 1)];
    const root = readOnce(scale) ? matchOp(scale, unaryOp) : null;
    if (root?.attributes.kind !== rootKind || !sameShape(x.shape, tensor.shape)) return null;
    const { base, factor, epsilon } = linearPart(at(root.inputs, 0), readOnce);
    const sum = readOnce(base) ? matchOp(base, fusedReduceOp) : null;
    const [axis, ...others] = sum?.attributes.axes ?? [];
    if (sum === null || axis === undefined || others.length > 0) return null;
    if (sum.inputs.some((term) => term !== x)) return null;
    return applyOp(fusedNormalize2ndMomentOp, [x], { axis, divides: rootKind === 'sqrt', factor, epsilon });
  },
};

/** Affine steps after each other, as one: factor · base + epsilon. */
function linearPart(
  tensor: Tensor,
  readOnce: ReadOnce,
): { readonly base: Tensor; readonly factor: number; readonly epsilon: number } {
  const step = readOnce(tensor) ? matchOp(tensor, unaryOp) : null;
  if (step?.attributes.kind !== 'affine') return { base: tensor, factor: 1, epsilon: 0 };
  const { a, b } = step.attributes;
  const { base, factor, epsilon } = linearPart(at(step.inputs, 0), readOnce);
  return { base, factor: a * factor, epsilon: a * epsilon + b };
}
