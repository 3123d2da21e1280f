/**
 * A 3×3 convolution that doubles or halves a picture, and the FIR filter after or before it, as one convolution of pictures in
 * even and odd rows and columns: the filter is folded into the weights, whose four phases have 3×3 taps each. By minimal filtering
 * over tiles of 4×4 that takes 36 / 16 multiplications a tap and phase, nine an input pixel, as many as the convolution of stride
 * two takes by itself; but neither what lies between convolution and filter nor the filter's work is there any more.
 */
import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { input } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sameShape, type Shape } from '../engine/shape.js';
import type { OpRecord, Tensor } from '../engine/tensor.js';
import { conv2dOp } from './conv2d.js';
import { conv2dGeometry, type ConvGeometry, type WeightGeometry } from './convGeometry.js';
import { canInterleave, type KernelChoices } from './convMethod.js';
import { absorbStep, epilogueReference, operandsOf, plainEpilogue, type EpilogueAttributes } from './epilogue.js';
import { fusedConv2dOp, packedWeight, unpackedWeight } from './fusedConv2d.js';
import { fusedUpfirdn2dOp } from './fusedUpfirdn2d.js';
import type { ProductKernel } from './planeProduct.js';
import { nearestHalf, type StorageType } from './storageType.js';
import { reshape } from './reshape.js';
import { flip } from './slice.js';
import { transpose } from './transpose.js';
import { upfirdn2dOp, type UpfirdnAttributes } from './upfirdn2d.js';
import {
  lowerWinograd,
  phases,
  wholePictures,
  winogradReference,
  type Interleaving,
  type PictureStorage,
} from './winograd.js';

type FusedResampledConvAttributes = {
  readonly interleaving: Exclude<Interleaving, 'none'>;
  readonly product: ProductKernel;
  readonly weights: StorageType;
} & PictureStorage &
  ConvGeometry &
  EpilogueAttributes;

/** Inputs: x, packed weights of all phases, then the operands of the epilogue. The geometry is that of the four pictures. */
export const fusedResampledConv2dOp: OpRecord<FusedResampledConvAttributes> = defineOp({
  name: 'fusedResampledConv2d',
  inputNames: ['x', 'weight'],
  inferShape: (_, g) => outputShapeOf(g),
  reference: ({ inputs, outputShape, attributes: g }) => {
    const x = modulated(inputs, g);
    const pictures = g.interleaving === 'halve' ? apart(x, g.batch, g.inChannels / phases, g.inHeight, g.inWidth) : x;
    const sums = winogradReference(4, g, pictures, at(inputs, 1));
    const joined =
      g.interleaving === 'double' ? together(sums, g.batch, g.outChannels / phases, g.outHeight, g.outWidth) : sums;
    const result = epilogueReference(joined, inputs, outputShape, g);
    return g.result === 'f16' ? result.map(nearestHalf) : result;
  },
  lower: ({ shapes, attributes: g }) =>
    lowerWinograd(4, g, input(1), g, shapes, g.product, g.weights, g, g.interleaving),
});

function outputShapeOf({ interleaving, batch, outChannels, outHeight, outWidth }: FusedResampledConvAttributes): Shape {
  return interleaving === 'double'
    ? [batch, outChannels / phases, 2 * outHeight, 2 * outWidth]
    : [batch, outChannels, outHeight, outWidth];
}

function modulated(inputs: readonly Float64Array[], g: FusedResampledConvAttributes): Float64Array {
  const [x, index] = [at(inputs, 0), operandsOf(g).indexOf('style')];
  if (index < 0) return x;
  const style = at(inputs, 2 + index);
  return x.map((value, i) => value * at(style, Math.floor(i / (x.length / style.length))));
}

/** [N, C, 2H, 2W] to [N, phases, C, H, W]; calls `move` with where an element lies in both. */
function forEachPixel(
  batch: number,
  channels: number,
  height: number,
  width: number,
  move: (interleaved: number, phased: number) => void,
): void {
  const pixels = 4 * height * width;
  for (let index = 0; index < batch * channels * pixels; index++) {
    const [plane, row, column] = [
      Math.floor(index / pixels),
      Math.floor((index % pixels) / (2 * width)),
      index % (2 * width),
    ];
    const [sample, channel] = [Math.floor(plane / channels), plane % channels];
    const phase = 2 * (row % 2) + (column % 2);
    const picture = (sample * phases + phase) * channels + channel;
    move(index, (picture * height + Math.floor(row / 2)) * width + Math.floor(column / 2));
  }
}

