import { matchOp } from '../engine/graph.js';
import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, type BackwardContext, type Op } from '../engine/op.js';
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';

/** Order is that of the cases in `shaders/unary.wgsl`. */
export const unaryNames = [
  'affine',
  'exp',
  'log',
  'sqrt',
  'rsqrt',
  'tanh',
  'sigmoid',
  'softplus',
  'abs',
  'sign',
  'step',
  'square',
  'reciprocal',
  'clamp',
  'within',
  'expOfNegative',
  'sinTurns',
  'cosTurns',
] as const;

export type UnaryName = (typeof unaryNames)[number];

/** `a` and `b` are used by `affine` (a·x + b), `clamp` and `within` (the interval [a, b]). */
export type UnaryAttributes = { readonly kind: UnaryName; readonly a: number; readonly b: number };

const workgroupSize = 64;

/** Elementwise functions of one operand; the output has the input's shape. */
export const unaryOp: Op<UnaryAttributes> = defineOp({
  name: 'unary',
  inputNames: ['x'],
  inferShape: ([x]) => x ?? [],
  reference: ({ inputs, attributes }) => at(inputs, 0).map((x) => unaryValue(attributes, x)),
  lower: ({ outputShape, attributes }) => {
    const count = sizeOf(outputShape);
    return singleCall({
      shader: 'unary',
      flags: {},
      constants: { WORKGROUP_SIZE: workgroupSize, OPERATION: unaryNames.indexOf(attributes.kind) },
      params: { count, a: attributes.a, b: attributes.b },
      bindings: { x: input(0), y: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: count,
    });
  },
  backward: (context) => ({ x: () => unaryGradient(context) }),
});

function unaryValue({ kind, a, b }: UnaryAttributes, x: number): number {
  switch (kind) {
    case 'affine':
      return a * x + b;
    case 'exp':
      return Math.exp(x);
    case 'log':
      return Math.log(x);
    case 'sqrt':
      return Math.sqrt(x);
    case 'rsqrt':
      return 1 / Math.sqrt(x);
    case 'tanh':
      return Math.tanh(x);
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'softplus':
      return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    case 'abs':
      return Math.abs(x);
    case 'sign':
      return Math.sign(x);
    case 'step':
      return x >= 0 ? 1 : 0;
    case 'square':
      return x * x;
    case 'reciprocal':
      return 1 / x;
    case 'clamp':
      return Math.min(Math.max(x, a), b);
    case 'within':
      return x >= a && x <= b ? 1 : 0;
    case 'expOfNegative':
      return Math.exp(Math.min(x, 0));
    case 'sinTurns':
      return Math.sin(2 * Math.PI * (x - Math.round(x)));
    case 'cosTurns':
      return Math.cos(2 * Math.PI * (x - Math.round(x)));
  }
}

function unaryGradient({
  inputs,
  output: y,
  gradient,
  attributes,
  ops,
}: BackwardContext<UnaryAttributes>): Tensor | null {
  const x = at(inputs, 0);
  switch (attributes.kind) {
    case 'affine':
      return ops.affine(gradient, attributes.a, 0);
    case 'exp':
      return ops.mul(gradient, y);
    case 'log':
      return ops.mul(gradient, ops.unary('reciprocal', x));
    case 'sqrt':
      return ops.mul(gradient, ops.affine(ops.unary('reciprocal', y), 0.5, 0));
    case 'rsqrt':
      return ops.mul(gradient, ops.affine(ops.mul(y, ops.unary('square', y)), -0.5, 0));
    case 'tanh':
      return ops.mul(gradient, ops.affine(ops.unary('square', y), -1, 1));
    case 'sigmoid':
      return ops.mul(gradient, ops.mul(y, ops.affine(y, -1, 1)));
    case 'softplus':
      return ops.mul(gradient, ops.unary('sigmoid', x));
    case 'abs':
      return ops.mul(gradient, ops.unary('sign', x));
    case 'square':
      return ops.mul(gradient, ops.affine(x, 2, 0));
    case 'reciprocal':
      return ops.mul(gradient, ops.affine(ops.unary('square', y), -1, 0));
    case 'clamp':
      return ops.mul(gradient, ops.within(x, attributes.a, attributes.b));
    case 'expOfNegative':
      return ops.mul(gradient, ops.mul(y, ops.affine(ops.unary('step', x), -1, 1)));
    case 'sinTurns':
      return ops.mul(gradient, ops.affine(ops.unary('cosTurns', x), 2 * Math.PI, 0));
    case 'cosTurns':
      return ops.mul(gradient, ops.affine(ops.unary('sinTurns', x), -2 * Math.PI, 0));
    case 'sign':
    case 'step':
    case 'within':
      // Piecewise constant: zero wherever a derivative exists.
      return null;
  }
}

/**
 * Functions without scalars. `step` is 1 for x ≥ 0; `expOfNegative` is exp(min(x, 0)), which cannot overflow; `sinTurns`
 * and `cosTurns` are sin(2πx) and cos(2πx), to about 1e-7 for any x.
 */
export function unary(kind: Exclude<UnaryName, 'affine' | 'clamp' | 'within'>, x: Tensor): Tensor {
  return applyOp(unaryOp, [x], { kind, a: 0, b: 0 });
}

/** a·x + b with scalars known now. */
export function affine(x: Tensor, a: number, b: number): Tensor {
  return a === 1 && b === 0 ? x : applyOp(unaryOp, [x], { kind: 'affine', a, b });
}

export function clamp(x: Tensor, low: number, high: number): Tensor {
  return applyOp(unaryOp, [x], { kind: 'clamp', a: low, b: high });
}

/** 1 where low ≤ x ≤ high, else 0. */
export function within(x: Tensor, low: number, high: number): Tensor {
  return applyOp(unaryOp, [x], { kind: 'within', a: low, b: high });
}

export const scale = (x: Tensor, factor: number): Tensor => affine(x, factor, 0);
export const square = (x: Tensor): Tensor => unary('square', x);
export const rsqrt = (x: Tensor): Tensor => unary('rsqrt', x);

/** factor · x, as `scale` writes it. */
export function matchScaled(tensor: Tensor): { readonly x: Tensor; readonly factor: number } | null {
  const match = matchOp(tensor, unaryOp);
  if (match?.attributes.kind !== 'affine' || match.attributes.b !== 0) return null;
  return { x: at(match.inputs, 0), factor: match.attributes.a };
}
