import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, type BackwardContext, type Op } from '../engine/op.js';
import { at, sameShape, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { axisParams, broadcastShapes, broadcastStrides, forEachOffset } from './broadcasting.js';

/** Order is that of the cases in `shaders/binary.wgsl`. */
export const binaryNames = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum', 'equal'] as const;
export type BinaryName = (typeof binaryNames)[number];
export type BinaryAttributes = { readonly kind: BinaryName };

const workgroupSize = 64;

/** Elementwise functions of two operands with NumPy broadcasting. */
export const binaryOp: Op<BinaryAttributes> = defineOp({
  name: 'binary',
  inputNames: ['a', 'b'],
  inferShape: (shapes, { kind }) => broadcastShapes(kind, at(shapes, 0), at(shapes, 1)),
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const result = new Float64Array(sizeOf(outputShape));
    const strides = shapes.map((shape) => broadcastStrides(shape, outputShape));
    forEachOffset(outputShape, strides, ([a, b], index) => {
      result[index] = binaryValue(attributes.kind, at(at(inputs, 0), a ?? 0), at(at(inputs, 1), b ?? 0));
    });
    return result;
  },
  lower: ({ shapes, outputShape, attributes }) => {
    const [a, b] = [at(shapes, 0), at(shapes, 1)];
    const count = sizeOf(outputShape);
    return singleCall({
      shader: 'binary',
      flags: { sameShape: sameShape(a, b) },
      constants: { WORKGROUP_SIZE: workgroupSize, OPERATION: binaryNames.indexOf(attributes.kind) },
      params: {
        count,
        ...axisParams('size', outputShape, 1),
        ...axisParams('strideA', broadcastStrides(a, outputShape), 0),
        ...axisParams('strideB', broadcastStrides(b, outputShape), 0),
      },
      bindings: { a: input(0), b: input(1), y: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: count,
    });
  },
  backward: (context) => ({
    a: () => summed(context, 0),
    b: () => summed(context, 1),
  }),
});

/** An operand's gradient, summed over the axes along which the operand was stretched. */
function summed(context: BackwardContext<BinaryAttributes>, operand: 0 | 1): Tensor | null {
  const stretched = operandGradient(context, operand);
  return stretched === null ? null : context.ops.sumTo(stretched, at(context.inputs, operand).shape);
}

function binaryValue(kind: BinaryName, a: number, b: number): number {
  switch (kind) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return a / b;
    case 'maximum':
      return Math.max(a, b);
    case 'minimum':
      return Math.min(a, b);
    case 'equal':
      return a === b ? 1 : 0;
  }
}

/** Gradient before the sum over broadcast axes. Where both operands of a maximum tie, the first one gets it. */
function operandGradient(context: BackwardContext<BinaryAttributes>, operand: 0 | 1): Tensor | null {
  const { gradient, output: y, attributes, ops } = context;
  const [a, b] = [at(context.inputs, 0), at(context.inputs, 1)];
  switch (attributes.kind) {
    case 'add':
      return gradient;
    case 'sub':
      return operand === 0 ? gradient : ops.affine(gradient, -1, 0);
    case 'mul':
      return ops.mul(gradient, operand === 0 ? b : a);
    case 'div':
      return operand === 0 ? ops.div(gradient, b) : ops.affine(ops.mul(gradient, ops.div(y, b)), -1, 0);
    case 'maximum':
    case 'minimum': {
      const firstWins = ops.unary('step', attributes.kind === 'maximum' ? ops.sub(a, b) : ops.sub(b, a));
      return ops.mul(gradient, operand === 0 ? firstWins : ops.affine(firstWins, -1, 1));
    }
    case 'equal':
      return null;
  }
}

function binary(kind: BinaryName, a: Tensor, b: Tensor): Tensor {
  return applyOp(binaryOp, [a, b], { kind });
}

export const add = (a: Tensor, b: Tensor): Tensor => binary('add', a, b);
export const sub = (a: Tensor, b: Tensor): Tensor => binary('sub', a, b);
export const mul = (a: Tensor, b: Tensor): Tensor => binary('mul', a, b);
export const div = (a: Tensor, b: Tensor): Tensor => binary('div', a, b);
export const maximum = (a: Tensor, b: Tensor): Tensor => binary('maximum', a, b);
export const minimum = (a: Tensor, b: Tensor): Tensor => binary('minimum', a, b);
export const equal = (a: Tensor, b: Tensor): Tensor => binary('equal', a, b);