function apart(x: Float64Array, batch: number, channels: number, height: number, width: number): Float64Array {
  const pictures = new Float64Array(x.length);
  forEachPixel(batch, channels, height, width, (from, to) => (pictures[to] = at(x, from)));
  return pictures;
}

function together(
  pictures: Float64Array,
  batch: number,
  channels: number,
  height: number,
  width: number,
): Float64Array {
  const y = new Float64Array(pictures.length);
  forEachPixel(batch, channels, height, width, (to, from) => (y[to] = at(pictures, from)));
  return y;
}

export const resampledConvolutionRules = (choices: KernelChoices): readonly FusionRule[] => [
  { name: 'doubling convolution with its filter', apply: (tensor, readOnce) => doubling(tensor, readOnce, choices) },
  { name: 'halving convolution with its filter', apply: (tensor, readOnce) => halving(tensor, readOnce, choices) },
  resampledEpilogueRule,
];

type ReadOnce = (tensor: Tensor) => boolean;

/**
 * A filter of conv2dTransposed(x, w) of stride 2: with D the output row less twice the input row, the tap of both together is
 * Σ f[j] w[k] over j − k = padding − D; it lies in the phase of D's parity, and all of a phase are three neighbours. A convolution
 * that crops, or pads, is left alone: to the filter, what it leaves out is 0.
 */
function doubling(tensor: Tensor, readOnce: ReadOnce, choices: KernelChoices): Tensor | null {
  const filter = matchOp(tensor, upfirdn2dOp);
  const base = filter === null ? null : at(filter.inputs, 0);
  const sum = base === null || !readOnce(base) ? null : matchOp(base, fusedConv2dOp);
  if (filter === null || sum === null || !isPlain(filter.attributes)) return null;
  const { kind, ...g } = sum.attributes;
  const taps = squareFilter(at(filter.inputs, 1));
  const [lead, , left] = filter.attributes.padding;
  const { batch, inChannels, inHeight, inWidth } = g;
  const isTwice = sameShape(tensor.shape, [batch, g.outChannels, 2 * inHeight, 2 * inWidth]);
  if (kind !== 'transposed' || !isThreeByTwo(g) || taps === null || !isTwice || !isSumAlone(g)) return null;
  if (left !== lead || g.padY > 0 || g.padX > 0 || lead > 1 || taps > 3 + lead) return null;
  const phased = phasedGeometry(g, inChannels, phases * g.outChannels, inHeight, inWidth);
  if (!canInterleave(choices, phased)) return null;

  const [f, w] = [at(filter.inputs, 1), unpackedWeight(at(sum.inputs, 1))];
  if (w === null) return null;
  const folded = fold(w, f, 2 + lead, taps - lead, filter.attributes.gain);
  const [c, o] = [inChannels, g.outChannels];
  // Taps run backwards, as `turned` reads them.
  const weights = reshape(transpose(reshape(folded, [c, o, 3, 2, 3, 2]), [0, 3, 5, 1, 2, 4]), [c, phases * o, 3, 3]);
  const packed = packedPhases(weights, 'turned', phased, choices);
  return applyOp(fusedResampledConv2dOp, [at(sum.inputs, 0), packed, ...sum.inputs.slice(2)], {
    interleaving: 'double',
    product: choices.product ?? 'registers',
    weights: choices.weights ?? 'f32',
    ...wholePictures,
    ...phased,
    ...plainEpilogue,
    operands: g.operands,
  });
}

/** The adjoint: conv2d of stride 2 of a filtered picture, which may be scaled plane by plane. */
function halving(tensor: Tensor, readOnce: ReadOnce, choices: KernelChoices): Tensor | null {
  const sum = matchOp(tensor, conv2dOp);
  const base = sum === null ? null : at(sum.inputs, 0);
  const filter = base === null || !readOnce(base) ? null : filterOf(base);
  if (sum === null || filter === null || !isPlain(filter.attributes)) return null;
  const g = conv2dGeometry(
    sum.inputs.map(({ shape }) => shape),
    sum.attributes,
  );
  const [x, f, w] = [at(filter.inputs, 0), at(filter.inputs, 1), at(sum.inputs, 1)];
  const taps = squareFilter(f);
  const { batch, inChannels, outChannels, outHeight, outWidth } = g;
  const isHalf = sameShape(x.shape, [batch, inChannels, 2 * outHeight, 2 * outWidth]);
  const [lead, , left] = filter.attributes.padding;
  if (!isThreeByTwo(g) || taps === null || !isHalf) return null;
  if (left !== lead || g.padY > 0 || g.padX > 0 || lead > 2 || taps > 2 + lead) return null;
  const phased = phasedGeometry(g, phases * inChannels, outChannels, outHeight, outWidth);
  if (!canInterleave(choices, phased)) return null;

  const folded = fold(w, flip(f, [0, 1]), taps + 1 - lead, 1 + lead, filter.attributes.gain);
  const [o, c] = [outChannels, inChannels];
  const weights = reshape(transpose(reshape(folded, [o, c, 3, 2, 3, 2]), [0, 3, 5, 1, 2, 4]), [o, phases * c, 3, 3]);
  const packed = packedPhases(weights, 'direct', phased, choices);
  return applyOp(fusedResampledConv2dOp, [x, packed, ...filter.inputs.slice(2)], {
    interleaving: 'halve',
    product: choices.product ?? 'registers',
    weights: choices.weights ?? 'f32',
    ...wholePictures,
    ...phased,
    ...plainEpilogue,
    operands: filter.inputs.length > 2 ? 'style' : '',
  });
}

