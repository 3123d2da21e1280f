import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { input } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sameShape, sizeOf } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { inverseAt, slopeAttributes, slopeParams, type SlopeAttributes } from './activationSlope.js';
import { biasActOp } from './biasAct.js';
import { biasActGradOp } from './biasActGrad.js';
import { binaryOp } from './binary.js';
import { isNoisePlane } from './epilogue.js';
import { fusedFilteredLreluOp } from './fusedFilteredLrelu.js';
import { matchPlaneScale } from './planeScale.js';
import { reduceOp } from './reduce.js';
import { lowerReductions } from './reduction.js';
import { reshapeOp } from './reshape.js';
import { unaryOp } from './unary.js';

type ScaleGradAttributes = SlopeAttributes & { readonly hasNoise: boolean; readonly hasBias: boolean };

/**
 * Gradient of the scale d of y = clamp(gain · act(u · d + noise + b)) from the saved output: where the gradient dx of
 * the bracket is not 0, y tells u · d, so that the convolution's result u need not be kept and the layer's forward
 * stays one kernel. Inputs: dx, y, d, then those there are of noise and b; d must not be 0.
 */
export const fusedScaleGradOp: OpRecord<ScaleGradAttributes> = defineOp({
  name: 'fusedScaleGrad',
  inputNames: ['dx', 'y', 'scale'],
  inferShape: (shapes) => at(shapes, 2),
  reference: ({ inputs, shapes, outputShape, attributes }) => {
    const [dx, y, scale] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const noise = attributes.hasNoise ? at(inputs, 3) : null;
    const bias = attributes.hasBias ? at(inputs, -1) : null;
    const [pixels, channels] = [sizeOf(at(shapes, 0).slice(2)), at(outputShape, 1)];
    const sums = new Float64Array(sizeOf(outputShape));
    dx.forEach((gradient, index) => {
      const plane = Math.floor(index / pixels);
      const row = noise === null || noise.length === pixels ? 0 : Math.floor(plane / channels);
      const shift = (noise?.[row * pixels + (index % pixels)] ?? 0) + (bias?.[plane % channels] ?? 0);
      const scaled = inverseAt(at(y, index), attributes) - shift;
      sums[plane] = at(sums, plane) + (gradient * scaled) / at(scale, plane);
    });
    return sums;
  },
  lower: ({ shapes, outputShape, attributes: { hasNoise, hasBias, ...slope } }) => {
    const size = sizeOf(at(shapes, 0).slice(2));
    const noisePixels = hasNoise ? sizeOf(at(shapes, 3)) : size;
    return lowerReductions(
      {
        shader: 'scaleGrad',
        flags: { hasNoise, hasBias },
        params: {
          channels: at(outputShape, 1),
          noiseSampleStride: noisePixels === size ? 0 : size,
          ...slopeParams(slope),
        },
        bindings: {
          dx: input(0),
          saved: input(1),
          scale: input(2),
          ...(hasNoise ? { noise: input(3) } : {}),
          ...(hasBias ? { bias: input(hasNoise ? 4 : 3) } : {}),
        },
      },
      [{ outer: sizeOf(outputShape), size, inner: 1 }],
      false,
    );
  },
});

/** Σ dx · u over each plane, where dx is the gradient of a bias and activation that u · d went into. */
export const scaleGradRule: FusionRule = {
  name: 'scale gradient',
  apply: (tensor) => {
    const sum = matchOp(tensor, reduceOp);
    const product = sum?.attributes.kind === 'sum' ? matchOp(at(sum.inputs, 0), binaryOp) : null;
    if (product?.attributes.kind !== 'mul') return null;
    const [dx, u] = [at(product.inputs, 0), at(product.inputs, 1)];
    const saved = matchSaved(dx);
    const layer = saved === null ? null : matchLayer(saved.y, u, saved.slopes);
    if (saved === null || layer === null || !sameShape(tensor.shape, layer.scale.shape)) return null;
    const { scale, noise, bias, y } = layer;
    return applyOp(
      fusedScaleGradOp,
      [dx, y, scale, noise, bias].filter((operand) => operand !== null),
      { ...saved.slopes, hasNoise: noise !== null, hasBias: bias !== null },
    );
  },
};

/**
 * What is kept of the layer that dx is a gradient of: the output of its activation, or of its bias where a filtered
 * leaky ReLU follows, whose gradient starts from there.
 */
function matchSaved(dx: Tensor): { readonly y: Tensor; readonly slopes: SlopeAttributes } | null {
  const activation = matchOp(dx, biasActGradOp);
  if (activation !== null) return { y: at(activation.inputs, 1), slopes: activation.attributes };
  const reference = matchOp(dx, fusedFilteredLreluOp)?.inputs[3];
  return reference === undefined ? null : { y: reference, slopes: { positive: 1, negative: 1, clamp: null } };
}

interface Layer {
  readonly y: Tensor;
  readonly scale: Tensor;
  readonly noise: Tensor | null;
  readonly bias: Tensor | null;
}

/** y = biasAct(u · scale + noise, bias) of these slopes, with a scale that is never 0; null when y is anything else. */
function matchLayer(y: Tensor, u: Tensor, slopes: SlopeAttributes): Layer | null {
  const act = matchOp(y, biasActOp);
  if (act?.attributes.dim !== 1 || !sameSlopes(slopeAttributes(act.attributes), slopes)) return null;
  const { scaled, noise } = withoutNoise(at(act.inputs, 0));
  const product = matchPlaneScale(scaled);
  if (product?.values !== u || !isReciprocalRoot(product.scale)) return null;
  return { y, scale: product.scale, noise, bias: act.inputs[1] ?? null };
}

function sameSlopes(a: SlopeAttributes | null, b: SlopeAttributes): boolean {
  return a?.positive === b.positive && a.negative === b.negative && a.clamp === b.clamp;
}

function withoutNoise(tensor: Tensor): { readonly scaled: Tensor; readonly noise: Tensor | null } {
  const sum = matchOp(tensor, binaryOp);
  if (sum?.attributes.kind !== 'add') return { scaled: tensor, noise: null };
  const [scaled, noise] = [at(sum.inputs, 0), at(sum.inputs, 1)];
  return sameShape(scaled.shape, tensor.shape) && isNoisePlane(noise.shape, tensor.shape)
    ? { scaled, noise }
    : { scaled: tensor, noise: null };
}

/** rsqrt is positive: demodulation coefficients. */
function isReciprocalRoot(tensor: Tensor): boolean {
  const view = matchOp(tensor, reshapeOp);
  return matchOp(view === null ? tensor : at(view.inputs, 0), unaryOp)?.attributes.kind === 'rsqrt';
}
