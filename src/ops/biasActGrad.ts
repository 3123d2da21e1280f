import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sameShape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { lowerSlope, slopeAt, type SlopeAttributes } from './activationSlope.js';

/**
 * Gradient of `biasAct` before its bias, read off the saved output: dx = dy · slope(y), where the slope is
 * gain · act'(x), and 0 where the output is clamped. Of a piecewise linear activation the output's sign tells the
 * input's, so that the input need not be kept; at 0 the slope is that of the negative side
 * (stylegan2-ada-pytorch torch_utils/ops/bias_act.cu: bias_act_kernel, which reads `yref` too).
 */
export const biasActGradOp: Op<SlopeAttributes> = defineOp({
  name: 'biasActGrad',
  inputNames: ['dy', 'y'],
  inferShape: (shapes) => {
    const [dy, y] = [at(shapes, 0), at(shapes, 1)];
    if (!sameShape(dy, y)) throw shapeError('biasActGrad', shapes, 'the gradient must have the shape of the output');
    return y;
  },
  reference: ({ inputs, attributes }) => {
    const y = at(inputs, 1);
    return at(inputs, 0).map((dy, index) => dy * slopeAt(at(y, index), attributes));
  },
  lower: ({ outputShape, attributes }) =>
    lowerSlope(outputShape, attributes, { dy: 0, y: 1, dyScale: null, other: null, otherScale: null }),
  backward: ({ inputs, gradient, attributes }) => ({
    dy: () => biasActGrad(gradient, at(inputs, 1), attributes),
    // Piecewise constant in y.
    y: () => null,
  }),
});

/** dy times the slope of the activation whose output was y, both of one shape. */
export function biasActGrad(dy: Tensor, y: Tensor, slope: SlopeAttributes): Tensor {
  return applyOp(biasActGradOp, [dy, y], slope);
}
