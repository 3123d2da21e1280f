import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import { interpolationTable, type InterpolationSpec, type InterpolationTable } from './interpolation.js';

export type ResampleAttributes = InterpolationSpec & {
  readonly axis: number;
  /** True for the transposed table: the gradient. */
  readonly adjoint: boolean;
};

const workgroupSize = 64;

/** One axis through a table of taps. Inputs: x, and the table as two constants. */
export const resampleOp: Op<ResampleAttributes> = defineOp({
  name: 'resample',
  inputNames: ['x', 'first', 'weights'],
  inferShape: ([x = []], attributes) => {
    const [from, to] = extents(attributes);
    if (x[attributes.axis] !== from) throw shapeError('resample', [x], `axis ${attributes.axis} must be ${from}`);
    return x.map((extent, axis) => (axis === attributes.axis ? to : extent));
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const x = at(inputs, 0);
    const { first, weights, taps } = tableOf(attributes);
    const { inSize, outSize, inner } = layoutOf(at(shapes, 0), outputShape, attributes.axis);
    const y = new Float64Array(sizeOf(outputShape));
    for (let index = 0; index < y.length; index++) {
      const position = Math.floor(index / inner) % outSize;
      const outer = Math.floor(index / (inner * outSize));
      const start = at(first, position);
      for (let t = 0; t < taps && start + t < inSize; t++) {
        y[index] =
          at(y, index) +
          at(weights, position * taps + t) * at(x, (outer * inSize + start + t) * inner + (index % inner));
      }
    }
    return y;
  },
  lower: ({ shapes, outputShape, attributes }) => {
    const count = sizeOf(outputShape);
    const { taps } = tableOf(attributes);
    return singleCall({
      shader: 'resample',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, taps, ...layoutOf(at(shapes, 0), outputShape, attributes.axis) },
      bindings: { x: input(0), first: input(1), weights: input(2), y: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 2 * count * taps,
    });
  },
  backward: ({ gradient, attributes }) => ({
    x: () => applyResample(gradient, { ...attributes, adjoint: !attributes.adjoint }),
  }),
});

function extents({ from, to, adjoint }: ResampleAttributes): [number, number] {
  return adjoint ? [to, from] : [from, to];
}

function layoutOf(x: Shape, y: Shape, axis: number): { inSize: number; outSize: number; inner: number } {
  return { inSize: at(x, axis), outSize: at(y, axis), inner: sizeOf(x.slice(axis + 1)) };
}

interface TableTensors extends InterpolationTable {
  readonly firstTensor: Tensor;
  readonly weightsTensor: Tensor;
}

/** Tables by specification, so that equal ones are one constant on the GPU. */
const tables = new Map<string, TableTensors>();

function tableOf({ axis: _axis, ...attributes }: ResampleAttributes): TableTensors {
  const key = JSON.stringify(attributes);
  let table = tables.get(key);
  if (table === undefined) {
    const numbers = interpolationTable(attributes, attributes.adjoint);
    const { first, weights, taps } = numbers;
    table = {
      ...numbers,
      firstTensor: constantTensor('resample first', [first.length], first),
      weightsTensor: constantTensor('resample weights', [first.length, taps], weights),
    };
    tables.set(key, table);
  }
  return table;
}

function applyResample(x: Tensor, attributes: ResampleAttributes): Tensor {
  const { firstTensor, weightsTensor } = tableOf(attributes);
  return applyOp(resampleOp, [x, firstTensor, weightsTensor], attributes);
}

export interface ResizeOptions {
  readonly mode: InterpolationSpec['mode'];
  readonly alignCorners?: boolean;
  readonly antialias?: boolean;
}

/** Resizes the last two axes of x [N, C, H, W] to [height, width], as torch's `interpolate`. */
export function resize(x: Tensor, [height, width]: readonly [number, number], options: ResizeOptions): Tensor {
  const { mode, alignCorners = false, antialias = false } = options;
  const along = (tensor: Tensor, axis: number, to: number): Tensor => {
    const from = at(tensor.shape, axis);
    return from === to
      ? tensor
      : applyResample(tensor, { mode, alignCorners, antialias, from, to, axis, adjoint: false });
  };
  return along(along(x, 2, height), 3, width);
}
