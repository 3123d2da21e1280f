import { GanvasError } from '../engine/errors.js';
import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, formatShape, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';

export type MaxPoolAttributes = {
  /** Side of the square window. */
  readonly kernel: number;
  readonly stride: number;
  /** True: windows that reach over the right or lower edge count, too, as far as they lie inside. */
  readonly ceilMode: boolean;
};

const workgroupSize = 64;

/**
 * Largest element of every window of x [N, C, H, W], as torch's max_pool2d without padding; at ties the first in
 * row-major order. With a second operand, the elements of that one at the places where x is largest: as a function of
 * it the op is linear, which is what the derivatives of pooling need.
 */
export const maxPool2dOp: Op<MaxPoolAttributes> = defineOp<Op<MaxPoolAttributes>>({
  name: 'maxPool2d',
  inputNames: ['x', 'values'],
  inferShape: (shapes, attributes) => {
    const [x = [], values] = shapes;
    if (values !== undefined && !sameShape(values, x)) {
      throw shapeError('maxPool2d', shapes, `the values must be ${formatShape(x)}, like x`);
    }
    return pooledShape(x, attributes);
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const y = new Float64Array(sizeOf(outputShape));
    const x = at(inputs, 0);
    const values = inputs[1] ?? x;
    forEachWindow(x, at(shapes, 0), outputShape, attributes, (largest, window) => (y[window] = at(values, largest)));
    return y;
  },
  lower: ({ shapes, outputShape, attributes }) => {
    const count = sizeOf(outputShape);
    const hasValues = shapes.length > 1;
    return singleCall({
      shader: 'maxPool2d',
      flags: { hasValues },
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, ...windowParams(at(shapes, 0), outputShape, attributes) },
      bindings: { x: input(0), ...(hasValues ? { values: input(1) } : {}), y: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: count * attributes.kernel ** 2,
    });
  },
  backward: ({ inputs, gradient, attributes, ops }) => {
    const x = at(inputs, 0);
    const scattered = (): Tensor => applyOp(maxPool2dGradOp, [x, gradient], attributes);
    if (inputs.length === 1) return { x: scattered };
    // Where x is largest does not change when x does, but for jumps.
    return { x: () => ops.zerosLike(x), values: scattered };
  },
});

/** Adjoint of `maxPool2d` in its values: adds each dy to the place where x was largest in its window. */
export const maxPool2dGradOp: Op<MaxPoolAttributes> = defineOp<Op<MaxPoolAttributes>>({
  name: 'maxPool2dGrad',
  inputNames: ['x', 'dy'],
  inferShape: (shapes, attributes) => {
    const [x = [], dy = []] = shapes;
    const pooled = pooledShape(x, attributes);
    if (!sameShape(dy, pooled)) throw shapeError('maxPool2dGrad', shapes, `dy must be ${formatShape(pooled)}`);
    return x;
  },
  reference: ({ inputs, shapes, attributes }) => {
    const [x, dy] = [at(inputs, 0), at(inputs, 1)];
    const dx = new Float64Array(x.length);
    forEachWindow(x, at(shapes, 0), at(shapes, 1), attributes, (largest, window) => {
      dx[largest] = at(dx, largest) + at(dy, window);
    });
    return dx;
  },
  lower: ({ shapes, outputShape, attributes }) => {
    const count = sizeOf(outputShape);
    return singleCall({
      shader: 'maxPool2dGrad',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize },
      params: { count, ...windowParams(outputShape, at(shapes, 1), attributes) },
      bindings: { x: input(0), dy: input(1), dx: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: sizeOf(at(shapes, 1)) * attributes.kernel ** 2,
    });
  },
  backward: ({ inputs, gradient, attributes, ops }) => ({
    x: () => ops.zerosLike(at(inputs, 0)),
    dy: () => applyOp(maxPool2dOp, [at(inputs, 0), gradient], attributes),
  }),
});

function pooledShape(x: Shape, { kernel, stride, ceilMode }: MaxPoolAttributes): Shape {
  const [n = 0, c = 0, height = 0, width = 0] = x;
  const pooled = (extent: number): number => {
    const steps = (extent - kernel) / stride;
    if (!ceilMode) return Math.floor(steps) + 1;
    // A window must begin inside, which one may fail to do when strides leave gaps between windows.
    return Math.ceil(steps) * stride < extent ? Math.ceil(steps) + 1 : Math.ceil(steps);
  };
  const shape = [n, c, pooled(height), pooled(width)];
  if (x.length !== 4 || shape.some((extent) => extent < 1)) {
    throw shapeError('maxPool2d', [x], `x must be [N, C, H, W], with room for a window of ${kernel}²`);
  }
  return shape;
}

function windowParams(x: Shape, pooled: Shape, { kernel, stride }: MaxPoolAttributes): Record<string, number> {
  const [, , inHeight = 0, inWidth = 0] = x;
  const [, , outHeight = 0, outWidth = 0] = pooled;
  return { inHeight, inWidth, outHeight, outWidth, kernel, stride };
}

/** Calls `visit` with the flat offset of the first largest element of each window, and the window's own index. */
function forEachWindow(
  x: Float64Array,
  shape: Shape,
  pooled: Shape,
  { kernel, stride }: MaxPoolAttributes,
  visit: (largest: number, window: number) => void,
): void {
  const [, , inHeight = 0, inWidth = 0] = shape;
  const [, , outHeight = 0, outWidth = 0] = pooled;
  for (let window = 0; window < sizeOf(pooled); window++) {
    const plane = Math.floor(window / (outHeight * outWidth)) * inHeight * inWidth;
    const [top, left] = [(Math.floor(window / outWidth) % outHeight) * stride, (window % outWidth) * stride];
    let largest = plane + top * inWidth + left;
    for (let iy = top; iy < Math.min(top + kernel, inHeight); iy++) {
      for (let ix = left; ix < Math.min(left + kernel, inWidth); ix++) {
        const offset = plane + iy * inWidth + ix;
        if (at(x, offset) > at(x, largest)) largest = offset;
      }
    }
    visit(largest, window);
  }
}

export interface MaxPoolOptions {
  readonly kernel: number;
  /** Default: the kernel, so that windows tile the picture. */
  readonly stride?: number;
  readonly ceilMode?: boolean;
}

/**
 * x [N, C, H, W] → the largest element of every window.
 * @throws GanvasError `shape-mismatch`, `bad-argument` for a kernel or stride that is no whole number from 1.
 */
export function maxPool2d(x: Tensor, { kernel, stride = kernel, ceilMode = false }: MaxPoolOptions): Tensor {
  for (const [name, value] of Object.entries({ kernel, stride })) {
    if (Number.isInteger(value) && value >= 1) continue;
    throw new GanvasError('bad-argument', `maxPool2d: ${name} must be a whole number from 1, got ${value}.`);
  }
  return applyOp(maxPool2dOp, [x], { kernel, stride, ceilMode });
}
