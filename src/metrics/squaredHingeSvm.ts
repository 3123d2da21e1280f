import { GanvasError } from '../engine/errors.js';
import { choleskyFactor } from '../latent/symmetricMatrix.js';
import { dot } from './moments.js';

/** Newton steps; ten are usual. */
const mostSteps = 60;
const precision = 1e-8;

/** What scikit-learn's `LinearSVC` minimises, and with which weights. */
export interface SvmOptions {
  readonly c: number;
  /** Errors of both classes weigh the same in all, however many each has. */
  readonly balanced?: boolean;
}

export interface LinearSvm {
  readonly weight: Float64Array;
  readonly intercept: number;
}

/**
 * Linear SVM with squared hinge loss: ½‖w‖² + c Σ max(0, 1 − y·(wx + b))², the intercept counted in ‖w‖² as LIBLINEAR does,
 * by Newton's method on the primal (Keerthi & DeCoste 2005): the loss is a quadratic of the rows inside the margin, and
 * the set of those settles after a few steps.
 * @param rows [count][dim]
 * @param positive which rows are of the positive class
 * @throws GanvasError `invalid-measure` when all rows are of one class
 */
export function squaredHingeSvm(
  rows: readonly Float64Array[],
  positive: readonly boolean[],
  options: SvmOptions,
): LinearSvm {
  const positives = positive.filter(Boolean).length;
  if (positives === 0 || positives === rows.length) {
    throw new GanvasError('invalid-measure', 'All samples are of one class. Expected some of either to tell apart.');
  }
  const x = rows.map((row) => Float64Array.of(...row, 1));
  const y = Float64Array.from(positive, (yes) => (yes ? 1 : -1));
  const weights = Float64Array.from(positive, (yes) => {
    const count = yes ? positives : rows.length - positives;
    return options.balanced === true ? (options.c * rows.length) / (2 * count) : options.c;
  });
  const solution = minimise({ x, y, weights });
  return { weight: solution.subarray(0, -1), intercept: solution[solution.length - 1] ?? 0 };
}

/** Signed score of a row; above 0 is the positive class. */
export function svmScore({ weight, intercept }: LinearSvm, row: ArrayLike<number>): number {
  return dot(weight, row) + intercept;
}

interface Problem {
  readonly x: readonly Float64Array[];
  readonly y: Float64Array;
  readonly weights: Float64Array;
}

function minimise(problem: Problem): Float64Array {
  let w: Float64Array = new Float64Array(problem.x[0]?.length ?? 0);
  for (let step = 0; step < mostSteps; step++) {
    const { gradient, hessian, loss } = derivatives(problem, w);
    if (Math.sqrt(dot(gradient, gradient)) < precision * Math.max(1, loss)) break;
    const move = solve(hessian, gradient);
    w = backtracked(problem, w, move, gradient, loss);
  }
  return w;
}

/** Armijo's rule: a full Newton step nearly always. */
function backtracked(
  problem: Problem,
  w: Float64Array,
  move: Float64Array,
  gradient: Float64Array,
  loss: number,
): Float64Array {
  const slope = dot(gradient, move);
  for (let length = 1; length > 1e-6; length /= 2) {
    const next = w.map((value, index) => value - length * (move[index] ?? 0));
    if (lossOf(problem, next) <= loss - 1e-4 * length * slope) return next;
  }
  return w;
}

function lossOf({ x, y, weights }: Problem, w: Float64Array): number {
  let loss = dot(w, w) / 2;
  for (const [index, row] of x.entries()) {
    const slack = Math.max(0, 1 - (y[index] ?? 0) * dot(row, w));
    loss += (weights[index] ?? 0) * slack * slack;
  }
  return loss;
}

function derivatives(
  { x, y, weights }: Problem,
  w: Float64Array,
): { gradient: Float64Array; hessian: Float64Array[]; loss: number } {
  const dim = w.length;
  const gradient = w.slice();
  const hessian = Array.from({ length: dim }, (_, i) => new Float64Array(dim).fill(1, i, i + 1));
  let loss = dot(w, w) / 2;
  for (const [index, row] of x.entries()) {
    const [label, weight] = [y[index] ?? 0, weights[index] ?? 0];
    const slack = 1 - label * dot(row, w);
    if (slack <= 0) continue;
    loss += weight * slack * slack;
    addScaled(gradient, row, -2 * weight * label * slack);
    // The lower triangle is all that Cholesky's factorisation reads.
    for (const [i, target] of hessian.entries()) {
      const factor = 2 * weight * (row[i] ?? 0);
      for (let j = 0; j <= i; j++) target[j] = (target[j] ?? 0) + factor * (row[j] ?? 0);
    }
  }
  return { gradient, hessian, loss };
}

function addScaled(target: Float64Array, values: Float64Array, factor: number): void {
  for (let index = 0; index < target.length; index++)
    target[index] = (target[index] ?? 0) + factor * (values[index] ?? 0);
}

/** hessian⁻¹ · right. */
function solve(hessian: readonly Float64Array[], right: Float64Array): Float64Array {
  const factor = choleskyFactor(hessian);
  const solution = right.slice();
  for (const [i, row] of factor.entries()) {
    let sum = solution[i] ?? 0;
    for (let j = 0; j < i; j++) sum -= (row[j] ?? 0) * (solution[j] ?? 0);
    solution[i] = sum / (row[i] ?? 1);
  }
  for (let i = factor.length - 1; i >= 0; i--) {
    let sum = solution[i] ?? 0;
    for (let j = i + 1; j < factor.length; j++) sum -= (factor[j]?.[i] ?? 0) * (solution[j] ?? 0);
    solution[i] = sum / (factor[i]?.[i] ?? 1);
  }
  return solution;
}
