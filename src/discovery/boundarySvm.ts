/** The linear support vector machine of scikit-learn's `SVC(kernel='linear')`, solved in the dual. */
import { at } from '../engine/shape.js';
import { solveSvmInterior } from './boundarySvmInterior.js';
import { addRow, checkBothSides, rowDot, type Hyperplane, type LabelledCodes } from './labelledCodes.js';

export interface SvmOptions {
  /** Price of a violated margin; 1 by default, as in scikit-learn. */
  readonly c?: number;
  /** Largest violation of the optimality conditions that is left; scikit-learn stops at 1e-3. */
  readonly tolerance?: number;
}

/** Samples of either side that the first round looks at, and that a round adds at most. */
const firstChunk = 300;
const largestGrowth = 400;
/** Of the products of numbers that the interior-point method would take: where exchanges cost as much, it takes over. */
const patience = 12;
/** What the interior-point method calls its gap is a mean of products, of which single ones are far larger. */
const gapShare = 1e-4;

/**
 * Minimises ½‖n‖² + C Σ max(0, 1 − yᵢ(n·xᵢ + b)) over n and b; b is not regularised. Solved in the dual by sequential minimal
 * optimisation with second-order choice of the pair (Fan, Chen & Lin 2005, "Working Set Selection Using Second Order
 * Information for Training Support Vector Machines", WSS 2), on the samples near the plane only: those that it leaves out
 * are looked at after each round, and the ones that violate their margin join (Osuna, Freund & Girosi 1997). That is quick for
 * extremes, of which few lie near the plane. Sides that overlap need an exchange for every sample between them, time and
 * again; there an interior-point method finishes, which takes as many steps for any problem.
 * @throws GanvasError `labels-one-sided`, `too-few-labels`, `svm-not-converged` for numbers that are not finite
 */
export function fitLinearSvm(data: LabelledCodes, { c = 1, tolerance = 1e-6 }: SvmOptions = {}): Hyperplane {
  checkBothSides(data);
  const dual = new SvmDual(data, c);
  dual.include(nearestAlongMeans(data));
  for (;;) {
    if (!dual.solve(tolerance)) return solveSvmInterior(data, c, tolerance * gapShare);
    const joining = dual.violators(tolerance);
    if (joining.length === 0) return dual.plane();
    dual.include(joining);
  }
}

/** The samples of either side that lie furthest towards the other one, along the difference of the means. */
function nearestAlongMeans({ codes, dim, rows, labels }: LabelledCodes): number[] {
  const difference = new Float64Array(dim);
  const [positives, negatives] = [1, -1].map((side) => indicesWhere(labels, (label) => label * side > 0));
  for (const [side, members] of [positives ?? [], negatives ?? []].entries()) {
    for (const i of members) addRow(difference, codes, dim, at(rows, i), (side === 0 ? 1 : -1) / members.length);
  }
  const along = Float64Array.from({ length: rows.length }, (_, i) => rowDot(codes, dim, at(rows, i), difference));
  const ascending = (a: number, b: number): number => at(along, a) - at(along, b) || a - b;
  return [
    ...(positives ?? []).sort(ascending).slice(0, firstChunk),
    ...(negatives ?? []).sort(ascending).reverse().slice(0, firstChunk),
  ];
}

function indicesWhere(labels: ArrayLike<number>, test: (label: number) => boolean): number[] {
  return Array.from({ length: labels.length }, (_, i) => i).filter((i) => test(at(labels, i)));
}

/**
 * The dual in signed multipliers βᵢ = yᵢαᵢ, which lie in [0, C] or [−C, 0] and sum to 0; n = Σ βᵢxᵢ. A sample's error is
 * eᵢ = yᵢ − n·xᵢ; at the optimum no error of a βᵢ that may grow exceeds one of a βⱼ that may shrink, and b lies between.
 */
class SvmDual {
  /** Samples that take part, as indices of `data.rows`. */
  private readonly members: number[] = [];
  private readonly isMember: Uint8Array;
  /** By member. */
  private readonly betas: number[] = [];
  private readonly lows: number[] = [];
  private readonly highs: number[] = [];
  private errors = new Float64Array();
  private squares = new Float64Array();
  /** Rows of the Gram matrix of the members, as far as they were needed; they are lengthened when members join. */
  private readonly gram = new Map<number, Float64Array>();
  private readonly normal: Float64Array;
  /** Products of numbers that may still be spent. */
  private budget: number;

  constructor(
    private readonly data: LabelledCodes,
    private readonly c: number,
  ) {
    this.isMember = new Uint8Array(data.rows.length);
    this.normal = new Float64Array(data.dim);
    this.budget = patience * data.rows.length * data.dim ** 2;
  }

  include(samples: readonly number[]): void {
    for (const sample of samples) {
      const positive = at(this.data.labels, sample) > 0;
      this.isMember[sample] = 1;
      this.members.push(sample);
      this.betas.push(0);
      this.lows.push(positive ? 0 : -this.c);
      this.highs.push(positive ? this.c : 0);
    }
    const { codes, dim } = this.data;
    this.squares = Float64Array.from(this.members, (sample) => {
      const row = at(this.data.rows, sample);
      return rowDot(codes, dim, row, codes.subarray(row * dim, (row + 1) * dim));
    });
    this.errors = Float64Array.from(this.members, (sample) => this.errorOf(sample));
  }

