/** Axes of a latent space, as codes: how far each sample lies along them. */
import type { ScoredSamples } from '../discovery/scoredSamples.js';
import type { Direction } from '../latent/direction.js';
import { correlationsOf, deviationOf } from './moments.js';
import { columnsOf, invalidMeasure, tableOf, type Table } from './table.js';

/** The axis that an attribute goes along with most. */
export interface BestAxis {
  readonly axis: number;
  /** Pearson's correlation of attribute and code, with its sign. */
  readonly correlation: number;
}

/**
 * Codes [samples, directions]: the latents' products with the directions.
 * @param directions all of z, or all of w
 * @throws GanvasError `invalid-measure` for W+, or for lengths that differ from the samples'
 */
export function codesOf({ z, zDim, w, wDim, count }: ScoredSamples, directions: readonly Direction[]): Table {
  const codes = new Float64Array(count * directions.length);
  for (const [column, { space, vectors, name }] of directions.entries()) {
    const [latents, dim] = space === 'z' ? [z, zDim] : [w, wDim];
    if (space === 'w+' || vectors.length !== dim) {
      throw invalidMeasure(
        `The direction "${name}" of ${space} is no axis that samples have a place on. Expected z or w.`,
      );
    }
    for (let row = 0; row < count; row++) {
      let sum = 0;
      for (let k = 0; k < dim; k++) sum += (latents[row * dim + k] ?? 0) * (vectors[k] ?? 0);
      codes[row * directions.length + column] = sum;
    }
  }
  return tableOf(codes, directions.length);
}

/** The chosen columns of the samples' scores, in the order asked for. @throws GanvasError `invalid-measure` */
export function factorsOf({ attributes, scores, count }: ScoredSamples, chosen: readonly string[]): Table {
  const columns = chosen.map((name) => {
    const index = attributes.indexOf(name);
    if (index < 0) throw invalidMeasure(`There is no attribute "${name}". Choose from ${attributes.join(', ')}.`);
    return index;
  });
  const values = new Float64Array(count * columns.length);
  for (let row = 0; row < count; row++) {
    for (const [at, index] of columns.entries()) {
      values[row * columns.length + at] = scores[row * attributes.length + index] ?? NaN;
    }
  }
  return tableOf(values, chosen.length);
}

/** For every factor the code that correlates with it most. */
export function bestAxes(codes: Table, factors: Table): BestAxis[] {
  const correlations = correlationsOf(columnsOf(factors), columnsOf(codes));
  return correlations.map((row) =>
    row.reduce<BestAxis>(
      (best, correlation, axis) => (Math.abs(correlation) > Math.abs(best.correlation) ? { axis, correlation } : best),
      { axis: 0, correlation: 0 },
    ),
  );
}

/** The strength that moves a latent by so many of the standard deviations that the samples have along a direction. */
export function strengthOf(deviations: number, { vectors }: Direction, code: ArrayLike<number>): number {
  const squares = vectors.reduce((sum, value) => sum + value * value, 0);
  return (deviations * deviationOf(code)) / squares;
}
