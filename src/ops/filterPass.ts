import { matchOp } from '../engine/graph.js';
import { at, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { concat } from './concat.js';
import type { Pair } from './convGeometry.js';
import { reshape } from './reshape.js';
import { upfirdn2dOp, upfirdnReference, type UpfirdnAttributes } from './upfirdn2d.js';

/** A FIR filter of a picture, in one step or, when it is separable, in one along each axis. Pairs are [y, x]. */
export interface FilterPass {
  readonly up: Pair;
  readonly down: Pair;
  /** Zeros above and to the left; what is below and to the right follows from the sizes. */
  readonly padding: Pair;
  /** Taps along each axis. */
  readonly taps: Pair;
  readonly gain: number;
  readonly isSeparable: boolean;
}

export interface MatchedFilter {
  readonly x: Tensor;
  /** [FH, FW] or, when it is separable, [FW + FH]: those along x, then those along y. Turned so that they correlate. */
  readonly taps: Tensor;
  readonly pass: FilterPass;
}

interface Step {
  readonly x: Tensor;
  readonly taps: Tensor;
  readonly attributes: UpfirdnAttributes;
}

/**
 * The filter that ends in `tensor`: one of rows and columns, or two of one axis each, in either order. Null for anything
 * else, for a step along one axis alone too.
 * @param readOnce whether nothing else reads what lies between two steps
 */
export function matchFilter(tensor: Tensor, readOnce: (tensor: Tensor) => boolean): MatchedFilter | null {
  const last = matchStep(tensor);
  if (last === null) return null;
  const axis = axisOf(last);
  if (axis === null) return plane(last);
  const first = readOnce(last.x) ? matchStep(last.x) : null;
  if (first === null || axisOf(first) !== 1 - axis) return null;
  const [alongY, alongX] = axis === 0 ? [last, first] : [first, last];
  return separable(first.x, alongY, alongX);
}

function matchStep(tensor: Tensor): Step | null {
  const match = matchOp(tensor, upfirdn2dOp);
  return match && { x: at(match.inputs, 0), taps: at(match.inputs, 1), attributes: match.attributes };
}

/** The axis, 0 (y) or 1 (x), along which alone a step works; null for one of rows and columns. */
function axisOf({ taps: { shape }, attributes: { up, down, padding } }: Step): 0 | 1 | null {
  const [y0, y1, x0, x1] = padding;
  const idle = [
    shape[0] === 1 && up[0] === 1 && down[0] === 1 && y0 === 0 && y1 === 0,
    shape[1] === 1 && up[1] === 1 && down[1] === 1 && x0 === 0 && x1 === 0,
  ];
  if (idle[0] === idle[1]) return null;
  return idle[0] === true ? 1 : 0;
}

function plane({ x, taps, attributes: { up, down, padding, gain } }: Step): MatchedFilter {
  const [height = 0, width = 0] = taps.shape;
  const pass = {
    up,
    down,
    padding: [padding[0], padding[2]],
    taps: [height, width],
    gain,
    isSeparable: false,
  } as const;
  return { x, taps, pass };
}

function separable(x: Tensor, alongY: Step, alongX: Step): MatchedFilter {
  const [width, height] = [at(alongX.taps.shape, 1), at(alongY.taps.shape, 0)];
  const [onY, onX] = [alongY.attributes, alongX.attributes];
  const pass = {
    up: [onY.up[0], onX.up[1]],
    down: [onY.down[0], onX.down[1]],
    padding: [onY.padding[0], onX.padding[2]],
    taps: [height, width],
    gain: onY.gain * onX.gain,
    isSeparable: true,
  } as const;
  return { x, taps: concat([reshape(alongX.taps, [width]), reshape(alongY.taps, [height])], 0), pass };
}

/** As an attribute of an op; `decodePass` undoes it. */
export function encodePass({ up, down, padding, taps, gain, isSeparable }: FilterPass): number[] {
  return [...up, ...down, ...padding, ...taps, gain, isSeparable ? 1 : 0];
}

export function decodePass(numbers: readonly number[]): FilterPass {
  const pair = (index: number): Pair => [at(numbers, index), at(numbers, index + 1)];
  const [up, down, padding, taps] = [pair(0), pair(2), pair(4), pair(6)];
  return { up, down, padding, taps, gain: at(numbers, 8), isSeparable: at(numbers, 9) === 1 };
}

/** In f64; the output's shape says how much is cut off below and to the right. */
export function filterPassReference(
  x: Float64Array,
  shape: Shape,
  taps: Float64Array,
  outputShape: Shape,
  { up, down, padding, taps: extents, gain, isSeparable }: FilterPass,
): Float64Array {
  const [height, width] = extents;
  const plane = isSeparable
    ? Float64Array.from({ length: height * width }, (_, index) => {
        return at(taps, index % width) * at(taps, width + Math.floor(index / width));
      })
    : taps;
  return upfirdnReference(x, plane, [shape, extents], outputShape, {
    up,
    down,
    padding: [padding[0], 0, padding[1], 0],
    gain,
  });
}