  /** Until the members violate nothing by more than `tolerance`; false when that takes too long. */
  solve(tolerance: number): boolean {
    for (;;) {
      const up = this.mostEager();
      const pair = up < 0 ? null : this.partnerOf(up, tolerance);
      if (pair === null) break;
      this.exchange(up, pair);
      this.budget -= 4 * this.members.length;
      if (this.budget < 0) return false;
    }
    // Afresh, because n and the errors have gathered rounding.
    this.normal.fill(0);
    this.members.forEach((sample, i) => {
      if (at(this.betas, i) !== 0) this.addSample(sample, at(this.betas, i));
    });
    this.errors = Float64Array.from(this.members, (sample) => this.errorOf(sample));
    return true;
  }

  /** Samples outside that violate their margin, worst first, some of either side; their β is 0. */
  violators(tolerance: number): number[] {
    const [least, most] = this.interceptRange();
    const worst: { sample: number; by: number }[] = [];
    for (let sample = 0; sample < this.data.rows.length; sample++) {
      if (this.isMember[sample] === 1) continue;
      const error = this.errorOf(sample);
      // A positive one may only grow, a negative one only shrink.
      const by = at(this.data.labels, sample) > 0 ? error - most : least - error;
      if (by > tolerance) worst.push({ sample, by });
    }
    return worst
      .sort((a, b) => b.by - a.by || a.sample - b.sample)
      .slice(0, largestGrowth)
      .map(({ sample }) => sample);
  }

  plane(): Hyperplane {
    const free = [...this.betas.keys()].filter(
      (i) => at(this.betas, i) > at(this.lows, i) && at(this.betas, i) < at(this.highs, i),
    );
    const [least, most] = this.interceptRange();
    // Free ones lie on their margin; without any, every b between the two is as good (libsvm takes the middle).
    const intercept =
      free.length > 0 ? free.reduce((sum, i) => sum + at(this.errors, i), 0) / free.length : (least + most) / 2;
    return { normal: this.normal.slice(), intercept };
  }

  /** The largest error of a β that may grow, and the smallest of one that may shrink. */
  private interceptRange(): [number, number] {
    let [growing, shrinking] = [-Infinity, Infinity];
    for (let i = 0; i < this.members.length; i++) {
      const error = at(this.errors, i);
      if (at(this.betas, i) < at(this.highs, i)) growing = Math.max(growing, error);
      if (at(this.betas, i) > at(this.lows, i)) shrinking = Math.min(shrinking, error);
    }
    return [growing, shrinking];
  }

  private mostEager(): number {
    const { errors, betas, highs } = this;
    let [best, largest] = [-1, -Infinity];
    for (let i = 0; i < errors.length; i++) {
      const error = errors[i] ?? 0;
      if (error > largest && (betas[i] ?? 0) < (highs[i] ?? 0)) [best, largest] = [i, error];
    }
    return best;
  }

  /** Whose exchange with `up` lowers the objective most, by its second order; null when no error is `tolerance` smaller. */
  private partnerOf(up: number, tolerance: number): number | null {
    const { errors, betas, lows, squares } = this;
    const row = this.gramRow(up);
    const [error, square] = [at(errors, up), at(squares, up)];
    let [best, largest] = [-1, -Infinity];
    let violated = false;
    for (let i = 0; i < errors.length; i++) {
      if ((betas[i] ?? 0) <= (lows[i] ?? 0)) continue;
      const gap = error - (errors[i] ?? 0);
      if (gap <= 0) continue;
      violated ||= gap > tolerance;
      const gain = (gap * gap) / curvature(square + (squares[i] ?? 0) - 2 * (row[i] ?? 0));
      if (gain > largest) [best, largest] = [i, gain];
    }
    return violated ? best : null;
  }

  /** Moves as much from the multiplier of `down` to that of `up` as is best for the two. */
  private exchange(up: number, down: number): void {
    const { errors, betas, squares } = this;
    const [upRow, downRow] = [this.gramRow(up), this.gramRow(down)];
    const best =
      (at(errors, up) - at(errors, down)) / curvature(at(squares, up) + at(squares, down) - 2 * at(upRow, down));
    const room = at(this.highs, up) - at(betas, up);
    const stock = at(betas, down) - at(this.lows, down);
    const moved = Math.min(best, room, stock);
    // Bounds are met exactly, because what is on its bound is told by equality.
    betas[up] = moved === room ? at(this.highs, up) : at(betas, up) + moved;
    betas[down] = moved === stock ? at(this.lows, down) : at(betas, down) - moved;
    for (let i = 0; i < errors.length; i++) {
      errors[i] = (errors[i] ?? 0) - moved * ((upRow[i] ?? 0) - (downRow[i] ?? 0));
    }
  }

  private gramRow(member: number): Float64Array {
    const known = this.gram.get(member);
    if (known !== undefined && known.length === this.members.length) return known;
    const { codes, dim, rows } = this.data;
    const own = at(rows, at(this.members, member)) * dim;
    const code = Float64Array.from(codes.subarray(own, own + dim));
    const row = new Float64Array(this.members.length);
    if (known !== undefined) row.set(known);
    for (let i = known?.length ?? 0; i < row.length; i++) {
      row[i] = rowDot(codes, dim, at(rows, at(this.members, i)), code);
    }
    this.budget -= (row.length - (known?.length ?? 0)) * dim;
    this.gram.set(member, row);
    return row;
  }

  private errorOf(sample: number): number {
    const { codes, dim, rows, labels } = this.data;
    return Math.sign(at(labels, sample)) - rowDot(codes, dim, at(rows, sample), this.normal);
  }

  private addSample(sample: number, factor: number): void {
    addRow(this.normal, this.data.codes, this.data.dim, at(this.data.rows, sample), factor);
  }
}

/** ‖xᵢ − xⱼ‖², above zero also where two samples are the same (libsvm: TAU). */
const curvature = (square: number): number => Math.max(square, 1e-12);
