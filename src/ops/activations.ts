import type { Tensor } from '../engine/tensor.js';
import { add, mul } from './binary.js';
import { affine, unary } from './unary.js';

/** Order is that of the cases in `shaders/lib/activations.wgsl`. */
export const activationNames = [
  'linear',
  'relu',
  'lrelu',
  'tanh',
  'sigmoid',
  'elu',
  'selu',
  'softplus',
  'swish',
] as const;

export type Activation = (typeof activationNames)[number];

export function isActivation(name: unknown): name is Activation {
  return typeof name === 'string' && (activationNames as readonly string[]).includes(name);
}

/** Gains that keep variance, as in stylegan2-ada-pytorch torch_utils/ops/bias_act.py (`activation_funcs`). */
export function defaultGain(activation: Activation): number {
  return activation === 'relu' || activation === 'lrelu' || activation === 'swish' ? Math.SQRT2 : 1;
}

/** Slope of lrelu below zero unless told otherwise (same source). */
export const defaultAlpha = 0.2;

const seluScale = 1.0507009873554805;
const seluAlpha = 1.6732632423543772;

/** The activation in f64, without gain and clamp. */
export function activationValue(activation: Activation, x: number, alpha: number): number {
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return Math.max(x, 0);
    case 'lrelu':
      return x >= 0 ? x : x * alpha;
    case 'tanh':
      return Math.tanh(x);
    case 'sigmoid':
      return 1 / (1 + Math.exp(-x));
    case 'elu':
      return x >= 0 ? x : Math.expm1(x);
    case 'selu':
      return seluScale * (x >= 0 ? x : seluAlpha * Math.expm1(x));
    case 'softplus':
      return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    case 'swish':
      return x / (1 + Math.exp(-x));
  }
}

/** The activation as a graph of elementwise ops: what the fused kernels are tested against. */
export function activationGraph(activation: Activation, x: Tensor, alpha: number): Tensor {
  const positive = (): Tensor => mul(x, unary('step', x));
  switch (activation) {
    case 'linear':
      return x;
    case 'relu':
      return positive();
    case 'lrelu':
      return mul(x, affine(unary('step', x), 1 - alpha, alpha));
    case 'tanh':
      return unary('tanh', x);
    case 'sigmoid':
      return unary('sigmoid', x);
    case 'elu':
      return add(positive(), affine(unary('expOfNegative', x), 1, -1));
    case 'selu':
      return add(
        affine(positive(), seluScale, 0),
        affine(unary('expOfNegative', x), seluScale * seluAlpha, -seluScale * seluAlpha),
      );
    case 'softplus':
      return unary('softplus', x);
    case 'swish':
      return mul(x, unary('sigmoid', x));
  }
}

/** Derivative of the activation at x, itself differentiable. */
export function activationDerivative(activation: Activation, x: Tensor, alpha: number): Tensor {
  const step = (): Tensor => unary('step', x);
  /** exp(x) below zero, 0 above. */
  const negativeExp = (): Tensor => mul(unary('expOfNegative', x), affine(step(), -1, 1));
  switch (activation) {
    case 'linear':
      return affine(x, 0, 1);
    case 'relu':
      return step();
    case 'lrelu':
      return affine(step(), 1 - alpha, alpha);
    case 'tanh':
      return affine(unary('square', unary('tanh', x)), -1, 1);
    case 'sigmoid': {
      const y = unary('sigmoid', x);
      return mul(y, affine(y, -1, 1));
    }
    case 'elu':
      return add(step(), negativeExp());
    case 'selu':
      return add(affine(step(), seluScale, 0), affine(negativeExp(), seluScale * seluAlpha, 0));
    case 'softplus':
      return unary('sigmoid', x);
    case 'swish': {
      const y = unary('sigmoid', x);
      return mul(y, affine(mul(x, affine(y, -1, 1)), 1, 1));
    }
  }
}
