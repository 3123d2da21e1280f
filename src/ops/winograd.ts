/** Winograd's minimal filtering for 3×3 convolutions of stride 1 (Lavin & Gray 2016), over tiles of 2×2 or 4×4 pixels. */
import { output, temporary, input, type BindingRole, type KernelCall, type Lowering } from '../engine/kernel.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { ConvGeometry, WeightGeometry } from './convGeometry.js';
import {
  epilogueBindings,
  epilogueConstants,
  epilogueFlags,
  epilogueParams,
  operandsOf,
  type EpilogueAttributes,
} from './epilogue.js';
import { inBlocks, lowerPlaneProduct, placesFor, type ProductKernel } from './planeProduct.js';
import type { StorageType } from './storageType.js';

/** Pixels a side that a tile computes: F(2×2, 3×3) or F(4×4, 3×3). */
export type WinogradTile = 2 | 4;

type Matrix = readonly (readonly number[])[];

/** Lavin & Gray 2016, equations 7 and 8 and their form for F(4×4, 3×3). */
const transforms: Readonly<
  Record<WinogradTile, { readonly input: Matrix; readonly weight: Matrix; readonly output: Matrix }>
> = {
  2: {
    input: [
      [1, 0, -1, 0],
      [0, 1, 1, 0],
      [0, -1, 1, 0],
      [0, 1, 0, -1],
    ],
    weight: [
      [1, 0, 0],
      [1 / 2, 1 / 2, 1 / 2],
      [1 / 2, -1 / 2, 1 / 2],
      [0, 0, 1],
    ],
    output: [
      [1, 1, 1, 0],
      [0, 1, -1, -1],
    ],
  },
  4: {
    input: [
      [4, 0, -5, 0, 1, 0],
      [0, -4, -4, 1, 1, 0],
      [0, 4, -4, -1, 1, 0],
      [0, -2, -1, 2, 1, 0],
      [0, 2, -1, -2, 1, 0],
      [0, 4, 0, -5, 0, 1],
    ],
    weight: [
      [1 / 4, 0, 0],
      [-1 / 6, -1 / 6, -1 / 6],
      [-1 / 6, 1 / 6, -1 / 6],
      [1 / 24, 1 / 12, 1 / 6],
      [1 / 24, -1 / 12, 1 / 6],
      [0, 0, 1],
    ],
    output: [
      [1, 1, 1, 1, 1, 0],
      [0, 1, -1, 2, -2, 0],
      [0, 1, 1, 4, 4, 0],
      [0, 1, -1, 8, -8, 1],
    ],
  },
};

const taps = 3;
const workgroupSize = 64;

export const planeSideOf = (tile: WinogradTile): number => tile + taps - 1;

/** Planes of the transformed domain: (tile + 2)². */
export const planesOf = (tile: WinogradTile): number => planeSideOf(tile) ** 2;

/** Transformed weights: [planes, C, O in whole blocks]. */
export function winogradWeightShape(tile: WinogradTile, g: WeightGeometry): Shape {
  return [planesOf(tile), g.inChannels, inBlocks(g.outChannels)];
}

interface Tiling {
  readonly tilesPerRow: number;
  readonly tiles: number;
  /** Tiles that there is room for. */
  readonly tileStride: number;
}

function tilingOf(tile: WinogradTile, g: ConvGeometry, product: ProductKernel): Tiling {
  const tilesPerRow = Math.ceil(g.outWidth / tile);
  const tiles = tilesPerRow * Math.ceil(g.outHeight / tile);
  return { tilesPerRow, tiles, tileStride: placesFor(product, tiles) };
}

/** Numbers of the larger of the two intermediates, at the most. */
export function winogradIntermediate(tile: WinogradTile, g: ConvGeometry): number {
  const channels = Math.max(g.inChannels, inBlocks(g.outChannels));
  return g.batch * planesOf(tile) * channels * tilingOf(tile, g, 'workgroup').tileStride;
}

/** G w Gᵀ of w [O, C, 3, 3], or, `turned`, of w [C, O, 3, 3] by 180°. */
export function winogradWeightCall(
  tile: WinogradTile,
  turned: boolean,
  { inChannels, outChannels }: WeightGeometry,
  operand: number,
): KernelCall {
  return {
    shader: 'winogradWeight',
    flags: { large: tile === 4, turned },
    constants: { WORKGROUP_SIZE: workgroupSize },
    params: { inChannels, outChannels, packedChannels: inBlocks(outChannels) },
    bindings: { x: input(operand), y: output },
    workgroups: [Math.ceil(outChannels / workgroupSize), inChannels, 1],
    flops: 0,
  };
}

