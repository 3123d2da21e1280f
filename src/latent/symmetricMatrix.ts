import { GanvasError } from '../engine/errors.js';

/** Eigenvalues, largest first, and their unit vectors. */
export interface SymmetricEigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/** Main and secondary diagonal of a tridiagonal matrix, and the orthonormal rows that take the first one to it. */
interface Tridiagonal {
  readonly diagonal: Float64Array;
  readonly beside: Float64Array;
  readonly rows: Float64Array[];
}

/** Iterations an eigenvalue may take; it takes two on average. */
const mostIterations = 60;

/**
 * Eigenvalues and vectors of a symmetric matrix, given by its rows: reduction to three diagonals by Householder's
 * reflections, then implicit QL with shifts (Golub & Van Loan, "Matrix Computations", §8.3; EISPACK tred2 and imtql2).
 * O(n³): a second for n = 512.
 * @throws GanvasError `eigen-not-converged` for numbers that are not finite
 */
export function symmetricEigen(matrix: readonly Float64Array[]): SymmetricEigen {
  const reduced = tridiagonalise(matrix.map((row) => row.slice()));
  for (let index = 0; index < matrix.length; index++) isolate(reduced, index);
  const { diagonal, rows } = reduced;
  const order = [...diagonal.keys()].sort((a, b) => (diagonal[b] ?? 0) - (diagonal[a] ?? 0));
  return {
    values: Float64Array.from(order, (index) => diagonal[index] ?? 0),
    vectors: order.map((index) => rows[index] ?? new Float64Array()),
  };
}

/** Takes one column after the other to zero below its second diagonal; `a` is used up. */
function tridiagonalise(a: Float64Array[]): Tridiagonal {
  const n = a.length;
  const beside = new Float64Array(n);
  const reflections: Float64Array[] = [];
  for (let k = 0; k + 1 < n; k++) {
    const { v, image } = reflection(a, k);
    beside[k] = image;
    reflections.push(v);
    reflectBoth(a, v, k + 1);
  }
  const rows = Array.from({ length: n }, (_, i) => new Float64Array(n).fill(1, i, i + 1));
  // Products of reflections, last first, so that each touches only what the later ones have filled.
  for (const [k, v] of [...reflections.entries()].reverse()) for (const row of rows) reflectRow(row, v, k + 1);
  return { diagonal: Float64Array.from(a, (row, i) => row[i] ?? 0), beside, rows };
}

/** The unit vector whose reflection takes column k below the diagonal to a multiple `image` of its first axis. */
function reflection(a: readonly Float64Array[], k: number): { v: Float64Array; image: number } {
  const v = Float64Array.from(a, (row, i) => (i > k ? (row[k] ?? 0) : 0));
  const first = v[k + 1] ?? 0;
  const image = first > 0 ? -norm(v) : norm(v);
  v[k + 1] = first - image;
  const length = norm(v);
  return { v: length > 0 ? v.map((value) => value / length) : v, image };
}

/** (1 − 2vvᵀ) a (1 − 2vvᵀ), for a symmetric a, where v is zero before `from`. */
function reflectBoth(a: readonly Float64Array[], v: Float64Array, from: number): void {
  const q = Float64Array.from(a, (row, i) => (i < from ? 0 : 2 * dot(row, v, from)));
  const overlap = dot(q, v, from);
  for (let i = from; i < q.length; i++) q[i] = (q[i] ?? 0) - overlap * (v[i] ?? 0);
  for (let i = from; i < a.length; i++) {
    const [row, vi, qi] = [a[i] ?? q, v[i] ?? 0, q[i] ?? 0];
    for (let j = from; j < row.length; j++) row[j] = (row[j] ?? 0) - vi * (q[j] ?? 0) - qi * (v[j] ?? 0);
  }
}

function reflectRow(row: Float64Array, v: Float64Array, from: number): void {
  const twice = 2 * dot(row, v, from);
  for (let j = from; j < row.length; j++) row[j] = (row[j] ?? 0) - twice * (v[j] ?? 0);
}

/** Steps of implicit QL until nothing is left beside diagonal element `index`. */
function isolate(t: Tridiagonal, index: number): void {
  for (let iteration = 0; ; iteration++) {
    const end = blockEnd(t, index);
    if (end === index) return;
    if (iteration === mostIterations) {
      throw new GanvasError(
        'eigen-not-converged',
        'The eigenvalues of a matrix were not found: are its numbers finite?',
      );
    }
    stepQl(t, index, end);
  }
}

