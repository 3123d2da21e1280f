/** Seeds laid out as a sheet, and the latents between them (stylegan3 viz/latent_widget.py, renderer.py: bilinear in w). */
import { GanvasError } from '../engine/errors.js';
import type { RecipeLatent } from './recipe.js';

/** Seeds in reading order: `first` is at column 0, row 0. */
export interface SeedGrid {
  readonly first: number;
  /** From 2. */
  readonly columns: number;
  /** From 2. */
  readonly rows: number;
}

export interface WeightedSeed {
  readonly seed: number;
  /** 0…1; the weights of one place add up to 1. */
  readonly weight: number;
}

/**
 * The seeds that a place lies between, nearest corners of its cell, by bilinear weights; those of no weight are left out,
 * so that a place on a seed names it alone. Places outside are moved to the edge.
 * @param x columns from the left, 0…columns − 1
 * @param y rows from the top, 0…rows − 1
 */
export function seedsAround({ first, columns, rows }: SeedGrid, x: number, y: number): readonly WeightedSeed[] {
  const across = cornersOf(x, columns);
  const down = cornersOf(y, rows);
  return down
    .flatMap((row) =>
      across.map((column) => ({
        seed: first + row.index * columns + column.index,
        weight: row.weight * column.weight,
      })),
    )
    .filter(({ weight }) => weight > 0);
}

function cornersOf(place: number, count: number): readonly { readonly index: number; readonly weight: number }[] {
  const inside = Math.min(count - 1, Math.max(0, place));
  const before = Math.min(count - 2, Math.floor(inside));
  const part = inside - before;
  return [
    { index: before, weight: 1 - part },
    { index: before + 1, weight: part },
  ];
}

export interface WeightedLatent {
  /** Of w, or of z where the model has no w. */
  readonly latent: RecipeLatent;
  readonly weight: number;
}

/**
 * The latent between others. In w it is their weighted mean. Means of z would be short, and z is as good as always of the
 * same length: there the mean is divided by √Σ weight², which keeps the variance of independent ones.
 * @throws GanvasError `blend-mismatch` unless all are numbers of one space
 */
export function blendLatents(points: readonly WeightedLatent[]): RecipeLatent {
  const rows = points.map(({ latent, weight }) => ({ values: numbersOf(latent), space: latent.space, weight }));
  const [first] = rows;
  if (first === undefined) throw mismatch('no latent');
  const odd = rows.find(({ values, space }) => space !== first.space || values.length !== first.values.length);
  if (odd !== undefined) throw mismatch(`${odd.values.length} numbers of ${odd.space}`);
  const length = first.space === 'z' ? Math.hypot(...rows.map(({ weight }) => weight)) : 1;
  const values = first.values.map((_, k) =>
    Math.fround(rows.reduce((sum, row) => sum + row.weight * (row.values[k] ?? 0), 0) / length),
  );
  return first.space === 'z' ? { space: 'z', values } : { space: 'w', values };
}

function numbersOf(latent: RecipeLatent): readonly number[] {
  if (latent.space !== 'w+' && 'values' in latent) return latent.values;
  throw mismatch(latent.space === 'w+' ? 'a w for every layer' : 'a seed');
}

function mismatch(got: string): GanvasError {
  return new GanvasError(
    'blend-mismatch',
    `Latents are blended as numbers of one space, all w or all z and of one length, and ${got} was given.`,
  );
}