/**
 * What becomes of pixels in even and odd rows and columns: `double` writes the four pictures that are computed into one that is
 * twice as high and wide, `halve` reads the four pictures that are convolved from such a one. Both take tiles of 4×4.
 */
export type Interleaving = 'none' | 'double' | 'halve';

/** Pictures, of even and odd rows and columns. */
export const phases = 4;

/** What pictures are stored as, before and after a convolution. */
export type PictureStorage = { readonly source: StorageType; readonly result: StorageType };
export const wholePictures: PictureStorage = { source: 'f32', result: 'f32' };

/**
 * A convolution with its epilogue in three kernels, or four where sums are split; `weight` is transformed.
 * @param g of the convolution as it is computed: with `interleaving`, of four times the channels on one side
 */
export function lowerWinograd(
  tile: WinogradTile,
  g: ConvGeometry,
  weight: BindingRole,
  epilogue: EpilogueAttributes,
  shapes: readonly Shape[],
  product: ProductKernel,
  weights: StorageType,
  pictures: PictureStorage,
  interleaving: Interleaving = 'none',
): Lowering {
  const { tilesPerRow, tiles, tileStride } = tilingOf(tile, g, product);
  const { batch, inChannels, outChannels, inHeight, inWidth, outHeight, outWidth, padY, padX } = g;
  const [planes, packedChannels, large] = [planesOf(tile), inBlocks(outChannels), tile === 4];
  const style = operandsOf(epilogue).indexOf('style');
  const { style: _, ...operands } = epilogueBindings(epilogue);
  const [halving, doubling] = [interleaving === 'halve', interleaving === 'double'];
  const perTile = [Math.ceil(tiles / workgroupSize), inChannels, batch] as const;
  const outputShape = doubling
    ? [batch, outChannels / phases, 2 * outHeight, 2 * outWidth]
    : [batch, outChannels, outHeight, outWidth];
  const products = lowerPlaneProduct(
    product,
    {
      planes: { samples: batch, count: planes, shared: false },
      inChannels,
      outChannels,
      halfWeights: weights === 'f16',
      planeSide: planeSideOf(tile),
      places: tileStride,
      bindings: { v: temporary(0), weight, m: temporary(1) },
      // Of the convolution, so that rates compare: what is multiplied here is 2.25 or 4 times less; with interleaving as much.
      flops:
        (2 * batch * outHeight * outWidth * outChannels * inChannels * taps * taps) /
        (interleaving === 'none' ? 1 : phases),
    },
    2,
  );
  return {
    temporaries: [
      [batch, planes, inChannels, tileStride],
      [batch, planes, packedChannels, tileStride],
      ...products.temporaries,
    ],
    calls: [
      {
        shader: 'winogradInput',
        flags: { large, hasStyle: style >= 0, halving, halfSource: pictures.source === 'f16' },
        constants: { WORKGROUP_SIZE: workgroupSize },
        params: {
          ...{ inChannels, inHeight, inWidth, padY, padX, tilesPerRow, tiles, tileStride },
          ...(halving ? { planeChannels: inChannels / phases } : {}),
        },
        bindings: { x: input(0), ...(style >= 0 ? { style: input(2 + style) } : {}), v: temporary(0) },
        workgroups: perTile,
        flops: 0,
      },
      ...products.calls,
      {
        shader: 'winogradOutput',
        flags: {
          ...{ large, doubling, wholeTiles: !doubling && outHeight % tile === 0 && outWidth % tile === 0 },
          halfResult: pictures.result === 'f16',
          ...epilogueFlags(epilogue),
        },
        constants: { WORKGROUP_SIZE: workgroupSize, ...epilogueConstants(epilogue) },
        params: {
          ...{ outHeight: at(outputShape, 2), outWidth: at(outputShape, 3) },
          ...{ packedChannels, tilesPerRow, tiles, tileStride },
          ...epilogueParams(epilogue, shapes, outputShape),
        },
        bindings: { m: temporary(1), ...operands, y: output },
        workgroups: [perTile[0], outChannels, batch],
        flops: 0,
      },
    ],
  };
}

