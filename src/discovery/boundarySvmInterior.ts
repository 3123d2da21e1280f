/** The linear support vector machine by an interior-point method: as many steps, whatever the overlap of the sides. */
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { addOuterProduct, choleskyFactor, solveCholesky } from '../latent/symmetricMatrix.js';
import { addRow, rowDot, type Hyperplane, type LabelledCodes } from './labelledCodes.js';

/** Steps take a factor of three to ten off the gap each; twenty are usual. */
const mostSteps = 100;
/** How far towards the nearest bound a step goes. */
const stepShare = 0.995;

/**
 * Minimises ½‖n‖² + C Σ max(0, 1 − yᵢ(n·xᵢ + b)) over all samples at once: Mehrotra's predictor and corrector on the dual
 * (Ferris & Munson 2002, "Interior-Point Methods for Massive Support Vector Machines", §3). Every step solves a system of
 * dim + 1 unknowns, because the Gram matrix of a linear kernel has no higher rank.
 * @param tolerance of the mean of what is 0 at the optimum: multipliers times the room that their samples leave
 * @throws GanvasError `svm-not-converged`
 */
export function solveSvmInterior(data: LabelledCodes, c: number, tolerance: number): Hyperplane {
  const problem = new InteriorSvm(data, c);
  for (let step = 0; step < mostSteps; step++) {
    const gap = problem.gap();
    if (gap < tolerance) return problem.plane();
    if (!Number.isFinite(gap)) break;
    problem.advance();
  }
  throw new GanvasError(
    'svm-not-converged',
    'The support vector machine found no boundary: are all numbers of the latents finite? Choose fewer samples, or the mean difference.',
  );
}

/** What a step changes: multipliers α in [0, C], prices of their bounds, the plane. */
interface Step {
  readonly alpha: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly normal: Float64Array;
  readonly intercept: number;
}

class InteriorSvm {
  private readonly signs: Float64Array;
  private readonly alpha: Float64Array;
  /** Prices of α ≥ 0 and of α ≤ C. */
  private readonly low: Float64Array;
  private readonly high: Float64Array;
  /** Σ αᵢyᵢxᵢ */
  private readonly normal: Float64Array;
  private intercept = 0;

  constructor(
    private readonly data: LabelledCodes,
    private readonly c: number,
  ) {
    const count = data.rows.length;
    this.signs = Float64Array.from({ length: count }, (_, i) => Math.sign(at(data.labels, i)));
    // Feasible by construction: either side's multipliers sum to the same.
    const positives = this.signs.filter((sign) => sign > 0).length;
    const smaller = Math.min(positives, count - positives);
    this.alpha = this.signs.map((sign) => (c / 2) * (smaller / (sign > 0 ? positives : count - positives)));
    this.normal = this.weightedSum(this.alpha);
    const margins = this.marginsOf(this.normal, 0);
    this.high = margins.map((margin) => Math.max(1 - margin, 0) + 1);
    this.low = margins.map((margin, i) => at(this.high, i) - (1 - margin));
  }

  /** Mean of the products that are 0 at the optimum. */
  gap(): number {
    return this.gapOf(this.alpha, this.low, this.high);
  }

  plane(): Hyperplane {
    return { normal: this.normal.slice(), intercept: this.intercept };
  }

  advance(): void {
    const { c, alpha, low, high } = this;
    const slopes = alpha.map((a, i) => 1 / (at(low, i) / a + at(high, i) / (c - a)));
    const factor = choleskyFactor(this.normalMatrix(slopes));
    const gap = this.gap();
    const affine = this.stepFor(slopes, factor, (i) => [-at(alpha, i) * at(low, i), -(c - at(alpha, i)) * at(high, i)]);
    const reach = this.reachOf(affine);
    const moved = (values: Float64Array, by: Float64Array): Float64Array =>
      values.map((value, i) => value + reach * at(by, i));
    const ahead = this.gapOf(moved(alpha, affine.alpha), moved(low, affine.low), moved(high, affine.high));
    const target = gap * (ahead / gap) ** 3;
    const step = this.stepFor(slopes, factor, (i) => [
      target - at(alpha, i) * at(low, i) - at(affine.alpha, i) * at(affine.low, i),
      target - (c - at(alpha, i)) * at(high, i) + at(affine.alpha, i) * at(affine.high, i),
    ]);
    this.apply(step, Math.min(1, stepShare * this.reachOf(step)));
  }

