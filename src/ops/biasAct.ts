import { input, linearWorkgroups, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type BackwardContext, type Op } from '../engine/op.js';
import { at, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { slopeAttributes } from './activationSlope.js';
import {
  activationDerivative,
  activationGraph,
  activationNames,
  activationValue,
  defaultAlpha,
  defaultGain,
  type Activation,
} from './activations.js';
import { biasActGrad } from './biasActGrad.js';
import { add, mul } from './binary.js';
import { reshape } from './reshape.js';
import { affine, scale, within } from './unary.js';

export type BiasActAttributes = {
  readonly act: Activation;
  readonly alpha: number;
  readonly gain: number;
  /** The result is limited to [−clamp, clamp]; null for no limit. */
  readonly clamp: number | null;
  /** Axis along which the bias lies. */
  readonly dim: number;
};

export interface BiasActOptions {
  readonly act?: Activation;
  readonly alpha?: number | null;
  readonly gain?: number | null;
  readonly clamp?: number | null;
  readonly dim?: number;
}

const workgroupSize = 64;
/** Largest finite f32: clamping to it changes nothing. */
const noClamp = 3.4028234663852886e38;

/** y = clamp(gain · act(x + b)), stylegan2-ada-pytorch torch_utils/ops/bias_act.py. */
export const biasActOp: Op<BiasActAttributes> = defineOp({
  name: 'biasAct',
  inputNames: ['x', 'b'],
  inferShape: (shapes, { dim }) => {
    const [x = [], b] = shapes;
    if (b !== undefined && (b.length !== 1 || at(b, 0) !== x[dim])) {
      throw shapeError('biasAct', shapes, `the bias must hold one value for each of axis ${dim}`);
    }
    return x;
  },
  reference: ({ inputs, outputShape, attributes }) => {
    const bias = inputs[1];
    const inner = sizeOf(outputShape.slice(attributes.dim + 1));
    const channels = outputShape[attributes.dim] ?? 1;
    const limit = attributes.clamp ?? Infinity;
    return at(inputs, 0).map((x, index) => {
      const shifted = x + (bias === undefined ? 0 : at(bias, Math.floor(index / inner) % channels));
      const value = activationValue(attributes.act, shifted, attributes.alpha) * attributes.gain;
      return Math.min(Math.max(value, -limit), limit);
    });
  },
  lower: ({ shapes, outputShape, attributes }) => {
    const size = sizeOf(outputShape);
    const hasBias = shapes.length > 1;
    const innerSize = sizeOf(outputShape.slice(attributes.dim + 1));
    const quads = (hasBias ? innerSize : size) % 4 === 0;
    const lanes = quads ? 4 : 1;
    const count = size / lanes;
    return singleCall({
      shader: 'biasAct',
      flags: { hasBias, quads },
      constants: { WORKGROUP_SIZE: workgroupSize, ...activationConstants(attributes.act) },
      params: {
        count,
        channels: outputShape[attributes.dim] ?? 1,
        inner: Math.max(1, innerSize / lanes),
        ...activationParams(attributes),
      },
      bindings: { x: input(0), ...(hasBias ? { bias: input(1) } : {}), y: output },
      workgroups: linearWorkgroups(count, workgroupSize),
      flops: 3 * size,
    });
  },
  backward: (context) => ({
    x: () => preActivationGradient(context),
    b: () => {
      const b = at(context.inputs, 1);
      return context.ops.reshape(context.ops.sumTo(preActivationGradient(context), biasShape(context)), b.shape);
    },
  }),
});

export function activationConstants(act: Activation): Record<string, number> {
  return { ACTIVATION: activationNames.indexOf(act) };
}

export function activationParams(attributes: {
  readonly alpha: number;
  readonly gain: number;
  readonly clamp: number | null;
}): Record<string, number> {
  return { alpha: attributes.alpha, gain: attributes.gain, clampTo: attributes.clamp ?? noClamp };
}

/** The bias's shape as it broadcasts against x. */
function biasShape({ inputs, attributes }: BackwardContext<BiasActAttributes>): number[] {
  return at(inputs, 0).shape.map((extent, axis) => (axis === attributes.dim ? extent : 1));
}

/** By the output where it tells the slope, so that neither x nor x + b is needed again. */
function preActivationGradient(context: BackwardContext<BiasActAttributes>): Tensor {
  const { output: y, gradient, attributes } = context;
  if (attributes.act === 'linear' && attributes.clamp === null) return scale(gradient, attributes.gain);
  const slope = slopeAttributes(attributes);
  return slope === null ? gradientByInput(context) : biasActGrad(gradient, y, slope);
}

function gradientByInput(context: BackwardContext<BiasActAttributes>): Tensor {
  const { inputs, gradient, attributes } = context;
  const [x, b] = [at(inputs, 0), inputs[1]];
  const shifted = b === undefined ? x : add(x, reshape(b, biasShape(context)));
  const { act, alpha, gain } = attributes;
  const slope = affine(mul(gradient, activationDerivative(act, shifted, alpha)), gain, 0);
  if (attributes.clamp === null) return slope;
  const unclamped = scale(activationGraph(act, shifted, alpha), gain);
  return mul(slope, within(unclamped, -attributes.clamp, attributes.clamp));
}

/** Bias (optional, along `dim`), activation, gain (default: the activation's), clamp. */
export function biasAct(x: Tensor, b: Tensor | null, options: BiasActOptions = {}): Tensor {
  const attributes = biasActAttributes(options);
  const { act, gain, clamp: limit } = attributes;
  if (b === null && act === 'linear' && gain === 1 && limit === null) return x;
  return applyOp(biasActOp, b === null ? [x] : [x, b], attributes);
}

function biasActAttributes(options: BiasActOptions): BiasActAttributes {
  const act = options.act ?? 'linear';
  return {
    act,
    alpha: options.alpha ?? defaultAlpha,
    gain: options.gain ?? defaultGain(act),
    clamp: options.clamp ?? null,
    dim: options.dim ?? 1,
  };
}
