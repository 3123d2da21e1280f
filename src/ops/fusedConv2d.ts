import { matchOp } from '../engine/graph.js';
import type { FusionRule } from '../engine/fusion.js';
import { input, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { conv2dOp } from './conv2d.js';
import { conv2dTransposedOp } from './conv2dTransposed.js';
import {
  conv2dGeometry,
  conv2dTransposedGeometry,
  forEachTap,
  adjointGeometry,
  type ConvGeometry,
  type WeightGeometry,
} from './convGeometry.js';
import {
  adjointKernel,
  convolutionCall,
  convOutputShape,
  packedWeightShape,
  packWeightCall,
  type ConvKind,
} from './convKernel.js';
import { absorbStep, epilogueReference, operandsOf, plainEpilogue, type EpilogueAttributes } from './epilogue.js';
import { convKernelFor, tileOf, type ConvKernel, type ConvMethod, type KernelChoices } from './convMethod.js';
import { matchPlaneScale } from './planeScale.js';
import { halfConvWeight, halfConvWeightOp } from './halfConvWeight.js';
import { nearestHalf, type StorageType } from './storageType.js';
import { im2colWeightCall, im2colWeightIndex, im2colWeightShape, lowerIm2col } from './im2col.js';
import { lowerTapProducts, tapWeightCall, tapWeightIndex, tapWeightShape } from './tapProducts.js';
import {
  lowerWinograd,
  planeSideOf,
  winogradReference,
  winogradWeightCall,
  winogradWeightReference,
  winogradWeightShape,
  wholePictures,
  type PictureStorage,
} from './winograd.js';

type KindAttributes = { readonly kind: ConvKind; readonly method: ConvMethod };
type PackAttributes = KindAttributes & WeightGeometry;
type FusedConvAttributes = {
  readonly kind: ConvKind;
  /** Of products: f32 for a direct kernel. */
  readonly weights: StorageType;
} & PictureStorage &
  ConvKernel &
  ConvGeometry &
  EpilogueAttributes;

/** Weights in the order of the kernels. A node of its own, so that constant weights are packed once a model. */
export const packConvWeightOp: OpRecord<PackAttributes> = defineOp({
  name: 'packConvWeight',
  inputNames: ['w'],
  inferShape: (_, g) => {
    if (g.method === 'tapProducts') return tapWeightShape(g);
    if (g.method === 'im2col') return im2colWeightShape(g);
    const tile = tileOf(g.method);
    return tile === null ? packedWeightShape(g) : winogradWeightShape(tile, g);
  },
  reference: ({ inputs, outputShape, attributes: g }) => {
    const tile = tileOf(g.method);
    if (tile !== null) return winogradWeightReference(tile, g.kind === 'turned', g, at(inputs, 0));
    const packed = new Float64Array(sizeOf(outputShape));
    const [w, channels] = [at(inputs, 0), at(outputShape, -1)];
    for (let index = 0; index < w.length; index++) packed[packedIndex(g, index, channels)] = at(w, index);
    return packed;
  },
  lower: ({ attributes: g }) => {
    if (g.method === 'tapProducts') return singleCall(tapWeightCall(g, 0));
    if (g.method === 'im2col') return singleCall(im2colWeightCall(g.kind, g, 0));
    const tile = tileOf(g.method);
    return singleCall(
      tile === null ? packWeightCall(g.kind, g, 0, output) : winogradWeightCall(tile, g.kind === 'turned', g, 0),
    );
  },
});

/** Where element `index` of w lies in the packed weights. */
function packedIndex(g: PackAttributes, index: number, packedChannels: number): number {
  if (g.method === 'tapProducts') return tapWeightIndex(g, index);
  if (g.method === 'im2col') return im2colWeightIndex(g.kind, g, index);
  const taps = g.kernelHeight * g.kernelWidth;
  const tap = g.kind === 'turned' ? taps - 1 - (index % taps) : index % taps;
  const outPerGroup = g.outChannels / g.groups;
  const inner = g.kind === 'direct' ? g.inChannels : outPerGroup;
  const minor = Math.floor(index / taps) % inner;
  const major = Math.floor(index / (taps * inner));
  const [c, o] = g.kind === 'direct' ? [minor, major % outPerGroup] : [major % g.inChannels, minor];
  const group = Math.floor(major / (g.kind === 'direct' ? outPerGroup : g.inChannels));
  return ((group * g.inChannels + c) * taps + tap) * packedChannels + o;
}

/**
 * A convolution with everything around it in one kernel: style scaling on load; demodulation, noise, bias,
 * activation and residual on store. Inputs: x, packed weights, then the operands of the epilogue.
 */
export const fusedConv2dOp: OpRecord<FusedConvAttributes> = defineOp({
  name: 'fusedConv2d',
  inputNames: ['x', 'weight'],
  inferShape: (_, g) => convOutputShape(g),
  reference: ({ inputs, outputShape, attributes: g }) => {
    const [x, packed] = [modulated(inputs, g), at(inputs, 1)];
    const tile = tileOf(g.method);
    if (tile !== null) {
      const result = epilogueReference(winogradReference(tile, g, x, packed), inputs, outputShape, g);
      return g.result === 'f16' ? result.map(nearestHalf) : result;
    }
    const sums = new Float64Array(sizeOf(outputShape));
    const channels = at(packedWeightShape(g), -1);
    // Packed in the order of the kernels; for them, turned weights are direct ones.
    if (g.kind === 'transposed') {
      forEachTap(adjointGeometry(g), (yi, wi, xi) => {
        sums[yi] = at(sums, yi) + at(x, xi) * at(packed, packedIndex(g, wi, channels));
      });
    } else {
      forEachTap(g, (xi, wi, yi) => {
        sums[yi] = at(sums, yi) + at(x, xi) * at(packed, packedIndex({ ...g, kind: 'direct' }, wi, channels));
      });
    }
    return epilogueReference(sums, inputs, outputShape, g);
  },
  lower: ({ shapes, attributes: g }) => {
    if (g.method === 'tapProducts') return lowerTapProducts(g, input(1), g, shapes, g.product, g.weights);
    if (g.method === 'im2col') return lowerIm2col(g, input(1), g, g.product, g.weights);
    const tile = tileOf(g.method);
    return tile === null
      ? singleCall(convolutionCall(g.kind, g, input(1), g, shapes))
      : lowerWinograd(tile, g, input(1), g, shapes, g.product, g.weights, g);
  },
});

function modulated(inputs: readonly Float64Array[], g: FusedConvAttributes): Float64Array {
  const index = operandsOf(g).indexOf('style');
  if (index < 0) return at(inputs, 0);
  const style = at(inputs, 2 + index);
  const pixels = g.inHeight * g.inWidth;
  return at(inputs, 0).map((value, i) => value * at(style, Math.floor(i / pixels)));
}

/** What takes an epilogue; null for a product that is stored as it comes. */
function epilogueOf(candidate: Tensor): EpilogueAttributes | null {
  const attributes = matchOp(candidate, fusedConv2dOp)?.attributes;
  return attributes === undefined || attributes.method === 'im2col' ? null : attributes;
}

/**
 * conv2d and conv2dTransposed become the fused kernel with packed weights, taking a style on x along.
 * @param choices how it is to be computed
 */
export const convolutionRule = (choices: KernelChoices): FusionRule => ({
  name: 'convolution',
  apply: (tensor) => {
    const direct = matchOp(tensor, conv2dOp);
    if (direct !== null) {
      const g = conv2dGeometry(shapesOf(direct.inputs), direct.attributes);
      return fuseConvolution('direct', direct.inputs, g, choices);
    }
    const transposed = matchOp(tensor, conv2dTransposedOp);
    if (transposed === null) return null;
    const { kind, g } = adjointKernel(conv2dTransposedGeometry(shapesOf(transposed.inputs), transposed.attributes));
    return fuseConvolution(kind, transposed.inputs, g, choices);
  },
});

function fuseConvolution(kind: ConvKind, inputs: readonly Tensor[], g: ConvGeometry, choices: KernelChoices): Tensor {
  const { method, product } = convKernelFor(choices, kind, g);
  const [x, w] = [at(inputs, 0), at(inputs, 1)];
  const { groups, inChannels, outChannels, kernelHeight, kernelWidth } = g;
  // Without the picture's size, so that programs of other sizes and batches find the same constant.
  const weightGeometry = { groups, inChannels, outChannels, kernelHeight, kernelWidth };
  const weights = method === 'direct' ? 'f32' : (choices.weights ?? 'f32');
  const packed = packedWeight(w, { kind, method, ...weightGeometry }, weights);
  const attributes = { kind, method, product, weights, ...wholePictures, ...g, ...plainEpilogue };
  const styled = matchPlaneScale(x);
  return styled === null
    ? applyOp(fusedConv2dOp, [x, packed], attributes)
    : applyOp(fusedConv2dOp, [styled.values, packed, styled.scale], { ...attributes, operands: 'style' });
}

/** Weights in the order of a kernel, and of the type that it reads. */
export function packedWeight(w: Tensor, attributes: PackAttributes, weights: StorageType): Tensor {
  const packed = applyOp(packConvWeightOp, [w], attributes);
  const tile = tileOf(attributes.method);
  return weights === 'f32' ? packed : halfConvWeight(packed, tile === null ? 0 : planeSideOf(tile));
}

/** What `packedWeight` was given; null where weights came packed. */
export function unpackedWeight(weight: Tensor): Tensor | null {
  const halved = matchOp(weight, halfConvWeightOp);
  const packing = matchOp(halved === null ? weight : at(halved.inputs, 0), packConvWeightOp);
  return packing === null ? null : at(packing.inputs, 0);
}

const shapesOf = (tensors: readonly Tensor[]): Shape[] => tensors.map((tensor) => tensor.shape);

/** Demodulation, noise, bias with activation and residual move into the convolution before them. */
export const convolutionEpilogueRule: FusionRule = {
  name: 'convolution epilogue',
  apply: (tensor, readOnce) => {
    const step = absorbStep(tensor, (candidate) => (readOnce(candidate) ? epilogueOf(candidate) : null));
    if (step === null) return null;
    const base = matchOp(step.base, fusedConv2dOp);
    if (base === null) return null;
    const operands = step.operand === null ? base.inputs : [...base.inputs, step.operand];
    return applyOp(fusedConv2dOp, operands, { ...base.attributes, ...step.attributes });
  },
};
