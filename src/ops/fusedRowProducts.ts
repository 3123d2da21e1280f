import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { input, linearWorkgroups, output, type KernelCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { OpRecord } from '../engine/tensor.js';
import { binaryOp } from './binary.js';
import { linearProductOf } from './fusedMatmul.js';
import { multiply, type MatmulLayout } from './matmul.js';
import { padOp } from './pad.js';
import { reshapeOp } from './reshape.js';

/** What is known of product j: entry j of each list. Its factors are inputs 2j and 2j + 1. */
type RowProductsAttributes = {
  /** [N, L, D] */
  readonly shape: Shape;
  readonly rows: readonly number[];
  readonly gains: readonly number[];
  readonly depths: readonly number[];
  readonly aOffsets: readonly number[];
  readonly aRowStrides: readonly number[];
  readonly aDepthStrides: readonly number[];
  readonly bDepthStrides: readonly number[];
  readonly bColumnStrides: readonly number[];
};

const workgroupSize = 64;
/** Products of one row: what the layers of StyleGAN2 that share a w ask for, and what the kernel binds. */
const mostInRow = 2;

/**
 * A stack [N, L, D] whose rows are sums of matrix products, zeros where there are none: the gradient of w+, to which
 * every layer contributes styles' gradient × affine weights. One kernel call a row.
 */
export const fusedRowProductsOp: OpRecord<RowProductsAttributes> = defineOp({
  name: 'fusedRowProducts',
  inputNames: ['a', 'b'],
  inferShape: (_, { shape }) => shape,
  reference: ({ inputs, outputShape, attributes }) => {
    const [n = 0, length = 0, columns = 0] = outputShape;
    const y = new Float64Array(sizeOf(outputShape));
    attributes.rows.forEach((row, j) => {
      const product = multiply(at(inputs, 2 * j), at(inputs, 2 * j + 1), layoutOf(attributes, j, n, columns));
      product.forEach((value, index) => {
        const slot = (Math.floor(index / columns) * length + row) * columns + (index % columns);
        y[slot] = at(y, slot) + value * at(attributes.gains, j);
      });
    });
    return y;
  },
  lower: ({ attributes }) => ({
    temporaries: [],
    calls: Array.from({ length: at(attributes.shape, 1) }, (_, row) => rowCall(attributes, row)),
  }),
});

function layoutOf(attributes: RowProductsAttributes, j: number, rows: number, columns: number): MatmulLayout {
  return {
    batch: 1,
    rows,
    columns,
    depth: at(attributes.depths, j),
    aOffset: at(attributes.aOffsets, j),
    aBatchStride: 0,
    aRowStride: at(attributes.aRowStrides, j),
    aDepthStride: at(attributes.aDepthStrides, j),
    bBatchStride: 0,
    bDepthStride: at(attributes.bDepthStrides, j),
    bColumnStride: at(attributes.bColumnStrides, j),
  };
}

function rowCall(attributes: RowProductsAttributes, row: number): KernelCall {
  const [n = 0, length = 0, columns = 0] = attributes.shape;
  const [first, second] = attributes.rows.flatMap((each, j) => (each === row ? [j] : []));
  const count = n * columns;
  const depth = [first, second].reduce<number>((sum, j) => sum + (j === undefined ? 0 : at(attributes.depths, j)), 0);
  return {
    shader: 'rowProducts',
    flags: { hasFirst: first !== undefined, hasSecond: second !== undefined },
    constants: { WORKGROUP_SIZE: workgroupSize },
    params: {
      count,
      columns,
      outOffset: row * columns,
      outStride: length * columns,
      ...productParams('first', attributes, first),
      ...productParams('second', attributes, second),
    },
    bindings: {
      ...(first === undefined ? {} : { a: input(2 * first), b: input(2 * first + 1) }),
      ...(second === undefined ? {} : { a2: input(2 * second), b2: input(2 * second + 1) }),
      y: output,
    },
    workgroups: linearWorkgroups(count, workgroupSize),
    flops: 2 * count * depth,
  };
}

function productParams(
  name: 'first' | 'second',
  attributes: RowProductsAttributes,
  j: number | undefined,
): Record<string, number> {
  const value = (list: readonly number[]): number => (j === undefined ? 0 : at(list, j));
  return {
    [`${name}Depth`]: value(attributes.depths),
    [`${name}Offset`]: value(attributes.aOffsets),
    [`${name}RowStride`]: value(attributes.aRowStrides),
    [`${name}Stride`]: value(attributes.aDepthStrides),
    [`${name}DepthStride`]: value(attributes.bDepthStrides),
    [`${name}ColumnStride`]: value(attributes.bColumnStrides),
    [`${name}Gain`]: value(attributes.gains),
  };
}

/** A product placed as one row of a stack of zeros. */
export const rowProductRule: FusionRule = {
  name: 'row of a stack',
  apply: (tensor, readOnce) => {
    const placed = matchOp(tensor, padOp);
    if (placed === null || !isOneRow(placed.attributes.shape, at(placed.inputs, 0).shape)) return null;
    if (placed.attributes.steps.some((step) => step !== 1)) return null;
    const row = at(placed.inputs, 0);
    const view = readOnce(row) ? matchOp(row, reshapeOp) : null;
    const source = view === null ? null : at(view.inputs, 0);
    const product = source !== null && readOnce(source) ? linearProductOf(source) : null;
    if (product === null || !sameShape(source?.shape ?? [], [at(row.shape, 0), at(row.shape, 2)])) return null;
    const { gain, ...layout } = product.attributes;
    return applyOp(fusedRowProductsOp, product.inputs, {
      shape: tensor.shape,
      rows: [at(placed.attributes.starts, 1)],
      gains: [gain],
      depths: [layout.depth],
      aOffsets: [layout.aOffset],
      aRowStrides: [layout.aRowStride],
      aDepthStrides: [layout.aDepthStride],
      bDepthStrides: [layout.bDepthStride],
      bColumnStrides: [layout.bColumnStride],
    });
  },
};

/** [N, 1, D] in [N, L, D]. */
function isOneRow(stack: Shape, row: Shape): boolean {
  return stack.length === 3 && sameShape(row, [at(stack, 0), 1, at(stack, 2)]);
}

/** Stacks of rows are added by computing the rows of both. */
export const rowProductsSumRule: FusionRule = {
  name: 'sum of rows',
  apply: (tensor, readOnce) => {
    const sum = matchOp(tensor, binaryOp);
    if (sum?.attributes.kind !== 'add' || !sum.inputs.every(readOnce)) return null;
    const [a, b] = sum.inputs.map((operand) => matchOp(operand, fusedRowProductsOp));
    if (a === undefined || b === undefined || a === null || b === null) return null;
    const attributes = joined(a.attributes, b.attributes);
    const fits = attributes.rows.every((row) => attributes.rows.filter((other) => other === row).length <= mostInRow);
    return fits && sameShape(a.attributes.shape, b.attributes.shape)
      ? applyOp(fusedRowProductsOp, [...a.inputs, ...b.inputs], attributes)
      : null;
  },
};

function joined(a: RowProductsAttributes, b: RowProductsAttributes): RowProductsAttributes {
  return {
    shape: a.shape,
    rows: [...a.rows, ...b.rows],
    gains: [...a.gains, ...b.gains],
    depths: [...a.depths, ...b.depths],
    aOffsets: [...a.aOffsets, ...b.aOffsets],
    aRowStrides: [...a.aRowStrides, ...b.aRowStrides],
    aDepthStrides: [...a.aDepthStrides, ...b.aDepthStrides],
    bDepthStrides: [...a.bDepthStrides, ...b.bDepthStrides],
    bColumnStrides: [...a.bColumnStrides, ...b.bColumnStrides],
  };
}
