/** The 3×3 transposed convolution of stride 2 as a matrix product for each tap, whose results are then added in place. */
import { input, output, temporary, type BindingRole, type KernelCall, type Lowering } from '../engine/kernel.js';
import { stridesOf, type Shape } from '../engine/shape.js';
import type { ConvGeometry, WeightGeometry } from './convGeometry.js';
import {
  epilogueBindings,
  epilogueConstants,
  epilogueFlags,
  epilogueParams,
  operandsOf,
  type EpilogueAttributes,
} from './epilogue.js';
import { inBlocks, lowerPlaneProduct, productBlock, type ProductKernel } from './planeProduct.js';
import type { StorageType } from './storageType.js';
import { stridedCopyCall } from './stridedCopy.js';

const taps = 9;
const workgroupSize = 64;

/** Whether products read the picture as it is: in whole blocks of pixels. */
export function canTakeTapProducts({
  kernelHeight,
  kernelWidth,
  stride,
  groups,
  inHeight,
  inWidth,
}: ConvGeometry): boolean {
  return (
    kernelHeight === 3 && kernelWidth === 3 && stride === 2 && groups === 1 && (inHeight * inWidth) % productBlock === 0
  );
}

/** Numbers of the products of all taps. */
export function tapProductsIntermediate({ batch, outChannels, inHeight, inWidth }: ConvGeometry): number {
  return batch * taps * inBlocks(outChannels) * inHeight * inWidth;
}

/** Weights by tap: [taps, C, O in whole blocks]. */
export function tapWeightShape({ inChannels, outChannels }: WeightGeometry): Shape {
  return [taps, inChannels, inBlocks(outChannels)];
}

/** Where element `index` of w [C, O, 3, 3] lies in them. */
export function tapWeightIndex(g: WeightGeometry, index: number): number {
  const [tap, o, c] = [
    index % taps,
    Math.floor(index / taps) % g.outChannels,
    Math.floor(index / (taps * g.outChannels)),
  ];
  return (tap * g.inChannels + c) * inBlocks(g.outChannels) + o;
}

/** Channels beyond the last stay unwritten: they are computed but never read. */
export function tapWeightCall(g: WeightGeometry, operand: number): KernelCall {
  const source = { offset: 0, strides: [1, g.outChannels * taps, taps] };
  const packed = { offset: 0, strides: stridesOf(tapWeightShape(g)) };
  const call = stridedCopyCall([taps, g.inChannels, g.outChannels], operand, source, packed);
  return { ...call, bindings: { x: input(operand), y: output } };
}

/** With its epilogue, in two kernels, or three where sums are split; `weight` lies by tap. */
export function lowerTapProducts(
  g: ConvGeometry,
  weight: BindingRole,
  epilogue: EpilogueAttributes,
  shapes: readonly Shape[],
  product: ProductKernel,
  weights: StorageType,
): Lowering {
  const { batch, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth, padY, padX } = g;
  const places = inHeight * inWidth;
  const style = operandsOf(epilogue).indexOf('style');
  const { style: _, ...operands } = epilogueBindings(epilogue);
  const [firstRow, firstColumn] = [Math.floor(padY / 2), Math.floor(padX / 2)];
  const rows = Math.floor((outHeight - 1 + padY) / 2) - firstRow + 1;
  const columns = Math.floor((outWidth - 1 + padX) / 2) - firstColumn + 1;
  const products = lowerPlaneProduct(
    product,
    {
      planes: { samples: batch, count: taps, shared: true },
      inChannels,
      outChannels,
      halfWeights: weights === 'f16',
      planeSide: 0,
      places,
      bindings: { v: input(0), weight, m: temporary(0), ...(style >= 0 ? { style: input(2 + style) } : {}) },
      flops: 2 * batch * places * outChannels * inChannels * taps,
    },
    1,
  );
  return {
    temporaries: [[batch, taps, inBlocks(outChannels), places], ...products.temporaries],
    calls: [
      ...products.calls,
      {
        shader: 'tapSums',
        flags: epilogueFlags(epilogue),
        constants: { WORKGROUP_SIZE: workgroupSize, ...epilogueConstants(epilogue) },
        params: {
          ...{ inHeight, inWidth, outHeight, outWidth, padY, padX, firstRow, firstColumn, rows, columns },
          packedChannels: inBlocks(outChannels),
          pixelStride: places,
          ...epilogueParams(epilogue, shapes, [batch, outChannels, outHeight, outWidth]),
        },
        bindings: { m: temporary(0), ...operands, y: output },
        workgroups: [Math.ceil((rows * columns) / workgroupSize), outChannels, batch],
        flops: 0,
      },
    ],
  };
}
