import { at } from '../engine/shape.js';
import type { Direction } from '../latent/direction.js';
import type { RandomState } from '../latent/randomState.js';
import type { Movement } from './pictureChange.js';

/** Random directions are measured at so many lengths at most; between them changes are interpolated. */
const mostLengths = 5;

/** Whether random directions stand for both alike. */
export function sameGround(a: Movement, b: Movement): boolean {
  return a.space === b.space && a.layers.join() === b.layers.join();
}

/** Of all numbers of a direction, over the rows of w+ together. */
export function lengthOf({ vectors }: Pick<Direction, 'vectors'>): number {
  return Math.sqrt(vectors.reduce((sum, value) => sum + value * value, 0));
}

/** Unit vectors of the same space and layers, uniform over the sphere. */
export function randomMovements(ground: Movement, count: number, random: RandomState): Movement[] {
  const { space, layers, dim } = ground;
  return Array.from({ length: count }, () => {
    const draws = Float32Array.from(random.randn(ground.vectors.length));
    const length = lengthOf({ vectors: draws });
    return { space, layers, dim, vectors: draws.map((value) => value / length) };
  });
}

/** The lengths themselves when they are few, else as many between the shortest and the longest, at equal ratios. */
export function comparisonLengths(lengths: readonly number[]): number[] {
  const distinct = [...new Set(lengths)].filter((length) => length > 0).sort((a, b) => a - b);
  if (distinct.length <= mostLengths) return distinct;
  const [least, most] = [at(distinct, 0), at(distinct, -1)];
  // The longest itself, because beyond the last point nothing is known.
  return Array.from({ length: mostLengths }, (_, k) =>
    k === mostLengths - 1 ? most : least * (most / least) ** (k / (mostLengths - 1)),
  );
}
