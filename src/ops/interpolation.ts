import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';

/** How one axis of `from` samples becomes one of `to`, after torch.nn.functional.interpolate. */
export type InterpolationSpec = {
  readonly mode: 'nearest' | 'bilinear' | 'bicubic' | 'area';
  readonly from: number;
  readonly to: number;
  readonly alignCorners: boolean;
  /** Widens the kernel when shrinking, so that every input sample counts (bilinear and bicubic). */
  readonly antialias: boolean;
};

/** `weights[i·taps + t]` multiplies sample `first[i] + t`. */
export interface InterpolationTable {
  readonly first: readonly number[];
  readonly weights: readonly number[];
  readonly taps: number;
}

/** One row of a banded matrix: weights of neighbouring samples. */
type Row = ReadonlyMap<number, number>;

/** The table of a resize, or with `adjoint` that of its transpose. */
export function interpolationTable(spec: InterpolationSpec, adjoint: boolean): InterpolationTable {
  const { from, to } = spec;
  if (!Number.isInteger(to) || to < 1) {
    throw new GanvasError('bad-argument', `resize: the new size must be a whole number from 1, got ${to}.`);
  }
  const rows = Array.from({ length: to }, (_, index) => rowOf(spec, index));
  return adjoint ? bandOf(transposeRows(rows, from)) : bandOf(rows);
}

function rowOf(spec: InterpolationSpec, index: number): Row {
  switch (spec.mode) {
    case 'nearest':
      return new Map([[Math.min(Math.floor((index * spec.from) / spec.to), spec.from - 1), 1]]);
    case 'area':
      return areaRow(spec, index);
    case 'bilinear':
    case 'bicubic':
      return spec.antialias ? antialiasedRow(spec, index) : kernelRow(spec, index);
  }
}

/** Mean over the samples that [index, index + 1) covers, ends included whole (adaptive average pooling). */
function areaRow({ from, to }: InterpolationSpec, index: number): Row {
  const start = Math.floor((index * from) / to);
  const end = Math.ceil(((index + 1) * from) / to);
  return new Map(Array.from({ length: end - start }, (_, t) => [start + t, 1 / (end - start)]));
}

function kernelRow(spec: InterpolationSpec, index: number): Row {
  const { from, to, alignCorners, mode } = spec;
  const ratio = alignCorners ? (to > 1 ? (from - 1) / (to - 1) : 0) : from / to;
  const exact = alignCorners ? index * ratio : (index + 0.5) * ratio - 0.5;
  const position = mode === 'bilinear' ? Math.max(exact, 0) : exact;
  const base = Math.floor(position);
  const offset = position - base;
  const taps = mode === 'bilinear' ? [1 - offset, offset] : cubicTaps(offset);
  const row = new Map<number, number>();
  taps.forEach((weight, t) => {
    const sample = Math.min(Math.max(base + t - (mode === 'bilinear' ? 0 : 1), 0), from - 1);
    row.set(sample, (row.get(sample) ?? 0) + weight);
  });
  return row;
}

/** Weights of the samples at −1, 0, 1, 2 around `offset`. */
function cubicTaps(offset: number): number[] {
  return [-1, 0, 1, 2].map((sample) => cubic(offset - sample, -0.75));
}

/** Keys' cubic convolution kernel; torch uses a = −0.75, and −0.5 when antialiasing (as PIL). */
function cubic(distance: number, a: number): number {
  const x = Math.abs(distance);
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return ((x - 5) * x + 8) * x * a - 4 * a;
  return 0;
}

/** The kernel stretched by the shrink ratio and normalised (aten UpSampleKernel, `HelperInterpBase`). */
function antialiasedRow({ from, to, mode }: InterpolationSpec, index: number): Row {
  const ratio = from / to;
  const stretch = Math.max(ratio, 1);
  const support = (mode === 'bilinear' ? 1 : 2) * stretch;
  const center = (index + 0.5) * ratio;
  const start = Math.max(Math.trunc(center - support + 0.5), 0);
  const end = Math.min(Math.trunc(center + support + 0.5), from);
  const weights = Array.from({ length: end - start }, (_, t) => {
    const distance = (start + t - center + 0.5) / stretch;
    return mode === 'bilinear' ? Math.max(0, 1 - Math.abs(distance)) : cubic(distance, -0.5);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return new Map(weights.map((weight, t) => [start + t, weight / sum]));
}

function transposeRows(rows: readonly Row[], columns: number): Row[] {
  const transposed = Array.from({ length: columns }, () => new Map<number, number>());
  rows.forEach((row, index) => {
    for (const [sample, weight] of row) at(transposed, sample).set(index, weight);
  });
  return transposed;
}

function bandOf(rows: readonly Row[]): InterpolationTable {
  const first = rows.map((row) => (row.size === 0 ? 0 : Math.min(...row.keys())));
  const taps = Math.max(
    1,
    ...rows.map((row, index) => (row.size === 0 ? 1 : Math.max(...row.keys()) - at(first, index) + 1)),
  );
  const weights = rows.flatMap((row, index) =>
    Array.from({ length: taps }, (_, t) => row.get(at(first, index) + t) ?? 0),
  );
  return { first, weights, taps };
}
