import { sizeOf } from '../engine/shape.js';
import type { ConvGeometry } from './convGeometry.js';
import type { ConvKind } from './convKernel.js';
import { canTakeIm2col, im2colIntermediate, isPointwise } from './im2col.js';
import type { ProductKernel } from './planeProduct.js';
import type { StorageType } from './storageType.js';
import { canTakeTapProducts, tapProductsIntermediate } from './tapProducts.js';
import { planesOf, winogradIntermediate, winogradWeightShape, type WinogradTile } from './winograd.js';

/**
 * How a convolution is computed: in one kernel, by Winograd's minimal filtering over tiles of 2×2 or 4×4 pixels, or, where it
 * doubles a picture, by a matrix product for each tap; or, with a stride, by one matrix product.
 */
export const convMethods = ['direct', 'winograd2', 'winograd4', 'tapProducts', 'im2col'] as const;
export type ConvMethod = (typeof convMethods)[number];

/** What is asked for: a method wherever it can be used, or the one that is expected to be fastest. */
export const convChoices = ['auto', ...convMethods] as const;
export type ConvChoice = (typeof convChoices)[number];

/** Numbers that a binding of the size that WebGPU guarantees holds. */
const mostNumbers = (128 * 2 ** 20) / 4;
/** Of one dimension; planes of a batch lie along it. */
const mostWorkgroups = 65535;
/** Below this many channels, transforming costs more than it saves. */
const fewestChannels = 16;
const manyChannels = 256;

/** How a convolution is computed, and the products within it, where its method has any. */
export type ConvKernel = { readonly method: ConvMethod; readonly product: ProductKernel };

/** Which kernels a library uses. */
export interface KernelChoices {
  /** How convolutions are computed, where it can be chosen; by default what is expected to be fastest. */
  readonly convolution?: ConvChoice;
  /** How their products are; by default what suits adapters that compute on the processor. */
  readonly product?: ProductKernel;
  /** What products read their weights as; sums are f32 with either (default f32). */
  readonly weights?: StorageType;
  /** What features are stored as between convolutions by minimal filtering (default f32); f16 needs `shader-f16`. */
  readonly activations?: StorageType;
  /** What was measured to be the fastest on this adapter; null for a convolution that was not measured. */
  readonly tuned?: (kind: ConvKind, g: ConvGeometry) => ConvKernel | null;
}

/** What was measured goes before what is expected, and what is asked for before both. */
export function convKernelFor(choices: KernelChoices, kind: ConvKind, g: ConvGeometry): ConvKernel {
  const { convolution = 'auto', product = 'registers', tuned } = choices;
  const measured = convolution === 'auto' ? (tuned?.(kind, g) ?? null) : null;
  if (measured !== null && methodsFor(kind, g).includes(measured.method)) return measured;
  return { method: convMethodFor(convolution, kind, g), product };
}

export function convMethodFor(choice: ConvChoice, kind: ConvKind, g: ConvGeometry): ConvMethod {
  const candidates = methodsFor(kind, g);
  if (choice !== 'auto') return candidates.includes(choice) ? choice : 'direct';
  const takesIm2col = candidates.includes('im2col');
  if (takesIm2col && isPointwise(g)) return 'im2col';
  if (Math.min(g.inChannels, g.outChannels) < fewestChannels) return 'direct';
  if (takesIm2col) return 'im2col';
  if (candidates.includes('tapProducts')) return 'tapProducts';
  const tile = ([4, 2] as const).find((each) => pays(each, g) && candidates.includes(`winograd${each}`));
  return tile === undefined ? 'direct' : `winograd${tile}`;
}

/**
 * Whether tiles are expected to be faster than smaller ones, and than none (docs/performance.md). On the smallest maps weights
 * outweigh pictures: of many channels, 4×4 tiles' are too large at 8², and of few, three kernels instead of one cost more at 4²
 * than they spare.
 */
function pays(tile: WinogradTile, g: ConvGeometry): boolean {
  const side = Math.min(g.outHeight, g.outWidth);
  const isWide = Math.min(g.inChannels, g.outChannels) >= manyChannels;
  if (tile === 4) return side >= (isWide ? 16 : 8);
  return side >= (isWide ? 4 : 8);
}

/**
 * Numbers of weights with a filter folded in, 16 times as many as without: more would take longer to read than they spare, as they
 * do where they outweigh the products of a map.
 */
const mostFoldedWeights = 2 ** 23;
/** Pixels a side of the smaller picture from which a filter is folded into a convolution that doubles or halves. */
const smallestInterleaved = 16;

/**
 * Whether a convolution that doubles or halves, and its filter, are computed as one of pictures in even and odd rows and columns,
 * whose geometry is `g`: of whole tiles, enough of them, and within the bindings that every adapter has.
 */
export function canInterleave({ convolution: choice = 'auto' }: KernelChoices, g: ConvGeometry): boolean {
  if (choice !== 'auto' && choice !== 'winograd4') return false;
  const tile = 4;
  if (g.outHeight % tile !== 0 || g.outWidth % tile !== 0 || !fits(tile, g)) return false;
  if (choice === 'winograd4') return true;
  const channels = Math.min(g.inChannels, g.outChannels);
  const tiles = (g.outHeight / tile) * (g.outWidth / tile);
  return (
    Math.min(g.outHeight, g.outWidth) >= smallestInterleaved &&
    channels >= fewestChannels &&
    channels <= 4 * tiles &&
    winogradWeights(tile, g) <= mostFoldedWeights
  );
}

/** Methods that a convolution can be computed by within the bindings that every adapter has. */
export function methodsFor(kind: ConvKind, g: ConvGeometry): readonly ConvMethod[] {
  if (kind === 'transposed') {
    const fits = tapProductsIntermediate(g) <= mostNumbers && g.batch * 9 <= mostWorkgroups;
    return canTakeTapProducts(g) && fits ? ['direct', 'tapProducts'] : ['direct'];
  }
  if (canTakeIm2col(kind, g)) {
    return im2colIntermediate(g) <= mostNumbers ? ['direct', 'im2col'] : ['direct'];
  }
  if (!isThreeByThree(g)) return ['direct'];
  return ['direct', ...([2, 4] as const).filter((tile) => fits(tile, g)).map((tile) => `winograd${tile}` as const)];
}

/** Pixels a side of the method's tiles; null where it has none. */
export function tileOf(method: ConvMethod): WinogradTile | null {
  return method === 'winograd2' ? 2 : method === 'winograd4' ? 4 : null;
}

function isThreeByThree({ kernelHeight, kernelWidth, stride, groups }: ConvGeometry): boolean {
  return kernelHeight === 3 && kernelWidth === 3 && stride === 1 && groups === 1;
}

const winogradWeights = (tile: WinogradTile, g: ConvGeometry): number => sizeOf(winogradWeightShape(tile, g));

const fits = (tile: WinogradTile, g: ConvGeometry): boolean =>
  Math.max(winogradIntermediate(tile, g), winogradWeights(tile, g)) <= mostNumbers &&
  g.batch * planesOf(tile) <= mostWorkgroups;
