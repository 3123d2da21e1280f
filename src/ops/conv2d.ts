import { applyOp, defineOp, type Op } from '../engine/op.js';
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { conv2dGeometry, convAttributes, forEachTap, type ConvArguments, type ConvAttributes } from './convGeometry.js';
import { lowerConvolution } from './convKernel.js';

/** Correlation of x [N, C, H, W] with w [O, C/groups, KH, KW]. */
export const conv2dOp: Op<ConvAttributes> = defineOp({
  name: 'conv2d',
  inputNames: ['x', 'w'],
  inferShape: (shapes, attributes) => {
    const g = conv2dGeometry(shapes, attributes);
    return [g.batch, g.outChannels, g.outHeight, g.outWidth];
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const [x, w] = [at(inputs, 0), at(inputs, 1)];
    const y = new Float64Array(sizeOf(outputShape));
    forEachTap(conv2dGeometry(shapes, attributes), (xi, wi, yi) => {
      y[yi] = at(y, yi) + at(x, xi) * at(w, wi);
    });
    return y;
  },
  lower: ({ shapes, attributes }) => lowerConvolution('direct', conv2dGeometry(shapes, attributes)),
  backward: ({ inputs, gradient, attributes, ops }) => {
    const [x, w] = [at(inputs, 0), at(inputs, 1)];
    const g = conv2dGeometry([x.shape, w.shape], attributes);
    return {
      x: () =>
        ops.conv2dTransposed(gradient, w, {
          ...attributes,
          outputPadding: [
            g.inHeight - ((g.outHeight - 1) * g.stride - 2 * g.padY + g.kernelHeight),
            g.inWidth - ((g.outWidth - 1) * g.stride - 2 * g.padX + g.kernelWidth),
          ],
        }),
      w: () => ops.conv2dWeightGrad(x, gradient, { ...attributes, kernel: [g.kernelHeight, g.kernelWidth] }),
    };
  },
});

/** Correlation (no flip), as torch's conv2d. */
export function conv2d(x: Tensor, w: Tensor, options: ConvArguments = {}): Tensor {
  return applyOp(conv2dOp, [x, w], convAttributes(options));
}
