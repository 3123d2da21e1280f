import { bindingAlignment, input, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import { parameterTensor, type OpRecord, type Tensor } from '../engine/tensor.js';
import { multiply } from './matmul.js';

/** One product of a group: rows of `a` by a matrix of weights [depth, columns]. */
export interface GroupedProduct {
  readonly aOffset: number;
  readonly aRowStride: number;
  readonly depth: number;
  readonly columns: number;
  readonly gain: number;
  /** Beside what is summed, where the result is a reciprocal root. */
  readonly epsilon: number;
}

/** Entry g of each list is of product g. */
export type GroupedMatmulAttributes = {
  readonly rows: number;
  readonly hasBias: boolean;
  /** The sums are of a², and the results rsqrt(sum + epsilon): demodulation coefficients. */
  readonly demodulates: boolean;
  readonly aOffsets: readonly number[];
  readonly aRowStrides: readonly number[];
  readonly depths: readonly number[];
  readonly columns: readonly number[];
  readonly gains: readonly number[];
  readonly epsilons: readonly number[];
};

/** Columns of a workgroup. */
const blockColumns = 64;

/**
 * Products that do not wait for each other in one kernel: the styles of all layers, all demodulation coefficients.
 * The weights and the biases of all come one after the other. The result is one line of numbers, in which each product
 * begins where a binding may: see `groupMember`.
 */
export const groupedMatmulOp: OpRecord<GroupedMatmulAttributes> = defineOp({
  name: 'groupedMatmul',
  inputNames: ['a', 'weight', 'blocks', 'bias'],
  inferShape: (_, attributes) => {
    const products = productsOf(attributes);
    return [at(memberStarts(products, attributes.rows), products.length)];
  },
  reference: ({ inputs, outputShape, attributes }) => {
    const { rows, hasBias, demodulates } = attributes;
    const given = at(inputs, 0);
    const a = demodulates ? given.map((value) => value * value) : given;
    const y = new Float64Array(sizeOf(outputShape));
    const products = productsOf(attributes);
    const [starts, offsets] = [memberStarts(products, rows), operandStarts(products)];
    products.forEach((product, g) => {
      const { columns, gain, epsilon } = product;
      const { weight, bias } = at(offsets, g);
      const sums = multiply(a, at(inputs, 1).subarray(weight), { ...layoutOf(product, rows) });
      sums.forEach((sum, index) => {
        const value = demodulates ? 1 / Math.sqrt(sum + epsilon) : sum;
        const shift = hasBias ? at(at(inputs, 3), bias + (index % columns)) : 0;
        y[at(starts, g) + index] = (value + shift) * gain;
      });
    });
    return y;
  },
  lower: ({ attributes }) => {
    const { rows, hasBias, demodulates } = attributes;
    const products = productsOf(attributes);
    return singleCall({
      shader: 'groupedMatmul',
      flags: { hasBias, squareInput: demodulates, rsqrtOutput: demodulates },
      constants: { WORKGROUP_SIZE: blockColumns },
      params: {},
      bindings: { a: input(0), weight: input(1), blocks: input(2), ...(hasBias ? { bias: input(3) } : {}), y: output },
      workgroups: [products.reduce((sum, { columns }) => sum + Math.ceil(columns / blockColumns), 0), rows, 1],
      flops: products.reduce((sum, { depth, columns }) => sum + 2 * rows * depth * columns, 0),
    });
  },
});

/** Product g out of a group [rows, columns]: it stands there already. */
export const groupMemberOp: OpRecord<{ readonly start: number; readonly shape: Shape }> = defineOp({
  name: 'groupMember',
  inputNames: ['group'],
  inferShape: (_, { shape }) => shape,
  reference: ({ inputs, outputShape, attributes: { start } }) =>
    at(inputs, 0).slice(start, start + sizeOf(outputShape)),
  lower: ({ attributes: { start } }) => ({ firstElement: start }),
});

/**
 * All products as views of one result.
 * @param weight the matrices [depth, columns] of all, one after the other
 * @param bias the biases of all, or null
 */
export function groupedMatmul(
  a: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  products: readonly GroupedProduct[],
  { rows, demodulates }: { readonly rows: number; readonly demodulates: boolean },
): Tensor[] {
  const group = applyOp(groupedMatmulOp, [a, weight, blockTable(products, rows), ...(bias === null ? [] : [bias])], {
    rows,
    hasBias: bias !== null,
    demodulates,
    aOffsets: products.map(({ aOffset }) => aOffset),
    aRowStrides: products.map(({ aRowStride }) => aRowStride),
    depths: products.map(({ depth }) => depth),
    columns: products.map(({ columns }) => columns),
    gains: products.map(({ gain }) => gain),
    epsilons: products.map(({ epsilon }) => epsilon),
  });
  const starts = memberStarts(products, rows);
  return products.map(({ columns }, g) =>
    applyOp(groupMemberOp, [group], { start: at(starts, g), shape: [rows, columns] }),
  );
}

function productsOf(attributes: GroupedMatmulAttributes): GroupedProduct[] {
  return attributes.columns.map((columns, g) => ({
    columns,
    aOffset: at(attributes.aOffsets, g),
    aRowStride: at(attributes.aRowStrides, g),
    depth: at(attributes.depths, g),
    gain: at(attributes.gains, g),
    epsilon: at(attributes.epsilons, g),
  }));
}

function layoutOf(
  { aOffset, aRowStride, depth, columns }: GroupedProduct,
  rows: number,
): Parameters<typeof multiply>[2] {
  return {
    batch: 1,
    rows,
    columns,
    depth,
    aOffset,
    aBatchStride: 0,
    aRowStride,
    aDepthStride: 1,
    bBatchStride: 0,
    bDepthStride: columns,
    bColumnStride: 1,
  };
}

/** First element of each product's result, and the end of the last. */
function memberStarts(products: readonly GroupedProduct[], rows: number): number[] {
  const whole = bindingAlignment / 4;
  const starts = [0];
  for (const { columns } of products) starts.push(at(starts, -1) + Math.ceil((rows * columns) / whole) * whole);
  return starts;
}

/** First element of each product's weights and bias. */
function operandStarts(products: readonly GroupedProduct[]): { readonly weight: number; readonly bias: number }[] {
  let [weight, bias] = [0, 0];
  return products.map(({ depth, columns }) => {
    const start = { weight, bias };
    weight += depth * columns;
    bias += columns;
    return start;
  });
}

/** `Block`s of the kernel, in its order of fields. Integers beside floats, so they are given as bytes. */
function blockTable(products: readonly GroupedProduct[], rows: number): Tensor {
  const [starts, operands] = [memberStarts(products, rows), operandStarts(products)];
  const fields = products.flatMap(({ aOffset, aRowStride, depth, columns, gain, epsilon }, g) => {
    const { weight, bias } = at(operands, g);
    const firsts = Array.from({ length: Math.ceil(columns / blockColumns) }, (_, block) => block * blockColumns);
    return firsts.map((column) => ({
      integers: [aOffset, aRowStride, depth, columns, column, weight + column, bias + column, at(starts, g) + column],
      floats: [gain, epsilon],
    }));
  });
  const view = new DataView(new ArrayBuffer(fields.length * fieldsOfBlock * 4));
  fields.forEach(({ integers, floats }, block) => {
    const start = block * fieldsOfBlock * 4;
    integers.forEach((value, index) => view.setUint32(start + index * 4, value, true));
    floats.forEach((value, index) => view.setFloat32(start + (integers.length + index) * 4, value, true));
  });
  return parameterTensor({
    name: 'blocks of products',
    shape: [fields.length, fieldsOfBlock],
    load: () => new Float32Array(view.buffer),
    bytes: () => new Uint8Array(view.buffer),
  });
}

const fieldsOfBlock = 10;
