import { input, linearWorkgroups, output, singleCall, type Lowering } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { activationConstants, activationParams } from './biasAct.js';

export type MatmulAttributes = { readonly transposeA: boolean; readonly transposeB: boolean };

const workgroupSize = 64;

/** Extents and strides of a product of stacks of matrices; strides are in elements. */
export type MatmulLayout = {
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  readonly aOffset: number;
  readonly aBatchStride: number;
  readonly aRowStride: number;
  readonly aDepthStride: number;
  readonly bBatchStride: number;
  readonly bDepthStride: number;
  readonly bColumnStride: number;
};

/** [.., M, K] × [.., K, N]: both of rank 2, or of rank 3 with equal batches. */
export const matmulOp: Op<MatmulAttributes> = defineOp({
  name: 'matmul',
  inputNames: ['a', 'b'],
  inferShape: (shapes, attributes) => {
    const { batch, rows, columns } = matmulLayout(shapes, attributes);
    return at(shapes, 0).length === 3 ? [batch, rows, columns] : [rows, columns];
  },
  reference: ({ inputs, shapes, attributes }) =>
    multiply(at(inputs, 0), at(inputs, 1), matmulLayout(shapes, attributes)),
  lower: ({ shapes, attributes }) =>
    lowerMatmul(matmulLayout(shapes, attributes), {
      act: 'linear',
      alpha: 0,
      gain: 1,
      clamp: null,
      hasBias: false,
      squareInput: false,
      rsqrtEpsilon: null,
    }),
  backward: ({ inputs, gradient, attributes: { transposeA, transposeB }, ops }) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    return {
      a: () =>
        transposeA
          ? ops.matmul(b, gradient, { transposeA: transposeB, transposeB: true })
          : ops.matmul(gradient, b, { transposeA: false, transposeB: !transposeB }),
      b: () =>
        transposeB
          ? ops.matmul(gradient, a, { transposeA: true, transposeB: transposeA })
          : ops.matmul(a, gradient, { transposeA: !transposeA, transposeB: false }),
    };
  },
});

/** @throws GanvasError `shape-mismatch` when ranks, batches or inner extents disagree. */
export function matmulLayout(shapes: readonly Shape[], { transposeA, transposeB }: MatmulAttributes): MatmulLayout {
  const [a, b] = [at(shapes, 0), at(shapes, 1)];
  const rank = a.length;
  const sameBatch = rank === 2 || (rank === 3 && a[0] === b[0]);
  if (b.length !== rank || !sameBatch) {
    throw shapeError('matmul', [a, b], 'both must be of rank 2, or of rank 3 with equal first extents');
  }
  const [aFirst, aSecond] = [at(a, -2), at(a, -1)];
  const [bFirst, bSecond] = [at(b, -2), at(b, -1)];
  const depth = transposeA ? aFirst : aSecond;
  if (depth !== (transposeB ? bSecond : bFirst)) {
    throw shapeError('matmul', [a, b], `inner extents must agree (transposeA ${transposeA}, transposeB ${transposeB})`);
  }
  return {
    batch: rank === 3 ? at(a, 0) : 1,
    rows: transposeA ? aSecond : aFirst,
    columns: transposeB ? bFirst : bSecond,
    depth,
    aOffset: 0,
    aBatchStride: aFirst * aSecond,
    aRowStride: transposeA ? 1 : aSecond,
    aDepthStride: transposeA ? aSecond : 1,
    bBatchStride: bFirst * bSecond,
    bDepthStride: transposeB ? 1 : bSecond,
    bColumnStride: transposeB ? bSecond : 1,
  };
}

/** The product in f64. */
export function multiply(a: Float64Array, b: Float64Array, layout: MatmulLayout): Float64Array {
  const { batch, rows, columns, depth } = layout;
  const result = new Float64Array(batch * rows * columns);
  for (let index = 0; index < result.length; index++) {
    const column = index % columns;
    const row = Math.floor(index / columns) % rows;
    const item = Math.floor(index / (columns * rows));
    const aStart = layout.aOffset + item * layout.aBatchStride + row * layout.aRowStride;
    const bStart = item * layout.bBatchStride + column * layout.bColumnStride;
    let sum = 0;
    for (let k = 0; k < depth; k++) {
      sum += at(a, aStart + k * layout.aDepthStride) * at(b, bStart + k * layout.bDepthStride);
    }
    result[index] = sum;
  }
  return result;
}

export interface MatmulEpilogue {
  readonly act: Parameters<typeof activationConstants>[0];
  readonly alpha: number;
  readonly gain: number;
  readonly clamp: number | null;
  readonly hasBias: boolean;
  readonly squareInput: boolean;
  /** Not null: the result is rsqrt(sum + epsilon). */
  readonly rsqrtEpsilon: number | null;
}

/** Inputs are a, b and, with `hasBias`, the bias. */
export function lowerMatmul(layout: MatmulLayout, epilogue: MatmulEpilogue): Lowering {
  const { batch, ...params } = layout;
  const count = batch * layout.rows * layout.columns;
  const { hasBias, squareInput, rsqrtEpsilon } = epilogue;
  return singleCall({
    shader: 'matmul',
    flags: { hasBias, squareInput, rsqrtOutput: rsqrtEpsilon !== null },
    constants: { WORKGROUP_SIZE: workgroupSize, ...activationConstants(epilogue.act) },
    params: { count, ...params, epsilon: rsqrtEpsilon ?? 0, ...activationParams(epilogue) },
    bindings: { a: input(0), b: input(1), ...(hasBias ? { bias: input(2) } : {}), y: output },
    workgroups: linearWorkgroups(count, workgroupSize),
    flops: 2 * count * layout.depth,
  });
}

/** [M, K] × [K, N], or a stack of them; operands may be given transposed. */
export function matmul(a: Tensor, b: Tensor, options: Partial<MatmulAttributes> = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  return applyOp(matmulOp, [a, b], { transposeA, transposeB });
}
