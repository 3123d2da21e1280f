/** upfirdn2d in the words of other runtimes: a convolution of each plane by itself. */
import type { UpfirdnAttributes } from '../../src/ops/upfirdn2d.js';

export type PlaneFilter =
  /** Every pixel twice across and down. */
  | { readonly kind: 'nearest' }
  /** Zeros around, then the filter, at every place. */
  | { readonly kind: 'depthwise'; readonly pads: readonly [number, number, number, number] }
  /** The adjoint of keeping every second place of a filtered map, cropped. */
  | { readonly kind: 'transposed'; readonly crops: readonly [number, number, number, number] };

/**
 * How a filter that neither grows nor shrinks, or doubles, is said; null for others.
 * @param filter [height, width] of the filter
 * @param taps its values
 * @returns zeros around, or what is cut off the full transposed convolution: [top, left, bottom, right]
 */
export function planeFilterOf(
  { up, down, padding, gain }: UpfirdnAttributes,
  filter: readonly [number, number],
  taps: Float32Array,
): PlaneFilter | null {
  const [top, bottom, left, right] = padding;
  if (down[0] !== 1 || down[1] !== 1 || Math.min(...padding) < 0) return null;
  if (up[0] === 1 && up[1] === 1) return { kind: 'depthwise', pads: [top, left, bottom, right] };
  if (up[0] !== 2 || up[1] !== 2) return null;
  const doubles = filter[0] === 2 && filter[1] === 2 && taps.every((tap) => Math.fround(tap * gain) === 1);
  if (doubles && top === 1 && left === 1 && bottom === 0 && right === 0) return { kind: 'nearest' };
  // Of 2n + filter − 2 places; inserting zeros puts one behind the last sample, too.
  const before = (length: number, zeros: number): number => length - 1 - zeros;
  const after = (length: number, zeros: number): number => length - 2 - zeros;
  return {
    kind: 'transposed',
    crops: [before(filter[0], top), before(filter[1], left), after(filter[0], bottom), after(filter[1], right)],
  };
}

/** The filter times its gain for every plane, [planes, 1, height, width]; turned around for a transposed convolution. */
export function planeWeights(filter: Float32Array, gain: number, planes: number, turned: boolean): Float32Array {
  const one = filter.map((value) => value * gain);
  if (turned) one.reverse();
  const all = new Float32Array(planes * one.length);
  for (let plane = 0; plane < planes; plane++) all.set(one, plane * one.length);
  return all;
}
