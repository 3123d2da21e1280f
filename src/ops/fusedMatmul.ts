import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { activationValue, type Activation } from './activations.js';
import { biasActOp } from './biasAct.js';
import { lowerMatmul, matmulLayout, matmulOp, multiply, type MatmulLayout } from './matmul.js';
import { reshapeOp } from './reshape.js';
import { sliceOp } from './slice.js';
import { matchScaled, unaryOp } from './unary.js';

type FusedMatmulAttributes = MatmulLayout & {
  readonly hasBias: boolean;
  readonly squareInput: boolean;
  /** Not null: the result is rsqrt(sum + epsilon), the demodulation coefficients. */
  readonly rsqrtEpsilon: number | null;
  readonly act: Activation;
  readonly alpha: number;
  readonly gain: number;
  readonly clamp: number | null;
};

/** A dense layer (product, bias, activation) or a demodulation (square, product, rsqrt) in one kernel. */
export const fusedMatmulOp: OpRecord<FusedMatmulAttributes> = defineOp({
  name: 'fusedMatmul',
  inputNames: ['a', 'b', 'bias'],
  inferShape: (_, { rows, columns }) => [rows, columns],
  reference: ({ inputs, attributes }) => {
    const { squareInput, rsqrtEpsilon, hasBias, columns, act, alpha, gain, clamp } = attributes;
    const a = squareInput ? at(inputs, 0).map((value) => value * value) : at(inputs, 0);
    const limit = clamp ?? Infinity;
    return multiply(a, at(inputs, 1), attributes).map((sum, index) => {
      const value = rsqrtEpsilon === null ? sum : 1 / Math.sqrt(sum + rsqrtEpsilon);
      const shifted = value + (hasBias ? at(at(inputs, 2), index % columns) : 0);
      return Math.min(Math.max(activationValue(act, shifted, alpha) * gain, -limit), limit);
    });
  },
  lower: ({ attributes }) => {
    const { hasBias, squareInput, rsqrtEpsilon, act, alpha, gain, clamp, ...layout } = attributes;
    return lowerMatmul(layout, { hasBias, squareInput, rsqrtEpsilon, act, alpha, gain, clamp });
  },
});

/** The bare product; null unless `tensor` is a product of matrices. A row read out of a stack costs nothing. */
function productOf(
  tensor: Tensor,
): { readonly inputs: readonly Tensor[]; readonly attributes: FusedMatmulAttributes } | null {
  const match = matchOp(tensor, matmulOp);
  if (match === null || tensor.shape.length !== 2) return null;
  const [a, b] = [at(match.inputs, 0), at(match.inputs, 1)];
  const layout = matmulLayout([a.shape, b.shape], match.attributes);
  const plain = {
    hasBias: false,
    squareInput: false,
    rsqrtEpsilon: null,
    act: 'linear',
    alpha: 0,
    gain: 1,
    clamp: null,
  } as const;
  const rows = match.attributes.transposeA ? null : matchRows(a);
  if (rows === null) return { inputs: [a, b], attributes: { ...layout, ...plain } };
  return {
    inputs: [rows.stack, b],
    attributes: { ...layout, aOffset: rows.offset, aRowStride: rows.stride, ...plain },
  };
}

/** [N, D] that is row i of every sample of a stack [N, L, D]. */
function matchRows(
  tensor: Tensor,
): { readonly stack: Tensor; readonly offset: number; readonly stride: number } | null {
  const view = matchOp(tensor, reshapeOp);
  const cut = view === null ? null : matchOp(at(view.inputs, 0), sliceOp);
  if (cut === null) return null;
  const stack = at(cut.inputs, 0);
  const { starts, sizes, steps } = cut.attributes;
  const [n = 0, length = 0, depth = 0] = stack.shape;
  const wholeRows = stack.shape.length === 3 && sizes[0] === n && sizes[1] === 1 && sizes[2] === depth;
  if (!wholeRows || steps.some((step) => step !== 1)) return null;
  return { stack, offset: at(starts, 1) * depth, stride: length * depth };
}

/** A product with at most a factor, and nothing else after it. */
export function linearProductOf(
  tensor: Tensor,
): { readonly inputs: readonly Tensor[]; readonly attributes: MatmulLayout & { readonly gain: number } } | null {
  const product = matchOp(tensor, fusedMatmulOp) ?? productOf(tensor);
  if (product === null) return null;
  const { hasBias, squareInput, rsqrtEpsilon, act, clamp } = product.attributes;
  const isLinear = !hasBias && !squareInput && rsqrtEpsilon === null && act === 'linear' && clamp === null;
  return isLinear ? product : null;
}

/** A factor on the left operand of a product becomes its gain. */
export const scaledMatmulRule: FusionRule = {
  name: 'product of scaled rows',
  apply: (tensor, readOnce) => {
    const product = matchOp(tensor, matmulOp) === null ? null : productOf(tensor);
    const left = product === null ? null : at(product.inputs, 0);
    const scaled = left !== null && readOnce(left) ? matchScaled(left) : null;
    if (product === null || scaled === null) return null;
    return applyOp(fusedMatmulOp, [scaled.x, at(product.inputs, 1)], { ...product.attributes, gain: scaled.factor });
  },
};

/** matmul then biasAct along the last axis: a dense layer. */
export const denseRule: FusionRule = {
  name: 'dense',
  apply: (tensor, readOnce) => {
    const match = matchOp(tensor, biasActOp);
    if (match === null || match.attributes.dim !== 1 || tensor.shape.length !== 2) return null;
    const source = at(match.inputs, 0);
    const product = readOnce(source) ? productOf(source) : null;
    if (product === null) return null;
    const bias = match.inputs[1];
    const { act, alpha, gain, clamp } = match.attributes;
    return applyOp(fusedMatmulOp, bias === undefined ? product.inputs : [...product.inputs, bias], {
      ...product.attributes,
      hasBias: bias !== undefined,
      act,
      alpha,
      gain,
      clamp,
    });
  },
};

/** A factor on a linear layer's output (the styles of an RGB layer) becomes its gain. */
export const denseGainRule: FusionRule = {
  name: 'dense gain',
  apply: (tensor, readOnce) => {
    const scaled = matchScaled(tensor);
    const layer = scaled === null ? null : matchOp(scaled.x, fusedMatmulOp);
    if (scaled === null || layer === null || !readOnce(scaled.x) || layer.attributes.clamp !== null) return null;
    return applyOp(fusedMatmulOp, layer.inputs, {
      ...layer.attributes,
      gain: layer.attributes.gain * scaled.factor,
    });
  },
};

/** rsqrt(s² × W + epsilon): the demodulation coefficients of modulatedConv2d. */
export const demodulationRule: FusionRule = {
  name: 'demodulation',
  apply: (tensor, readOnce) => {
    const root = matchOp(tensor, unaryOp);
    if (root?.attributes.kind !== 'rsqrt') return null;
    const shifted = at(root.inputs, 0);
    const shift = matchOp(shifted, unaryOp);
    if (shift?.attributes.kind !== 'affine' || shift.attributes.a !== 1 || !readOnce(shifted)) return null;
    const source = at(shift.inputs, 0);
    const product = readOnce(source) ? productOf(source) : null;
    const squared = product === null ? null : matchOp(at(product.inputs, 0), unaryOp);
    if (product === null || squared?.attributes.kind !== 'square') return null;
    return applyOp(fusedMatmulOp, [at(squared.inputs, 0), at(product.inputs, 1)], {
      ...product.attributes,
      squareInput: true,
      rsqrtEpsilon: shift.attributes.b,
    });
  },
};
