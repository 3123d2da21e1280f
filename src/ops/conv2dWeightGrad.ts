import {
  input,
  linearWorkgroups,
  output,
  singleCall,
  temporary,
  type KernelCall,
  type Lowering,
} from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { conv2dGeometry, forEachTap, type ConvAttributes, type ConvGeometry, type Pair } from './convGeometry.js';
import { lowerReductions, plainKernel } from './reduction.js';

export type ConvWeightGradAttributes = ConvAttributes & { readonly kernel: Pair };

const workgroupSize = 64;
/** Output channels, and taps of a row, that one invocation sums. */
const tile = 4;
/** Invocations that keep a GPU busy: fewer weights than that have their pixels split. */
const enoughInvocations = 16384;
/** Most parts that pixels are split into; a single further pass adds them up. */
const mostParts = 1024;

/** Gradient of ⟨dy, w ⋆ x⟩ with respect to w: x [N, C, H, W], dy [N, O, OH, OW] → [O, C/groups, KH, KW]. */
export const conv2dWeightGradOp: Op<ConvWeightGradAttributes> = defineOp({
  name: 'conv2dWeightGrad',
  inputNames: ['x', 'dy'],
  inferShape: (shapes, attributes) => {
    const g = weightGradGeometry(shapes, attributes);
    return [g.outChannels, g.inChannels, g.kernelHeight, g.kernelWidth];
  },
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const [x, dy] = [at(inputs, 0), at(inputs, 1)];
    const dw = new Float64Array(sizeOf(outputShape));
    forEachTap(weightGradGeometry(shapes, attributes), (xi, wi, yi) => {
      dw[wi] = at(dw, wi) + at(x, xi) * at(dy, yi);
    });
    return dw;
  },
  lower: ({ shapes, attributes }) => lowerWeightGrad(weightGradGeometry(shapes, attributes)),
  backward: ({ inputs, gradient, attributes, ops }) => {
    const [x, dy] = [at(inputs, 0), at(inputs, 1)];
    const { stride, padding, groups } = attributes;
    const g = weightGradGeometry([x.shape, dy.shape], attributes);
    return {
      x: () =>
        ops.conv2dTransposed(dy, gradient, {
          stride,
          padding,
          groups,
          outputPadding: [
            g.inHeight - ((g.outHeight - 1) * stride - 2 * g.padY + g.kernelHeight),
            g.inWidth - ((g.outWidth - 1) * stride - 2 * g.padX + g.kernelWidth),
          ],
        }),
      dy: () => ops.conv2d(x, gradient, { stride, padding, groups }),
    };
  },
});

/** Tiles of weights, with the rows of all samples split into parts where the weights alone are few. */
function lowerWeightGrad(g: ConvGeometry): Lowering {
  const count = g.outChannels * g.inChannels * g.kernelHeight * g.kernelWidth;
  const channelQuads = Math.ceil(g.outChannels / g.groups / tile);
  const tapQuads = Math.ceil(g.kernelWidth / tile);
  const tiles = g.groups * channelQuads * g.inChannels * g.kernelHeight * tapQuads;
  const rows = g.batch * g.outHeight;
  const rowsPerPart = Math.ceil(rows / Math.min(rows, mostParts, Math.ceil(enoughInvocations / tiles)));
  const parts = Math.ceil(rows / rowsPerPart);
  const call: KernelCall = {
    shader: 'conv2dWeightGrad',
    flags: { unitStride: g.stride === 1 },
    constants: { WORKGROUP_SIZE: workgroupSize },
    params: { ...g, count, parts, rowsPerPart, channelQuads, tapQuads },
    bindings: { x: input(0), dy: input(1), dw: parts === 1 ? output : temporary(0) },
    workgroups: linearWorkgroups(tiles * parts, workgroupSize),
    flops: 2 * count * rows * g.outWidth,
  };
  if (parts === 1) return singleCall(call);
  const sum = lowerReductions(plainKernel(temporary(0), false), [{ outer: 1, size: parts, inner: count }], false);
  return { temporaries: [[parts, count]], calls: [call, ...sum.calls] };
}

function weightGradGeometry(shapes: readonly Shape[], { kernel, ...conv }: ConvWeightGradAttributes): ConvGeometry {
  const [x, dy] = [at(shapes, 0), at(shapes, 1)];
  const [channels = 0, outChannels = 0] = [x[1], dy[1]];
  if (x.length !== 4 || dy.length !== 4 || channels % conv.groups !== 0 || outChannels % conv.groups !== 0) {
    throw shapeError('conv2dWeightGrad', [x, dy], `both must be NCHW, channels divisible by groups ${conv.groups}`);
  }
  const weight = [outChannels, channels / conv.groups, ...kernel];
  const g = conv2dGeometry([x, weight], conv);
  if (g.batch !== dy[0] || g.outHeight !== dy[2] || g.outWidth !== dy[3]) {
    throw shapeError('conv2dWeightGrad', [x, dy], `dy must be [${g.batch}, O, ${g.outHeight}, ${g.outWidth}]`);
  }
  return g;
}

export function conv2dWeightGrad(x: Tensor, dy: Tensor, attributes: ConvWeightGradAttributes): Tensor {
  return applyOp(conv2dWeightGradOp, [x, dy], attributes);
}
