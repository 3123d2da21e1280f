/** Logistic regression with an L2 penalty, scikit-learn's `LogisticRegression`: solved by Newton's method. */
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { addOuterProduct, choleskyFactor, solveCholesky } from '../latent/symmetricMatrix.js';
import { addRow, checkBothSides, rowDot, type Hyperplane, type LabelledCodes } from './labelledCodes.js';

export interface LogisticOptions {
  /** Price of the samples against the penalty; 1 by default, as in scikit-learn. */
  readonly c?: number;
}

const mostNewtonSteps = 100;
const mostHalvings = 40;
/** Unknowns up to which the Hessian is formed and solved, which is then quicker. */
const mostFormed = 64;
/** Of the gradient at the start: where it has fallen to this, the solution is exact to f32. */
const gradientTolerance = 1e-9;

/**
 * Minimises ½‖n‖² + C Σ log(1 + exp(−yᵢ(n·xᵢ + b))) over n and b; b is not regularised. In many dimensions Newton's steps are
 * found by conjugate gradients, which never form the Hessian (Lin, Weng & Keerthi 2008, "Trust Region Newton Method for Large-Scale
 * Logistic Regression", §2), and shortened until the objective falls.
 * @throws GanvasError `labels-one-sided`, `too-few-labels`, `logistic-not-converged` for numbers that are not finite
 */
export function fitLogistic(data: LabelledCodes, { c = 1 }: LogisticOptions = {}): Hyperplane {
  checkBothSides(data);
  const problem = new LogisticProblem(data, c);
  let point = problem.start();
  let goal = Infinity;
  for (let step = 0; step < mostNewtonSteps; step++) {
    const { gradient, curvatures } = problem.derivatives(point);
    const size = norm(gradient);
    goal = Math.min(goal, size * gradientTolerance);
    if (!Number.isFinite(size)) break;
    if (size <= goal) return planeOf(point);
    const formed = gradient.length <= mostFormed;
    const newton = formed ? solvedStep(problem, gradient, curvatures) : iteratedStep(problem, gradient, curvatures);
    const next = problem.descend(point, newton, gradient);
    // Rounding leaves nothing to gain.
    if (next === null) return planeOf(point);
    point = next;
  }
  throw new GanvasError(
    'logistic-not-converged',
    'Logistic regression found no boundary: are all numbers of the latents finite? Choose the mean difference.',
  );
}

function planeOf(point: Float64Array): Hyperplane {
  return { normal: point.slice(0, -1), intercept: at(point, -1) };
}

/** The objective over points [dim + 1], the intercept last. */
class LogisticProblem {
  constructor(
    private readonly data: LabelledCodes,
    private readonly c: number,
  ) {}

  start(): Float64Array {
    return new Float64Array(this.data.dim + 1);
  }

  objective(point: Float64Array): number {
    const { dim, rows, labels } = this.data;
    let sum = 0;
    for (let k = 0; k < dim; k++) sum += (point[k] ?? 0) ** 2 / 2;
    for (let i = 0; i < rows.length; i++) sum += this.c * softplus(-sideOf(labels, i) * this.decision(point, i));
    return sum;
  }

  /** The gradient, and of each sample the second derivative by its decision. */
  derivatives(point: Float64Array): { gradient: Float64Array; curvatures: Float64Array } {
    const { dim, rows, labels } = this.data;
    const gradient = point.slice();
    gradient[dim] = 0;
    const curvatures = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) {
      const side = sideOf(labels, i);
      const wrong = sigmoid(-side * this.decision(point, i));
      curvatures[i] = this.c * wrong * (1 - wrong);
      this.add(gradient, i, -this.c * side * wrong);
    }
    return { gradient, curvatures };
  }

  /** The Hessian applied to a vector. */
  curve(vector: Float64Array, curvatures: Float64Array): Float64Array {
    const product = vector.slice();
    product[this.data.dim] = 0;
    for (let i = 0; i < curvatures.length; i++) this.add(product, i, (curvatures[i] ?? 0) * this.decision(vector, i));
    return product;
  }

  /** The Hessian, lower triangle by rows. */
  hessian(curvatures: Float64Array): Float64Array[] {
    const { codes, dim, rows } = this.data;
    const matrix = Array.from({ length: dim + 1 }, (_, k) => new Float64Array(dim + 1).fill(k < dim ? 1 : 0, k, k + 1));
    const code = new Float64Array(dim + 1).fill(1);
    for (const [i, curvature] of curvatures.entries()) {
      const start = (rows[i] ?? 0) * dim;
      for (let k = 0; k < dim; k++) code[k] = codes[start + k] ?? 0;
      addOuterProduct(matrix, code, curvature);
    }
    return matrix;
  }

  /** The point after as much of a step as lowers the objective (Armijo's rule), or null where none does. */
  descend(point: Float64Array, step: Float64Array, gradient: Float64Array): Float64Array | null {
    const [before, slope] = [this.objective(point), dot(gradient, step)];
    for (let halving = 0, part = 1; halving < mostHalvings; halving++, part /= 2) {
      const next = point.map((value, k) => value + part * (step[k] ?? 0));
      const after = this.objective(next);
      if (after < before && after <= before + 1e-4 * part * slope) return next;
    }
    return null;
  }

  private decision(point: Float64Array, i: number): number {
    const { codes, dim, rows } = this.data;
    return rowDot(codes, dim, rows[i] ?? 0, point) + (point[dim] ?? 0);
  }

  private add(target: Float64Array, i: number, factor: number): void {
    const { codes, dim, rows } = this.data;
    addRow(target, codes, dim, rows[i] ?? 0, factor);
    target[dim] = (target[dim] ?? 0) + factor;
  }
}

/** −H⁻¹ gradient. */
function solvedStep(problem: LogisticProblem, gradient: Float64Array, curvatures: Float64Array): Float64Array {
  const factor = choleskyFactor(problem.hessian(curvatures));
  return solveCholesky(
    factor,
    gradient.map((value) => -value),
  );
}

/** The same by conjugate gradients; the nearer to the optimum, the more exactly. */
function iteratedStep(problem: LogisticProblem, gradient: Float64Array, curvatures: Float64Array): Float64Array {
  const step = new Float64Array(gradient.length);
  const residual = gradient.map((value) => -value);
  const search = residual.slice();
  let squares = dot(residual, residual);
  const goal = squares * Math.min(0.01, Math.sqrt(squares)) ** 2;
  for (let iteration = 0; iteration < 2 * gradient.length && squares > goal; iteration++) {
    const curved = problem.curve(search, curvatures);
    const bend = dot(search, curved);
    if (!(bend > 0)) break;
    const length = squares / bend;
    step.forEach((value, k) => (step[k] = value + length * (search[k] ?? 0)));
    residual.forEach((value, k) => (residual[k] = value - length * (curved[k] ?? 0)));
    const next = dot(residual, residual);
    search.forEach((value, k) => (search[k] = (residual[k] ?? 0) + (next / squares) * value));
    squares = next;
  }
  return step;
}

const sideOf = (labels: ArrayLike<number>, i: number): number => ((labels[i] ?? 0) > 0 ? 1 : -1);

/** log(1 + eˣ) without overflow. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] ?? 0) * (b[k] ?? 0);
  return sum;
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));
