import { input, output, temporary, type BindingRole, type KernelCall, type Lowering } from '../engine/kernel.js';
import { sizeOf, stridesOf, type Shape } from '../engine/shape.js';
import type { ConvGeometry, WeightGeometry } from './convGeometry.js';
import {
  epilogueBindings,
  epilogueConstants,
  epilogueFlags,
  epilogueParams,
  operandsOf,
  plainEpilogue,
  type EpilogueAttributes,
} from './epilogue.js';
import { lanesFor } from './lanes.js';
import { stridedCopyCall } from './stridedCopy.js';

/**
 * `direct` is conv2d, `transposed` its adjoint; `turned` is an adjoint of stride 1, which is a direct convolution with
 * weights turned by 180° and input and output channels exchanged: its window slides, so that it loads less.
 */
export type ConvKind = 'direct' | 'transposed' | 'turned';

const workgroupSize = 64;
/** Pixels, and output channels, that one invocation computes. */
const tile = 4;

export function convOutputShape(g: ConvGeometry): Shape {
  return [g.batch, g.outChannels, g.outHeight, g.outWidth];
}

/** Weights as the kernels read them: [group, c, ky, kx, output channel], channels in whole vectors of 4. */
export function packedWeightShape(g: WeightGeometry): Shape {
  return [g.groups, g.inChannels, g.kernelHeight, g.kernelWidth, Math.ceil(g.outChannels / g.groups / tile) * tile];
}

/** The kernel for an adjoint, and the geometry that it wants. */
export function adjointKernel(g: ConvGeometry): { readonly kind: ConvKind; readonly g: ConvGeometry } {
  const [padY, padX] = [g.kernelHeight - 1 - g.padY, g.kernelWidth - 1 - g.padX];
  return g.stride === 1 && padY >= 0 && padX >= 0
    ? { kind: 'turned', g: { ...g, padY, padX } }
    : { kind: 'transposed', g };
}

/**
 * Packs w [O, C/groups, KH, KW] (direct) or [C, O/groups, KH, KW] (transposed, turned). Channels beyond the last stay
 * unwritten: the kernel computes them but never stores them.
 */
export function packWeightCall(
  kind: ConvKind,
  g: WeightGeometry,
  operand: number,
  destination: BindingRole,
): KernelCall {
  const outPerGroup = g.outChannels / g.groups;
  const box = [g.groups, g.inChannels, g.kernelHeight, g.kernelWidth, outPerGroup];
  const taps = g.kernelHeight * g.kernelWidth;
  const turn = kind === 'turned' ? -1 : 1;
  const inner = [turn * g.kernelWidth, turn];
  const strides =
    kind === 'direct'
      ? [outPerGroup * g.inChannels * taps, taps, ...inner, g.inChannels * taps]
      : [g.inChannels * outPerGroup * taps, outPerGroup * taps, ...inner, taps];
  const source = { offset: kind === 'turned' ? taps - 1 : 0, strides };
  const packed = { offset: 0, strides: stridesOf(packedWeightShape(g)) };
  const call = stridedCopyCall(box, operand, source, packed);
  return { ...call, bindings: { x: input(operand), y: destination } };
}

/** The convolution itself; `weight` holds packed weights. */
export function convolutionCall(
  kind: ConvKind,
  g: ConvGeometry,
  weight: BindingRole,
  epilogue: EpilogueAttributes,
  shapes: readonly Shape[],
): KernelCall {
  if (isUpsampling(kind, g)) return upsamplingCall(g, weight, epilogue, shapes);
  if (isWholeMap(kind, g)) return wholeMapCall(g, weight, epilogue, shapes);
  const transposed = kind === 'transposed';
  const phases = transposed ? g.stride * g.stride : 1;
  const phaseHeight = transposed ? Math.ceil(g.outHeight / g.stride) : g.outHeight;
  const phaseWidth = transposed ? Math.ceil(g.outWidth / g.stride) : g.outWidth;
  const quadsPerRow = Math.ceil(phaseWidth / tile);
  const quads = quadsPerRow * phaseHeight;
  const channelsPerGroup = g.outChannels / g.groups;
  const channelQuads = Math.ceil(channelsPerGroup / tile);
  const blocks = channelQuads * g.groups;
  const smallMap = quads < workgroupSize;
  const { groups, inChannels, inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth, stride, padY, padX } =
    g;
  return {
    shader: transposed ? 'conv2dTransposed' : 'conv2d',
    flags: {
      ...(transposed ? {} : { unitStride: g.stride === 1 }),
      smallMap,
      hasStyle: operandsOf(epilogue).includes('style'),
      ...epilogueFlags(epilogue),
    },
    constants: { WORKGROUP_SIZE: workgroupSize, ...epilogueConstants(epilogue) },
    params: {
      ...{ groups, inChannels, inHeight, inWidth, outHeight, outWidth, kernelHeight, kernelWidth, stride, padY, padX },
      ...(transposed ? { phaseHeight } : {}),
      channelsPerGroup,
      quadsPerRow,
      channelQuads,
      ...epilogueParams(epilogue, shapes, convOutputShape(g)),
    },
    bindings: { x: input(0), weight, ...epilogueBindings(epilogue), y: output },
    workgroups: [
      Math.ceil((smallMap ? quads * blocks : quads) / workgroupSize),
      smallMap ? 1 : blocks,
      g.batch * phases,
    ],
    flops: 2 * multiplyAdds(kind, g),
  };
}

