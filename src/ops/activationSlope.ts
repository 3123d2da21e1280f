import { input, linearWorkgroups, output, singleCall, type Lowering } from '../engine/kernel.js';
import { sizeOf, type Shape } from '../engine/shape.js';
import type { Activation } from './activations.js';

/**
 * Slope of y = clamp(gain · act(x)) for a piecewise linear activation, as a function of y: `positive` where x > 0,
 * `negative` elsewhere, 0 where y is clamped. Signs suffice to tell the sides because neither slope turns them.
 */
export type SlopeAttributes = {
  readonly positive: number;
  readonly negative: number;
  readonly clamp: number | null;
};

/** Largest finite f32: no number lies beyond it. */
const noClamp = 3.4028234663852886e38;

/** Null where the output does not tell the slope: smooth activations, and an lrelu that folds negative values up. */
export function slopeAttributes(activation: {
  readonly act: Activation;
  readonly alpha: number;
  readonly gain: number;
  readonly clamp: number | null;
}): SlopeAttributes | null {
  const { act, alpha, gain, clamp } = activation;
  switch (act) {
    case 'linear':
      return { positive: gain, negative: gain, clamp };
    case 'relu':
      return { positive: gain, negative: 0, clamp };
    case 'lrelu':
      return alpha >= 0 ? { positive: gain, negative: gain * alpha, clamp } : null;
    default:
      return null;
  }
}

/** The slope where the output is y. */
export function slopeAt(y: number, { positive, negative, clamp }: SlopeAttributes): number {
  if (clamp !== null && Math.abs(y) >= clamp) return 0;
  return y * Math.sign(positive) > 0 ? positive : negative;
}

/** gain · act(x) undone: what went into the activation, or 0 where the slope is 0 and y does not tell. */
export function inverseAt(y: number, attributes: SlopeAttributes): number {
  const slope = slopeAt(y, { ...attributes, clamp: null });
  return slope === 0 ? 0 : y / slope;
}

/** Params of `shaders/lib/activationSlope.wgsl`. */
export function slopeParams({ positive, negative, clamp }: SlopeAttributes): Record<string, number> {
  return { positive, negative, orientation: Math.sign(positive), clampTo: clamp ?? noClamp };
}

/** Inputs, by index, of the kernel that multiplies by the slope; null for those that are not there. */
export interface SlopeOperands {
  readonly y: number;
  readonly dy: number;
  /** [N, C, 1, 1], multiplies dy. */
  readonly dyScale: number | null;
  /** Added to dy, after its own scale. */
  readonly other: number | null;
  readonly otherScale: number | null;
}

const workgroupSize = 64;

/** slope(y) · (dy · dyScale + other · otherScale). */
export function lowerSlope(shape: Shape, attributes: SlopeAttributes, operands: SlopeOperands): Lowering {
  const { y, dy, dyScale, other, otherScale } = operands;
  const pixels = sizeOf(shape.slice(2));
  const quads = pixels % 4 === 0;
  const lane = quads ? 4 : 1;
  const count = sizeOf(shape);
  return singleCall({
    shader: 'biasActGrad',
    flags: { hasScale: dyScale !== null, hasOther: other !== null, hasOtherScale: otherScale !== null, quads },
    constants: { WORKGROUP_SIZE: workgroupSize },
    params: { count: count / lane, pixels: pixels / lane, ...slopeParams(attributes) },
    bindings: {
      y: input(y),
      dy: input(dy),
      ...(dyScale === null ? {} : { dyScale: input(dyScale) }),
      ...(other === null ? {} : { other: input(other) }),
      ...(otherScale === null ? {} : { otherScale: input(otherScale) }),
      dx: output,
    },
    workgroups: linearWorkgroups(count / lane, workgroupSize),
    flops: count * (2 + (dyScale === null ? 0 : 1) + (other === null ? 0 : 1) + (otherScale === null ? 0 : 1)),
  });
}