/** a [rows, inner] times the square b [inner, inner] times aᵀ. */
function sandwich(a: Matrix, b: Float64Array): Float64Array {
  const inner = at(a, 0).length;
  const half = product(a, b, inner);
  const result = new Float64Array(a.length * a.length);
  for (const [i] of a.entries()) {
    for (const [j, column] of a.entries()) {
      for (const [k, factor] of column.entries())
        result[i * a.length + j] = at(result, i * a.length + j) + at(half, i * inner + k) * factor;
    }
  }
  return result;
}

function product(a: Matrix, b: Float64Array, columns: number): Float64Array {
  const result = new Float64Array(a.length * columns);
  for (const [i, row] of a.entries()) {
    for (const [k, factor] of row.entries()) {
      for (let j = 0; j < columns; j++)
        result[i * columns + j] = at(result, i * columns + j) + factor * at(b, k * columns + j);
    }
  }
  return result;
}

/** What `winogradWeightCall` computes, in f64. */
export function winogradWeightReference(
  tile: WinogradTile,
  turned: boolean,
  g: WeightGeometry,
  w: Float64Array,
): Float64Array {
  const shape = winogradWeightShape(tile, g);
  const [planes, packedChannels] = [at(shape, 0), at(shape, 2)];
  const transformed = new Float64Array(sizeOf(shape));
  for (let c = 0; c < g.inChannels; c++) {
    for (let o = 0; o < g.outChannels; o++) {
      const first = 9 * (turned ? c * g.outChannels + o : o * g.inChannels + c);
      const kernel = w.slice(first, first + 9);
      const spread = sandwich(transforms[tile].weight, turned ? kernel.reverse() : kernel);
      for (let plane = 0; plane < planes; plane++) {
        transformed[(plane * g.inChannels + c) * packedChannels + o] = at(spread, plane);
      }
    }
  }
  return transformed;
}

/** The sums of a convolution by transformed weights, in f64: [N, O, H, W]. */
export function winogradReference(
  tile: WinogradTile,
  g: ConvGeometry,
  x: Float64Array,
  weight: Float64Array,
): Float64Array {
  const [side, planes, packedChannels] = [tile + taps - 1, planesOf(tile), inBlocks(g.outChannels)];
  const sums = new Float64Array(g.batch * g.outChannels * g.outHeight * g.outWidth);
  for (let n = 0; n < g.batch; n++) {
    for (let top = 0; top < g.outHeight; top += tile) {
      for (let left = 0; left < g.outWidth; left += tile) {
        const spreads = Array.from({ length: g.inChannels }, (_, c) =>
          sandwich(transforms[tile].input, patchOf(g, x, n * g.inChannels + c, top - g.padY, left - g.padX, side)),
        );
        for (let o = 0; o < g.outChannels; o++) {
          const products = new Float64Array(planes);
          for (const [c, spread] of spreads.entries()) {
            for (let plane = 0; plane < planes; plane++) {
              const factor = at(weight, (plane * g.inChannels + c) * packedChannels + o);
              products[plane] = at(products, plane) + factor * at(spread, plane);
            }
          }
          placeTile(g, sums, n * g.outChannels + o, top, left, sandwich(transforms[tile].output, products));
        }
      }
    }
  }
  return sums;
}

function patchOf(
  g: ConvGeometry,
  x: Float64Array,
  plane: number,
  top: number,
  left: number,
  side: number,
): Float64Array {
  return Float64Array.from({ length: side * side }, (_, index) => {
    const [row, column] = [top + Math.floor(index / side), left + (index % side)];
    const isInside = row >= 0 && row < g.inHeight && column >= 0 && column < g.inWidth;
    return isInside ? at(x, (plane * g.inHeight + row) * g.inWidth + column) : 0;
  });
}

function placeTile(
  g: ConvGeometry,
  sums: Float64Array,
  plane: number,
  top: number,
  left: number,
  values: Float64Array,
): void {
  const tile = Math.sqrt(values.length);
  for (const [index, value] of values.entries()) {
    const [row, column] = [top + Math.floor(index / tile), left + (index % tile)];
    if (row < g.outHeight && column < g.outWidth) sums[(plane * g.outHeight + row) * g.outWidth + column] = value;
  }
}
