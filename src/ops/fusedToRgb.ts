import type { FusionRule } from '../engine/fusion.js';
import { matchOp } from '../engine/graph.js';
import { input, output, singleCall } from '../engine/kernel.js';
import { applyOp, defineOp } from '../engine/op.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { OpRecord } from '../engine/tensor.js';
import { activationValue, type Activation } from './activations.js';
import { activationConstants, activationParams } from './biasAct.js';
import { operandsOf } from './epilogue.js';
import { fusedConv2dOp } from './fusedConv2d.js';
import { lanesFor } from './lanes.js';
import type { StorageType } from './storageType.js';
import { upfirdn2dOp, upfirdnReference } from './upfirdn2d.js';

type ToRgbAttributes = {
  /** [N, O, H, W] */
  readonly shape: Shape;
  readonly inChannels: number;
  /** What the features are stored as. */
  readonly source: StorageType;
  readonly hasStyle: boolean;
  readonly hasBias: boolean;
  readonly act: Activation;
  readonly alpha: number;
  readonly gain: number;
  readonly clamp: number | null;
  /** Of the filter that doubles. */
  readonly padding: readonly [number, number, number, number];
  readonly skipGain: number;
};

/** Output channels of a lane; pixels, too. */
const tile = 4;
const doubling = [2, 2] as const;

/**
 * RGB of a resolution added to the doubled RGB of those before, in one kernel. Inputs: x [N, C, H, W]; weight, packed;
 * coarse [N, O, H/2, W/2]; taps [FH, FW]; then those there are of style [N, C, 1, 1] and bias [O].
 */
export const fusedToRgbOp: OpRecord<ToRgbAttributes> = defineOp({
  name: 'fusedToRgb',
  inputNames: ['x', 'weight', 'coarse', 'taps'],
  inferShape: (_, { shape }) => shape,
  reference: ({ inputs, shapes, outputShape, attributes: g }) => {
    const { inChannels, hasStyle, hasBias, padding, skipGain } = g;
    const [, channels = 1] = outputShape;
    const pixels = sizeOf(outputShape.slice(2));
    const [x, weight, style, bias] = [at(inputs, 0), at(inputs, 1), inputs[4], inputs[hasStyle ? 5 : 4]];
    const skip = upfirdnReference(at(inputs, 2), at(inputs, 3), shapes.slice(2), outputShape, {
      up: doubling,
      down: [1, 1],
      padding,
      gain: skipGain,
    });
    const limit = g.clamp ?? Infinity;
    return skip.map((value, index) => {
      const [pixel, plane] = [index % pixels, Math.floor(index / pixels)];
      const [o, firstInput] = [plane % channels, Math.floor(plane / channels) * inChannels];
      let sum = hasBias && bias !== undefined ? at(bias, o) : 0;
      for (let c = 0; c < inChannels; c++) {
        const factor = hasStyle && style !== undefined ? at(style, firstInput + c) : 1;
        sum += at(x, (firstInput + c) * pixels + pixel) * at(weight, c * tile + o) * factor;
      }
      return value + Math.min(Math.max(activationValue(g.act, sum, g.alpha) * g.gain, -limit), limit);
    });
  },
  lower: ({ shapes, outputShape, attributes: g }) => {
    const { inChannels, hasStyle, hasBias, padding, skipGain } = g;
    const [batch = 1, channels = 1, height = 1, width = 1] = outputShape;
    const [, , coarseHeight = 1, coarseWidth = 1] = at(shapes, 2);
    const [filterHeight = 1, filterWidth = 1] = at(shapes, 3);
    const quads = (height * width) / tile;
    const lanes = lanesFor(quads);
    return singleCall({
      shader: 'toRgb',
      flags: { hasStyle, hasBias, halfSource: g.source === 'f16' },
      constants: { WORKGROUP_SIZE: lanes, ...activationConstants(g.act) },
      params: {
        ...{ inChannels, channels, width, quads, coarseHeight, coarseWidth, filterHeight, filterWidth, skipGain },
        padY: padding[0],
        padX: padding[2],
        ...activationParams(g),
      },
      bindings: {
        ...{ x: input(0), weight: input(1), coarse: input(2), filterTaps: input(3) },
        ...(hasStyle ? { style: input(4) } : {}),
        ...(hasBias ? { bias: input(hasStyle ? 5 : 4) } : {}),
        y: output,
      },
      workgroups: [Math.ceil(quads / lanes), batch, 1],
      flops: 2 * sizeOf(outputShape) * (inChannels + (filterHeight * filterWidth) / 4),
    });
  },
});

/** A 1×1 convolution of few output channels whose residual is a picture doubled for it alone. */
export const toRgbRule: FusionRule = {
  name: 'RGB with its skip',
  apply: (tensor, readOnce) => {
    const match = matchOp(tensor, fusedConv2dOp);
    if (match === null) return null;
    const { kind, method, groups, kernelHeight, kernelWidth, stride, padY, padX, ...g } = match.attributes;
    const isPointwise = kernelHeight * kernelWidth === 1 && stride === 1 && groups === 1 && padY === 0 && padX === 0;
    const operands = operandsOf(g);
    const takes = operands.includes('residual') && !operands.includes('scale') && !operands.includes('noise');
    const fits = g.outChannels <= tile && g.outWidth % tile === 0;
    if (method !== 'direct' || kind === 'transposed' || !isPointwise || !takes || !fits) return null;
    const residual = at(match.inputs, -1);
    const skip = readOnce(residual) ? matchOp(residual, upfirdn2dOp) : null;
    if (skip === null || !isDoubling(skip.attributes.up, skip.attributes.down)) return null;
    const [hasStyle, hasBias] = [operands.includes('style'), operands.includes('bias')];
    const { act, alpha, gain, clamp, inChannels } = g;
    const { padding, gain: skipGain } = skip.attributes;
    return applyOp(fusedToRgbOp, [...match.inputs.slice(0, 2), ...skip.inputs, ...match.inputs.slice(2, -1)], {
      ...{
        shape: tensor.shape,
        source: 'f32',
        inChannels,
        hasStyle,
        hasBias,
        act,
        alpha,
        gain,
        clamp,
        padding,
        skipGain,
      },
    });
  },
};

const isDoubling = (up: readonly number[], down: readonly number[]): boolean =>
  up.every((factor) => factor === 2) && down.every((factor) => factor === 1);
