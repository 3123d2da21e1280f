import { applyOp, defineOp, type Op } from '../engine/op.js';
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import {
  adjointGeometry,
  conv2dTransposedGeometry,
  convAttributes,
  forEachTap,
  type ConvArguments,
  type ConvTransposedAttributes,
  type Pair,
} from './convGeometry.js';
import { adjointKernel, lowerConvolution } from './convKernel.js';

/** Adjoint of conv2d: x [N, C, H, W] with w [C, O/groups, KH, KW]. */
export const conv2dTransposedOp: Op<ConvTransposedAttributes> = defineOp({
  name: 'conv2dTransposed',
  inputNames: ['x', 'w'],
  inferShape: (shapes, attributes) => {
    const g = conv2dTransposedGeometry(shapes, attributes);
    return [g.batch, g.outChannels, g.outHeight, g.outWidth];
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const [x, w] = [at(inputs, 0), at(inputs, 1)];
    const y = new Float64Array(sizeOf(outputShape));
    forEachTap(adjointGeometry(conv2dTransposedGeometry(shapes, attributes)), (yi, wi, xi) => {
      y[yi] = at(y, yi) + at(x, xi) * at(w, wi);
    });
    return y;
  },
  lower: ({ shapes, attributes }) => {
    const { kind, g } = adjointKernel(conv2dTransposedGeometry(shapes, attributes));
    return lowerConvolution(kind, g);
  },
  backward: ({ inputs, gradient, attributes, ops }) => {
    const [x, w] = [at(inputs, 0), at(inputs, 1)];
    const { stride, padding, groups } = attributes;
    const kernel: Pair = [at(w.shape, 2), at(w.shape, 3)];
    return {
      x: () => ops.conv2d(gradient, w, { stride, padding, groups }),
      w: () => ops.conv2dWeightGrad(gradient, x, { stride, padding, groups, kernel }),
    };
  },
});

/** As torch's conv_transpose2d. */
export function conv2dTransposed(
  x: Tensor,
  w: Tensor,
  options: ConvArguments & { readonly outputPadding?: Pair } = {},
): Tensor {
  const { outputPadding = [0, 0] } = options;
  return applyOp(conv2dTransposedOp, [x, w], { ...convAttributes(options), outputPadding });
}
