import type { ConvGeometry } from './convGeometry.js';
import type { ConvKind } from './convKernel.js';
import { planesOf, winogradIntermediate, type WinogradTile } from './winograd.js';

/** How a convolution is computed: tap by tap, or by Winograd's minimal filtering over tiles of 2×2 or 4×4 pixels. */
export const convMethods = ['direct', 'winograd2', 'winograd4'] as const;
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
/** Pixels a side from which 2×2, and 4×4, are the faster tiles (docs/performance.md). */
const smallestMap: Readonly<Record<WinogradTile, number>> = { 2: 8, 4: 32 };

export function convMethodFor(choice: ConvChoice, kind: ConvKind, g: ConvGeometry): ConvMethod {
  if (choice === 'direct' || kind === 'transposed' || !isThreeByThree(g)) return 'direct';
  if (choice !== 'auto') return fits(tileOf(choice) ?? 4, g) ? choice : 'direct';
  if (Math.min(g.inChannels, g.outChannels) < fewestChannels) return 'direct';
  const side = Math.min(g.outHeight, g.outWidth);
  const tile = ([4, 2] as const).find((each) => side >= smallestMap[each] && fits(each, g));
  return tile === undefined ? 'direct' : `winograd${tile}`;
}

/** Pixels a side of the method's tiles; null for the direct method. */
export function tileOf(method: ConvMethod): WinogradTile | null {
  return method === 'direct' ? null : method === 'winograd2' ? 2 : 4;
}

function isThreeByThree({ kernelHeight, kernelWidth, stride, groups }: ConvGeometry): boolean {
  return kernelHeight === 3 && kernelWidth === 3 && stride === 1 && groups === 1;
}

const fits = (tile: WinogradTile, g: ConvGeometry): boolean =>
  winogradIntermediate(tile, g) <= mostNumbers && g.batch * planesOf(tile) <= mostWorkgroups;
