import { RandomState } from '../../src/latent/randomState.js';
import { tableOf, type Table } from '../../src/metrics/table.js';

const count = 400;

/** a [rows, inner] · b [columns, inner]ᵀ, by rows. */
function timesTransposed(a: Float64Array, b: readonly (readonly number[])[], inner: number): Float64Array {
  return Float64Array.from({ length: (a.length / inner) * b.length }, (_, index) => {
    const [row, column] = [Math.floor(index / b.length), index % b.length];
    return (b[column] ?? []).reduce((sum, value, k) => sum + value * (a[row * inner + k] ?? 0), 0);
  });
}

function plus(a: Float64Array, b: Float64Array, factor: number): Float64Array {
  return a.map((value, index) => value + factor * (b[index] ?? 0));
}

/**
 * The samples behind the reference numbers of this folder, made of NumPy's stream, of which ours is a copy:
 *
 *     r = np.random.RandomState(7); f = r.randn(400, 3)
 *     c = f @ np.array([[1, .2, 0], [0, .9, .4], [.3, 0, 1], [.5, .5, .5]]).T + .1 * r.randn(400, 4)
 *     scores = f @ np.array([[1, .5, 0], [0, 1, .5], [0, 0, 1]]) + 1.2 * r.randn(400, 3)
 *
 * The numbers themselves came out of the published formulas written out in NumPy 2.4 in float64: the Lasso by 200 000 steps
 * of proximal gradient descent, the SVMs by accelerated gradient descent to a gradient of 1e-12, mutual information over
 * `np.histogram`'s bins with `np.digitize`, covariances by `np.cov`.
 */
export function referenceSamples(): {
  readonly codes: Table;
  readonly factors: Table;
  readonly withBinary: Table;
  readonly scores: Table;
} {
  const random = new RandomState(7);
  const f = random.randn(count * 3);
  const mix = [
    [1, 0.2, 0],
    [0, 0.9, 0.4],
    [0.3, 0, 1],
    [0.5, 0.5, 0.5],
  ];
  const c = plus(timesTransposed(f, mix, 3), random.randn(count * 4), 0.1);
  const blend = [
    [1, 0, 0],
    [0.5, 1, 0],
    [0, 0.5, 1],
  ];
  const scores = plus(timesTransposed(f, blend, 3), random.randn(count * 3), 1.2);
  const binary = f.map((value, index) => (index % 3 === 2 ? Number(value > 0.3) : value));
  return { codes: tableOf(c, 4), factors: tableOf(f, 3), withBinary: tableOf(binary, 3), scores: tableOf(scores, 3) };
}

/** A rotation of `dim` axes without a fixed axis: Gram–Schmidt on a seeded normal matrix, by rows. */
export function rotation(dim: number, seed: number): Float64Array[] {
  const draws = new RandomState(seed).randn(dim * dim);
  const rows: Float64Array[] = [];
  for (let index = 0; index < dim; index++) {
    let row = draws.slice(index * dim, (index + 1) * dim);
    for (const other of rows) {
      const overlap = other.reduce((sum, value, k) => sum + value * (row[k] ?? 0), 0);
      row = row.map((value, k) => value - overlap * (other[k] ?? 0));
    }
    const length = Math.hypot(...row);
    rows.push(row.map((value) => value / length));
  }
  return rows;
}
