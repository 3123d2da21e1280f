import { RandomState } from '../../src/latent/randomState.js';

/** `count` orthonormal vectors of `dim` numbers: Gram–Schmidt on rows of a seeded normal matrix. */
export function orthonormalAxes(count: number, dim: number, seed: number): Float64Array[] {
  const draws = new RandomState(seed).randn(count * dim);
  const axes: Float64Array[] = [];
  for (let index = 0; index < count; index++) {
    const row = draws.slice(index * dim, (index + 1) * dim);
    // Twice, because once leaves an overlap of the size of the rounding.
    for (const other of [...axes, ...axes]) {
      const overlap = other.reduce((sum, value, k) => sum + value * (row[k] ?? 0), 0);
      for (const [k, value] of other.entries()) row[k] = (row[k] ?? 0) - overlap * value;
    }
    const length = Math.hypot(...row);
    axes.push(row.map((value) => value / length));
  }
  return axes;
}

/** |cosine| of two vectors. */
export function alignment(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k] ?? 0, b[k] ?? 0];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return Math.abs(ab) / Math.sqrt(aa * bb);
}
