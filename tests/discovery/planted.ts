/** Planted latents and scores, whose true directions are known, and what tests ask of vectors. */
import { RandomState } from '../../src/latent/randomState.js';

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
}

export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Column `column` of rows of `width`. */
export function columnOf(rows: Float32Array, width: number, column: number): Float32Array {
  return Float32Array.from({ length: rows.length / width }, (_, row) => rows[row * width + column] ?? NaN);
}

/** Standard normal latents [count, dim]. */
export function plantedCodes(count: number, dim: number, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(new RandomState(seed).randn(count * dim));
}

/** A random unit vector. */
export function plantedNormal(dim: number, seed: number): Float64Array {
  const vector = new RandomState(seed).randn(dim);
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

/** `normal · x` of every row, plus `noise` standard normals. */
export function plantedScores(
  codes: Float32Array,
  normal: Float64Array,
  { noise = 0, seed = 0 }: { readonly noise?: number; readonly seed?: number } = {},
): Float64Array {
  const dim = normal.length;
  const errors = new RandomState(seed).randn(codes.length / dim);
  return errors.map((error, row) => noise * error + dot(normal, codes.subarray(row * dim, (row + 1) * dim)));
}
