import { at } from '../engine/shape.js';

/** Samples spread evenly over [start, start + length) of an axis of `extent` pixels. */
export interface AxisSpan {
  readonly start: number;
  readonly length: number;
  readonly extent: number;
  readonly samples: number;
}

/** Which pixels each sample of an axis sees, and how much of them; the weights of a sample sum to 1. */
export class AxisCoverage {
  /** First pixel of each sample. */
  readonly starts: readonly number[];
  /** Weights of neighbouring pixels from the first on. */
  readonly weights: readonly Float64Array[];
  /** First pixel that any sample sees. */
  readonly first: number;
  /** Last pixel that any sample sees. */
  readonly last: number;

  constructor(rows: readonly { readonly start: number; readonly weights: Float64Array }[]) {
    this.starts = rows.map(({ start }) => start);
    this.weights = rows.map(({ weights }) => weights);
    this.first = Math.min(...this.starts);
    this.last = Math.max(...rows.map(({ start, weights }) => start + weights.length - 1));
  }

  weightOf(sample: number, pixel: number): number {
    return at(this.weights, sample)[pixel - at(this.starts, sample)] ?? 0;
  }

  /** The samples that see a pixel. */
  reachedBy(pixel: number): number[] {
    return [...this.starts.keys()].filter((sample) => this.weightOf(sample, pixel) !== 0);
  }
}

/** Shrinking: the exact share of each pixel that lies in the sample. Enlarging: linear between pixel centres. */
export function axisCoverage(span: AxisSpan): AxisCoverage {
  const step = span.length / span.samples;
  const rowOf = step >= 1 ? areaRow : linearRow;
  return new AxisCoverage(
    Array.from({ length: span.samples }, (_, sample) => rowOf(span.start + sample * step, step, span.extent)),
  );
}

function areaRow(from: number, step: number, extent: number): { start: number; weights: Float64Array } {
  const to = Math.min(from + step, extent);
  const start = Math.min(Math.floor(from), extent - 1);
  const weights = Float64Array.from(
    { length: Math.max(1, Math.ceil(to) - start) },
    (_, index) => (Math.min(start + index + 1, to) - Math.max(start + index, from)) / (to - from),
  );
  return { start, weights };
}

/** Pixels beyond the picture's edge repeat its last one. */
function linearRow(from: number, step: number, extent: number): { start: number; weights: Float64Array } {
  const centre = Math.min(Math.max(from + step / 2 - 0.5, 0), extent - 1);
  const start = Math.min(Math.floor(centre), extent - 2);
  return { start, weights: Float64Array.of(1 - (centre - start), centre - start) };
}
