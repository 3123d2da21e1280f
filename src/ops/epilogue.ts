import { input, type BindingRole } from '../engine/kernel.js';
import { matchOp } from '../engine/graph.js';
import { at, sameShape, sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { activationValue, type Activation } from './activations.js';
import { activationConstants, activationParams, biasActOp } from './biasAct.js';
import { binaryOp } from './binary.js';

/** Operands of the epilogue, in the order in which they are applied and passed. */
const epilogueOperands = ['style', 'scale', 'noise', 'bias', 'residual'] as const;
export type EpilogueOperand = (typeof epilogueOperands)[number];

/**
 * What a fused convolution or filter does beside its sum, see `shaders/lib/epilogue.wgsl`. `operands` names the
 * extra inputs that are there, in order, joined by spaces.
 */
export type EpilogueAttributes = {
  readonly operands: string;
  readonly act: Activation;
  readonly alpha: number;
  readonly gain: number;
  readonly clamp: number | null;
};

export const plainEpilogue: EpilogueAttributes = { operands: '', act: 'linear', alpha: 0, gain: 1, clamp: null };

export function operandsOf({ operands }: EpilogueAttributes): EpilogueOperand[] {
  return epilogueOperands.filter((operand) => operands.split(' ').includes(operand));
}

export function epilogueFlags(attributes: EpilogueAttributes): Record<string, boolean> {
  const has = operandsOf(attributes);
  return {
    hasScale: has.includes('scale'),
    hasNoise: has.includes('noise'),
    hasBias: has.includes('bias'),
    hasResidual: has.includes('residual'),
  };
}

/** Bindings of the operands; they follow the two inputs of the sum itself. */
export function epilogueBindings(attributes: EpilogueAttributes): Record<string, BindingRole> {
  return Object.fromEntries(operandsOf(attributes).map((operand, index) => [operand, input(2 + index)]));
}

export const epilogueConstants = ({ act }: EpilogueAttributes): Record<string, number> => activationConstants(act);

/** @param shapes of all inputs of the fused op */
export function epilogueParams(
  attributes: EpilogueAttributes,
  shapes: readonly Shape[],
  outputShape: Shape,
): Record<string, number> {
  const pixels = sizeOf(outputShape.slice(2));
  const noise = shapes[2 + operandsOf(attributes).indexOf('noise')];
  const onePlane = noise === undefined || sizeOf(noise) === pixels;
  return {
    channels: at(outputShape, 1),
    pixels,
    noiseSampleStride: onePlane ? 0 : pixels,
    ...activationParams(attributes),
  };
}

/** Applies the epilogue in f64, in place. `inputs` are all inputs of the fused op. */
export function epilogueReference(
  sums: Float64Array,
  inputs: readonly Float64Array[],
  outputShape: Shape,
  attributes: EpilogueAttributes,
): Float64Array {
  const names = operandsOf(attributes);
  const operand = (name: EpilogueOperand): Float64Array | null =>
    names.includes(name) ? at(inputs, 2 + names.indexOf(name)) : null;
  const [scale, noise, bias, residual] = [operand('scale'), operand('noise'), operand('bias'), operand('residual')];
  const [channels, pixels] = [at(outputShape, 1), sizeOf(outputShape.slice(2))];
  const limit = attributes.clamp ?? Infinity;
  return sums.map((sum, index) => {
    const plane = Math.floor(index / pixels);
    let value = sum;
    if (scale !== null) value *= at(scale, plane);
    if (noise !== null)
      value += at(
        noise,
        noise.length === pixels ? index % pixels : Math.floor(plane / channels) * pixels + (index % pixels),
      );
    if (bias !== null) value += at(bias, plane % channels);
    const active = activationValue(attributes.act, value, attributes.alpha) * attributes.gain;
    return Math.min(Math.max(active, -limit), limit) + (residual === null ? 0 : at(residual, index));
  });
}

/** An operation absorbed into a fused op: the operand it brings, if any, and the attributes that change. */
export interface Absorbed {
  readonly base: Tensor;
  readonly operand: Tensor | null;
  readonly attributes: EpilogueAttributes;
}

/**
 * If `tensor` is one more step of the epilogue of a fused op, says which. `attributesOf` gives the epilogue of a
 * candidate, or null where it is none. Steps are only taken in the order in which the kernel applies them.
 */
export function absorbStep(
  tensor: Tensor,
  attributesOf: (candidate: Tensor) => EpilogueAttributes | null,
): Absorbed | null {
  return absorbBiasAct(tensor, attributesOf) ?? absorbBinary(tensor, attributesOf);
}

function absorbBiasAct(
  tensor: Tensor,
  attributesOf: (candidate: Tensor) => EpilogueAttributes | null,
): Absorbed | null {
  const match = matchOp(tensor, biasActOp);
  if (match === null || match.attributes.dim !== 1) return null;
  const base = at(match.inputs, 0);
  const current = attributesOf(base);
  if (current === null || !isLinear(current) || has(current, 'bias', 'residual')) return null;
  const { act, alpha, gain, clamp } = match.attributes;
  const bias = match.inputs[1] ?? null;
  return {
    base,
    operand: bias,
    attributes: { ...(bias === null ? current : withOperand(current, 'bias')), act, alpha, gain, clamp },
  };
}

function absorbBinary(tensor: Tensor, attributesOf: (candidate: Tensor) => EpilogueAttributes | null): Absorbed | null {
  const match = matchOp(tensor, binaryOp);
  if (match === null || (match.attributes.kind !== 'mul' && match.attributes.kind !== 'add')) return null;
  for (const [base, other] of [match.inputs, [...match.inputs].reverse()]) {
    if (base === undefined || other === undefined || !sameShape(base.shape, tensor.shape)) continue;
    const current = attributesOf(base);
    if (current === null) continue;
    const operand = match.attributes.kind === 'mul' ? scaleRole(current, base, other) : addRole(current, base, other);
    if (operand !== null) return { base, operand: other, attributes: withOperand(current, operand) };
  }
  return null;
}

/** A factor [N, C, 1, 1] right after the sum. */
function scaleRole(current: EpilogueAttributes, base: Tensor, factor: Tensor): EpilogueOperand | null {
  const [n = 0, c = 0] = base.shape;
  const fits = sameShape(factor.shape, [n, c, 1, 1]);
  return fits && isLinear(current) && !has(current, 'scale', 'noise', 'bias', 'residual') ? 'scale' : null;
}

function addRole(current: EpilogueAttributes, base: Tensor, term: Tensor): EpilogueOperand | null {
  if (has(current, 'residual')) return null;
  if (isNoisePlane(term.shape, base.shape) && isLinear(current) && !has(current, 'noise', 'bias')) return 'noise';
  return sameShape(term.shape, base.shape) ? 'residual' : null;
}

/** One plane for all samples and channels, or one a sample. */
export function isNoisePlane(shape: Shape, map: Shape): boolean {
  const [n = 0, , h = 0, w = 0] = map;
  const planes = [
    [h, w],
    [1, h, w],
    [1, 1, h, w],
    [n, 1, h, w],
  ];
  return planes.some((plane) => sameShape(shape, plane));
}

function has(attributes: EpilogueAttributes, ...operands: readonly EpilogueOperand[]): boolean {
  return operandsOf(attributes).some((operand) => operands.includes(operand));
}

function isLinear({ act, gain, clamp }: EpilogueAttributes): boolean {
  return act === 'linear' && gain === 1 && clamp === null;
}

function withOperand(attributes: EpilogueAttributes, operand: EpilogueOperand): EpilogueAttributes {
  const operands = epilogueOperands.filter((name) => name === operand || has(attributes, name)).join(' ');
  return { ...attributes, operands };
}