/** What upsampling layers of StyleGAN2 do: all four phases share their pixels in one kernel. */
function isUpsampling(kind: ConvKind, { kernelHeight, kernelWidth, stride, groups }: ConvGeometry): boolean {
  return kind === 'transposed' && kernelHeight === 3 && kernelWidth === 3 && stride === 2 && groups === 1;
}

/** The first layer of most generators: 3×3 on 4×4 pixels. */
function isWholeMap(kind: ConvKind, g: ConvGeometry): boolean {
  const { kernelHeight, kernelWidth, stride, groups, inHeight, inWidth, padY, padX } = g;
  const isThreeByThree = kernelHeight === 3 && kernelWidth === 3 && padY === 1 && padX === 1;
  return kind !== 'transposed' && isThreeByThree && stride === 1 && groups === 1 && inHeight === 4 && inWidth === 4;
}

function wholeMapCall(
  g: ConvGeometry,
  weight: BindingRole,
  epilogue: EpilogueAttributes,
  shapes: readonly Shape[],
): KernelCall {
  const lanes = lanesFor(g.outChannels);
  return {
    shader: 'conv2dWholeMap',
    flags: { hasStyle: operandsOf(epilogue).includes('style'), ...epilogueFlags(epilogue) },
    constants: { WORKGROUP_SIZE: lanes, ...epilogueConstants(epilogue) },
    params: {
      inChannels: g.inChannels,
      packedChannels: Math.ceil(g.outChannels / tile) * tile,
      ...epilogueParams(epilogue, shapes, convOutputShape(g)),
    },
    bindings: { x: input(0), weight, ...epilogueBindings(epilogue), y: output },
    workgroups: [Math.ceil(g.outChannels / lanes), g.batch, 1],
    flops: 2 * multiplyAdds('direct', g),
  };
}

function upsamplingCall(
  g: ConvGeometry,
  weight: BindingRole,
  epilogue: EpilogueAttributes,
  shapes: readonly Shape[],
): KernelCall {
  const { inChannels, inHeight, inWidth, outHeight, outWidth, padY, padX } = g;
  const [firstRow, firstColumn] = [Math.floor(padY / 2), Math.floor(padX / 2)];
  const rows = Math.floor((outHeight - 1 + padY) / 2) - firstRow + 1;
  const columns = Math.floor((outWidth - 1 + padX) / 2) - firstColumn + 1;
  const quadsPerRow = Math.ceil(columns / tile);
  const channelQuads = Math.ceil(g.outChannels / tile);
  const lanes = lanesFor(rows * quadsPerRow);
  return {
    shader: 'conv2dUp',
    flags: {
      hasStyle: operandsOf(epilogue).includes('style'),
      wholeQuads: inWidth % tile === 0 && firstColumn % tile === 0,
      ...epilogueFlags(epilogue),
    },
    constants: { WORKGROUP_SIZE: lanes, ...epilogueConstants(epilogue) },
    params: {
      ...{ inChannels, inHeight, inWidth, outHeight, outWidth, padY, padX },
      ...{ firstRow, firstColumn, rows, quadsPerRow, channelQuads },
      ...epilogueParams(epilogue, shapes, convOutputShape(g)),
    },
    bindings: { x: input(0), weight, ...epilogueBindings(epilogue), y: output },
    workgroups: [Math.ceil((rows * quadsPerRow) / lanes), channelQuads, g.batch],
    flops: 2 * multiplyAdds('transposed', g),
  };
}

/** Multiply-adds done; a transposed convolution does one for each input pixel and tap. */
function multiplyAdds(kind: ConvKind, g: ConvGeometry): number {
  const positions = kind === 'transposed' ? g.inHeight * g.inWidth : g.outHeight * g.outWidth;
  return g.batch * positions * g.outChannels * g.inChannels * g.kernelHeight * g.kernelWidth;
}

/** For a convolution that no rule has fused: packs the weights each time, then convolves. */
export function lowerConvolution(kind: ConvKind, g: ConvGeometry): Lowering {
  return {
    temporaries: [[sizeOf(packedWeightShape(g))]],
    calls: [packWeightCall(kind, g, 1, temporary(0)), convolutionCall(kind, g, temporary(0), plainEpilogue, [[], []])],
  };
}