  private gapOf(alpha: Float64Array, low: Float64Array, high: Float64Array): number {
    return alpha.reduce((sum, a, i) => sum + a * at(low, i) + (this.c - a) * at(high, i), 0) / (2 * alpha.length);
  }

  /** I + Σ slopeᵢ zᵢzᵢᵀ for zᵢ = (xᵢ, 1), without the 1 that the intercept has no penalty for; lower triangle by rows. */
  private normalMatrix(slopes: Float64Array): Float64Array[] {
    const { codes, dim, rows } = this.data;
    const matrix = Array.from({ length: dim + 1 }, (_, k) => new Float64Array(dim + 1).fill(k < dim ? 1 : 0, k, k + 1));
    const code = new Float64Array(dim + 1);
    for (const [i, slope] of slopes.entries()) {
      const start = at(rows, i) * dim;
      for (let k = 0; k < dim; k++) code[k] = codes[start + k] ?? 0;
      code[dim] = 1;
      addOuterProduct(matrix, code, slope);
    }
    return matrix;
  }

  /** Solves Newton's system for given right-hand sides of the products α·low and (C − α)·high. */
  private stepFor(
    slopes: Float64Array,
    factor: readonly Float64Array[],
    products: (i: number) => [number, number],
  ): Step {
    const { c, alpha, low, high, signs } = this;
    const { dim } = this.data;
    const margins = this.marginsOf(this.normal, this.intercept);
    const goals = alpha.map((a, i) => {
      const [toLow, toHigh] = products(i);
      return 1 - at(margins, i) + at(low, i) - at(high, i) + toLow / a - toHigh / (c - a);
    });
    const weighted = goals.map((goal, i) => goal * at(slopes, i));
    const right = new Float64Array(dim + 1);
    right.set(this.weightedSum(weighted));
    right[dim] =
      weighted.reduce((sum, value, i) => sum + value * at(signs, i), 0) +
      alpha.reduce((sum, value, i) => sum + value * at(signs, i), 0);
    const solved = solveCholesky(factor, right);
    const [normal, intercept] = [solved.slice(0, dim), at(solved, dim)];
    const turned = this.marginsOf(normal, intercept);
    const byAlpha = goals.map((goal, i) => at(slopes, i) * (goal - at(turned, i)));
    return {
      alpha: byAlpha,
      low: byAlpha.map((by, i) => (products(i)[0] - at(low, i) * by) / at(alpha, i)),
      high: byAlpha.map((by, i) => (products(i)[1] + at(high, i) * by) / (c - at(alpha, i))),
      normal,
      intercept,
    };
  }

  /** The largest part of a step, up to 1, that keeps within all bounds. */
  private reachOf({ alpha, low, high }: Step): number {
    let reach = 1 / stepShare;
    const limit = (value: number, by: number): void => {
      if (by < 0) reach = Math.min(reach, -value / by);
    };
    for (const [i, by] of alpha.entries()) {
      limit(at(this.alpha, i), by);
      limit(this.c - at(this.alpha, i), -by);
      limit(at(this.low, i), at(low, i));
      limit(at(this.high, i), at(high, i));
    }
    return Math.min(1, reach);
  }

  private apply({ alpha, low, high, normal, intercept }: Step, share: number): void {
    for (const [target, by] of [
      [this.alpha, alpha],
      [this.low, low],
      [this.high, high],
      [this.normal, normal],
    ] as const) {
      target.forEach((value, i) => (target[i] = value + share * at(by, i)));
    }
    this.intercept += share * intercept;
  }

  /** yᵢ(n·xᵢ + b) of every sample. */
  private marginsOf(normal: Float64Array, intercept: number): Float64Array {
    const { codes, dim, rows } = this.data;
    return this.signs.map((sign, i) => sign * (rowDot(codes, dim, at(rows, i), normal) + intercept));
  }

  private weightedSum(weights: Float64Array): Float64Array {
    const { codes, dim, rows } = this.data;
    const sum = new Float64Array(dim);
    weights.forEach((weight, i) => addRow(sum, codes, dim, at(rows, i), weight * at(this.signs, i)));
    return sum;
  }
}
