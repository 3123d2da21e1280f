/** A convolution of a stride as one matrix product of its weights with the pixels that each tap meets. */
import { input, output, temporary, type BindingRole, type KernelCall, type Lowering } from '../engine/kernel.js';
import { stridesOf, type Shape } from '../engine/shape.js';
import type { ConvGeometry, WeightGeometry } from './convGeometry.js';
import { operandsOf, type EpilogueAttributes } from './epilogue.js';
import { lowerPlaneProduct, productBlock, type ProductKernel } from './planeProduct.js';
import type { StorageType } from './storageType.js';
import { stridedCopyCall } from './stridedCopy.js';

const workgroupSize = 64;

const tapsOf = ({ kernelHeight, kernelWidth }: WeightGeometry): number => kernelHeight * kernelWidth;

/** Whether the product is the result as it is: of whole blocks of channels and of pixels. */
export function canTakeIm2col({ groups, stride, outChannels, outHeight, outWidth, ...g }: ConvGeometry): boolean {
  const whole = outChannels % productBlock === 0 && (outHeight * outWidth) % productBlock === 0;
  return groups === 1 && stride > 1 && g.kernelHeight * g.kernelWidth > 1 && whole;
}

/** Numbers of the pixels side by side. */
export function im2colIntermediate(g: ConvGeometry): number {
  return g.batch * tapsOf(g) * g.inChannels * g.outHeight * g.outWidth;
}

/** Weights [taps · C, O]. */
export function im2colWeightShape(g: WeightGeometry): Shape {
  return [tapsOf(g), g.inChannels, g.outChannels];
}

/** Where element `index` of w [O, C, KH, KW] lies in them. */
export function im2colWeightIndex(g: WeightGeometry, index: number): number {
  const taps = tapsOf(g);
  const [tap, c, o] = [
    index % taps,
    Math.floor(index / taps) % g.inChannels,
    Math.floor(index / (taps * g.inChannels)),
  ];
  return (tap * g.inChannels + c) * g.outChannels + o;
}

export function im2colWeightCall(g: WeightGeometry, operand: number): KernelCall {
  const taps = tapsOf(g);
  const source = { offset: 0, strides: [1, taps, g.inChannels * taps] };
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
  const products = lowerPlaneProduct(
    product,
    {
      planes: { samples: batch, count: 1, shared: false },
      inChannels: tapsOf(g) * inChannels,
      outChannels,
      halfWeights: weights === 'f16',
      planeSide: 0,
      places,
      bindings: { v: temporary(0), weight, m: output },
      flops: 2 * batch * places * outChannels * inChannels * tapsOf(g),
    },
    1,
  );
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
