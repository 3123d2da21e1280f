import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sameShape, sizeOf } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { binaryOp } from './binary.js';
import { broadcastStrides, forEachOffset } from './broadcasting.js';
import { reduceOp, reductionsOf } from './reduce.js';
import { lowerReductions, productKernel } from './reduction.js';
import { unaryOp } from './unary.js';

type FusedReduceAttributes = { readonly axes: readonly number[] };

/** Σ a·b over `axes`, without the products: gradients of styles, squared errors, norms. */
export const fusedReduceOp: OpRecord<FusedReduceAttributes> = defineOp({
  name: 'fusedReduce',
  inputNames: ['a', 'b'],
  inferShape: (shapes, { axes }) => at(shapes, 0).map((extent, axis) => (axes.includes(axis) ? 1 : extent)),
  reference: ({ inputs, shapes, outputShape }) => {
    const [a, b, shape] = [at(inputs, 0), at(inputs, 1), at(shapes, 0)];
    const sums = new Float64Array(sizeOf(outputShape));
    forEachOffset(shape, [broadcastStrides(outputShape, shape)], ([slot = 0], index) => {
      sums[slot] = at(sums, slot) + at(a, index) * at(b, index);
    });
    return sums;
  },
  lower: ({ shapes, attributes }) =>
    lowerReductions(productKernel, reductionsOf(at(shapes, 0), attributes.axes), false),
});

/** The sum of a product of equal shapes, or of a square. */
export const productSumRule: FusionRule = {
  name: 'sum of products',
  apply: (tensor, readOnce) => {
    const sum = matchOp(tensor, reduceOp);
    if (sum?.attributes.kind !== 'sum') return null;
    const terms = at(sum.inputs, 0);
    const factors = readOnce(terms) ? factorsOf(terms) : null;
    const { axes } = sum.attributes;
    if (factors === null || reductionsOf(terms.shape, axes).length === 0) return null;
    return applyOp(fusedReduceOp, factors, { axes });
  },
};

function factorsOf(tensor: Tensor): readonly Tensor[] | null {
  const square = matchOp(tensor, unaryOp);
  if (square?.attributes.kind === 'square') return [at(square.inputs, 0), at(square.inputs, 0)];
  const product = matchOp(tensor, binaryOp);
  if (product?.attributes.kind !== 'mul') return null;
  return product.inputs.every(({ shape }) => sameShape(shape, tensor.shape)) ? product.inputs : null;
}