/** Last element of the block that begins at `index`: beside it is nothing that f64 can tell from zero. */
function blockEnd({ diagonal, beside }: Tridiagonal, index: number): number {
  let end = index;
  for (; end + 1 < diagonal.length; end++) {
    const size = Math.abs(diagonal[end] ?? 0) + Math.abs(diagonal[end + 1] ?? 0);
    if (Math.abs(beside[end] ?? 0) <= Number.EPSILON * size) break;
  }
  return end;
}

/** One step with Wilkinson's shift: a chain of plane rotations from the end of the block to its beginning. */
function stepQl({ diagonal: d, beside: e, rows }: Tridiagonal, begin: number, end: number): void {
  const [d0, e0] = [d[begin] ?? 0, e[begin] ?? 0];
  const half = ((d[begin + 1] ?? 0) - d0) / (2 * e0);
  let g = (d[end] ?? 0) - d0 + e0 / (half + (half < 0 ? -1 : 1) * Math.hypot(half, 1));
  let [sine, cosine, carried] = [1, 1, 0];
  for (let i = end - 1; i >= begin; i--) {
    const [f, b] = [sine * (e[i] ?? 0), cosine * (e[i] ?? 0)];
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // The block has fallen in two.
      d[i + 1] = (d[i + 1] ?? 0) - carried;
      e[end] = 0;
      return;
    }
    [sine, cosine] = [f / r, g / r];
    g = (d[i + 1] ?? 0) - carried;
    const turned = ((d[i] ?? 0) - g) * sine + 2 * cosine * b;
    carried = sine * turned;
    d[i + 1] = g + carried;
    g = cosine * turned - b;
    rotate(rows[i], rows[i + 1], cosine, sine);
  }
  d[begin] = d0 - carried;
  e[begin] = g;
  e[end] = 0;
}

function rotate(x: Float64Array | undefined, y: Float64Array | undefined, cosine: number, sine: number): void {
  if (x === undefined || y === undefined) throw new RangeError('internal: rotation outside the matrix');
  for (let k = 0; k < x.length; k++) {
    const [xk, yk] = [x[k] ?? 0, y[k] ?? 0];
    y[k] = sine * xk + cosine * yk;
    x[k] = cosine * xk - sine * yk;
  }
}

/**
 * Rows of the lower triangular L with matrix = L Lᵀ (Cholesky); only the lower triangle is read.
 * @throws GanvasError `not-positive-definite`
 */
export function choleskyFactor(matrix: readonly Float64Array[]): Float64Array[] {
  const factor: Float64Array[] = [];
  for (const [i, row] of matrix.entries()) {
    const made = new Float64Array(matrix.length);
    for (const [j, other] of factor.entries()) made[j] = ((row[j] ?? 0) - dot(made, other, 0)) / (other[j] ?? 0);
    const pivot = (row[i] ?? 0) - dot(made, made, 0);
    if (!(pivot > 0 && Number.isFinite(pivot))) {
      throw new GanvasError('not-positive-definite', `A covariance is not positive: its pivot ${i} is ${pivot}.`);
    }
    made[i] = Math.sqrt(pivot);
    factor.push(made);
  }
  return factor;
}

/** matrix += factor · x xᵀ, lower triangle only. */
export function addOuterProduct(matrix: readonly Float64Array[], x: Float64Array, factor: number): void {
  for (const [k, row] of matrix.entries()) {
    const scaled = factor * (x[k] ?? 0);
    for (let l = 0; l <= k; l++) row[l] = (row[l] ?? 0) + scaled * (x[l] ?? 0);
  }
}

/** The x of L Lᵀ x = right, for the rows of L that `choleskyFactor` gives. */
export function solveCholesky(factor: readonly Float64Array[], right: Float64Array): Float64Array {
  const x = right.slice();
  for (const [k, row] of factor.entries()) {
    let rest = x[k] ?? 0;
    for (let l = 0; l < k; l++) rest -= (row[l] ?? 0) * (x[l] ?? 0);
    x[k] = rest / (row[k] ?? 0);
  }
  for (let k = factor.length - 1; k >= 0; k--) {
    const row = factor[k] ?? x;
    const value = (x[k] ?? 0) / (row[k] ?? 0);
    x[k] = value;
    for (let l = 0; l < k; l++) x[l] = (x[l] ?? 0) - value * (row[l] ?? 0);
  }
  return x;
}

function dot(a: Float64Array, b: Float64Array, from: number): number {
  let sum = 0;
  for (let i = from; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

const norm = (v: Float64Array): number => Math.sqrt(dot(v, v, 0));