/** Demodulation, noise, bias with activation and residual move into the kernel before them. */
const resampledEpilogueRule: FusionRule = {
  name: 'resampled convolution epilogue',
  apply: (tensor, readOnce) => {
    const step = absorbStep(tensor, (candidate) =>
      readOnce(candidate) ? (matchOp(candidate, fusedResampledConv2dOp)?.attributes ?? null) : null,
    );
    const base = step === null ? null : matchOp(step.base, fusedResampledConv2dOp);
    if (step === null || base === null) return null;
    const inputs = step.operand === null ? base.inputs : [...base.inputs, step.operand];
    return applyOp(fusedResampledConv2dOp, inputs, { ...base.attributes, ...step.attributes });
  },
};

/** A filter alone, or one whose result is scaled plane by plane and nothing else. */
function filterOf(
  tensor: Tensor,
): { readonly inputs: readonly Tensor[]; readonly attributes: UpfirdnAttributes } | null {
  const plain = matchOp(tensor, upfirdn2dOp);
  if (plain !== null) return plain;
  const fused = matchOp(tensor, fusedUpfirdn2dOp);
  if (fused === null) return null;
  const { operands, act, actGain, clamp } = fused.attributes;
  return operands === 'scale' && act === 'linear' && actGain === 1 && clamp === null ? fused : null;
}

const isPlain = ({ up, down, padding }: UpfirdnAttributes): boolean =>
  [...up, ...down].every((factor) => factor === 1) && padding.every((side) => side >= 0);

const isThreeByTwo = ({ kernelHeight, kernelWidth, stride, groups }: ConvGeometry): boolean =>
  kernelHeight === 3 && kernelWidth === 3 && stride === 2 && groups === 1;

/** Whether nothing but a style has been fused with the convolution yet. */
const isSumAlone = ({ operands, act, gain, clamp }: EpilogueAttributes): boolean =>
  (operands === '' || operands === 'style') && act === 'linear' && gain === 1 && clamp === null;

/** Taps a side of a square filter; null of another. */
function squareFilter({ shape }: Tensor): number | null {
  return shape[0] === shape[1] ? at(shape, 0) : null;
}

/** Weights [., ., 3, 3] filtered to 6×6. */
function fold(w: Tensor, f: Tensor, before: number, after: number, gain: number): Tensor {
  return applyOp(upfirdn2dOp, [w, f], {
    up: [1, 1],
    down: [1, 1],
    padding: [before, after, before, after],
    gain,
  });
}

function phasedGeometry(
  g: ConvGeometry,
  inChannels: number,
  outChannels: number,
  height: number,
  width: number,
): ConvGeometry {
  const size = { inHeight: height, inWidth: width, outHeight: height, outWidth: width };
  const kernel = { kernelHeight: 3, kernelWidth: 3, stride: 1, padY: 1, padX: 1 };
  return { batch: g.batch, groups: 1, inChannels, outChannels, ...size, ...kernel };
}

function packedPhases(
  w: Tensor,
  kind: 'direct' | 'turned',
  g: ConvGeometry,
  { weights = 'f32' }: KernelChoices,
): Tensor {
  return packedWeight(w, { kind, method: 'winograd4', ...weightGeometry(g) }, weights);
}

function weightGeometry({ groups, inChannels, outChannels, kernelHeight, kernelWidth }: ConvGeometry): WeightGeometry {
  return { groups, inChannels, outChannels, kernelHeight, kernelWidth };
}
