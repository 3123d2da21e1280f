import type { Shape } from './shape.js';
import type { Tensor } from './tensor.js';

/**
 * The vocabulary in which gradients are written. Ops differentiate into each other (the gradient of a slice is a
 * pad, that of a pad a slice); handing the vocabulary to the rules keeps their files free of circular imports.
 * `src/ops/index.ts` provides it.
 */
export interface GradientOps {
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  equal(a: Tensor, b: Tensor): Tensor;
  /** a·x + b. */
  affine(x: Tensor, a: number, b: number): Tensor;
  unary(kind: 'reciprocal' | 'square' | 'sigmoid' | 'sign' | 'step' | 'sinTurns' | 'cosTurns', x: Tensor): Tensor;
  /** 1 where low ≤ x ≤ high, else 0. */
  within(x: Tensor, low: number, high: number): Tensor;
  zerosLike(x: Tensor): Tensor;
  reduceSum(x: Tensor, axes: readonly number[]): Tensor;
  /** Sums over the axes along which `shape` was broadcast to `x`. */
  sumTo(x: Tensor, shape: Shape): Tensor;
  broadcastTo(x: Tensor, shape: Shape): Tensor;
  reshape(x: Tensor, shape: Shape): Tensor;
  transpose(x: Tensor, permutation: readonly number[]): Tensor;
  slice(x: Tensor, starts: readonly number[], sizes: readonly number[], steps: readonly number[]): Tensor;
  pad(x: Tensor, shape: Shape, starts: readonly number[], steps: readonly number[]): Tensor;
  sliceAxis(x: Tensor, axis: number, start: number, size: number): Tensor;
  matmul(a: Tensor, b: Tensor, options: { transposeA: boolean; transposeB: boolean }): Tensor;
  conv2d(x: Tensor, w: Tensor, options: ConvOptions): Tensor;
  conv2dTransposed(x: Tensor, w: Tensor, options: ConvOptions & { outputPadding: readonly [number, number] }): Tensor;
  conv2dWeightGrad(x: Tensor, dy: Tensor, options: ConvOptions & { kernel: readonly [number, number] }): Tensor;
}

/** `padding` is [y, x], zeros on both sides. */
export interface ConvOptions {
  readonly stride: number;
  readonly padding: readonly [number, number];
  readonly groups: number;
}
