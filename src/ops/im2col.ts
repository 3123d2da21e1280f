/**
 * A convolution of a stride as one matrix product of its weights with the pixels that each tap meets; or the gradient of one of
 * 1×1, whose pixels are the picture as it is.
 */
import { input, output, temporary, type BindingRole, type KernelCall, type Lowering } from '../engine/kernel.js';
import { stridesOf, type Shape } from '../engine/shape.js';
import type { ConvGeometry, WeightGeometry } from './convGeometry.js';
import type { ConvKind } from './convKernel.js';
import { operandsOf, type EpilogueAttributes } from './epilogue.js';
import { lowerPlaneProduct, productBlock, type ProductKernel } from './planeProduct.js';
import type { StorageType } from './storageType.js';
import { stridedCopyCall } from './stridedCopy.js';

const workgroupSize = 64;

const tapsOf = ({ kernelHeight, kernelWidth }: WeightGeometry): number => kernelHeight * kernelWidth;

/**
 * Whether the product is the result as it is: of whole blocks of channels and of pixels. It takes no epilogue, so that a 1×1
 * convolution of a graph, which mostly has one, is no case for it; a gradient has none.
 */
export function canTakeIm2col(kind: ConvKind, g: ConvGeometry): boolean {
  const { groups, stride, outChannels, outHeight, outWidth } = g;
  const whole = outChannels % productBlock === 0 && (outHeight * outWidth) % productBlock === 0;
  if (groups !== 1 || !whole) return false;
  return kind === 'turned' ? isPointwise(g) : kind === 'direct' && stride > 1 && tapsOf(g) > 1;
}

/** Whether pixels need not be laid side by side. */
export const isPointwise = (g: ConvGeometry): boolean =>
  tapsOf(g) === 1 && g.stride === 1 && g.padY === 0 && g.padX === 0;

/** Numbers of the pixels side by side. */
export function im2colIntermediate(g: ConvGeometry): number {
  return g.batch * tapsOf(g) * g.inChannels * g.outHeight * g.outWidth;
}

/** Weights [taps · C, O]. */
export function im2colWeightShape(g: WeightGeometry): Shape {
  return [tapsOf(g), g.inChannels, g.outChannels];
}

/** Where element `index` of w [O, C, KH, KW], or of a turned one, [C, O, 1, 1], lies in them. */
export function im2colWeightIndex(kind: ConvKind, g: WeightGeometry, index: number): number {
  if (kind === 'turned') return index;
  const taps = tapsOf(g);
  const [tap, c, o] = [
    index % taps,
    Math.floor(index / taps) % g.inChannels,
    Math.floor(index / (taps * g.inChannels)),
  ];
  return (tap * g.inChannels + c) * g.outChannels + o;
}

export function im2colWeightCall(kind: ConvKind, g: WeightGeometry, operand: number): KernelCall {
  const taps = tapsOf(g);
  const strides = kind === 'turned' ? [1, g.outChannels, 1] : [1, taps, g.inChannels * taps];
  const source = { offset: 0, strides };
  const packed = { offset: 0, strides: stridesOf(im2colWeightShape(g)) };
  const call = stridedCopyCall([taps, g.inChannels, g.outChannels], operand, source, packed);
  return { ...call, bindings: { x: input(operand), y: output } };
}

/** Of the epilogue only a style: the product is stored as it comes. */
export function lowerIm2col(
  g: ConvGeometry,
  weight: BindingRole,
  epilogue: EpilogueAttributes,
  product: ProductKernel,
  weights: StorageType,
): Lowering {
  const { batch, inChannels, outChannels, inHeight, inWidth, outWidth, kernelHeight, kernelWidth } = g;
  const { stride, padY, padX } = g;
  const places = g.outHeight * outWidth;
  const style = operandsOf(epilogue).indexOf('style');
  const common = {
    inChannels: tapsOf(g) * inChannels,
    outChannels,
    halfWeights: weights === 'f16',
    planeSide: 0,
    places,
    flops: 2 * batch * places * outChannels * inChannels * tapsOf(g),
  };
  if (isPointwise(g)) {
    const bindings = { v: input(0), weight, ...(style >= 0 ? { style: input(2 + style) } : {}), m: output };
    return lowerPlaneProduct(product, { ...common, planes: { samples: batch, count: 1, shared: true }, bindings }, 0);
  }
  const bindings = { v: temporary(0), weight, m: output };
  const planes = { samples: batch, count: 1, shared: false };
  const products = lowerPlaneProduct(product, { ...common, planes, bindings }, 1);
  return {
    temporaries: [[batch, tapsOf(g), inChannels, places], ...products.temporaries],
    calls: [
      {
        shader: 'im2col',
        flags: { hasStyle: style >= 0 },
        constants: { WORKGROUP_SIZE: workgroupSize },
        params: { inChannels, inHeight, inWidth, outWidth, places, kernelHeight, kernelWidth, stride, padY, padX },
        bindings: { x: input(0), ...(style >= 0 ? { style: input(2 + style) } : {}), v: temporary(0) },
        workgroups: [Math.ceil(places / workgroupSize), inChannels, batch],
        flops: 0,
      },
      ...products.calls,
    ],
  };
}
