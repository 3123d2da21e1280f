import { describe, expect, it } from 'vitest';
import { fitBoundary, type BoundaryEstimator, type BoundaryRequest } from '../../src/discovery/boundary.js';
import { fitLogistic } from '../../src/discovery/boundaryLogistic.js';
import { fitLinearSvm } from '../../src/discovery/boundarySvm.js';
import { solveSvmInterior } from '../../src/discovery/boundarySvmInterior.js';
import type { Hyperplane, LabelledCodes } from '../../src/discovery/labelledCodes.js';
import { expectError } from '../checkpoints/expectError.js';
import { cosine, dot, plantedCodes, plantedNormal, plantedScores } from './planted.js';

const official = { chosen: 0.02, validation: 0.3, seed: 0 };

function planted(count: number, dim: number, { noise = 0, flips = 0 } = {}): LabelledCodes & { normal: Float64Array } {
  const [codes, normal] = [plantedCodes(count, dim, 11), plantedNormal(dim, 12)];
  const scores = plantedScores(codes, normal, { noise, seed: 13 });
  const labels = Array.from(scores, (score, row) => (score > 0.3 ? 1 : -1) * (row % 10 < flips ? -1 : 1));
  return { codes, dim, rows: Array.from({ length: count }, (_, row) => row), labels, normal };
}

/** ½‖n‖² + Σ of a loss of the margins. */
function objective({ normal, intercept }: Hyperplane, data: LabelledCodes, loss: (margin: number) => number): number {
  const margins = Array.from(data.rows, (row, i) => {
    const code = data.codes.subarray(row * data.dim, (row + 1) * data.dim);
    return (data.labels[i] ?? NaN) * (dot(normal, code) + intercept);
  });
  return dot(normal, normal) / 2 + margins.reduce((sum, margin) => sum + loss(margin), 0);
}

const hinge = (margin: number): number => Math.max(0, 1 - margin);
const logLoss = (margin: number): number => Math.log1p(Math.exp(-margin));

/** Nothing nearby is better: moved along random directions, the objective only rises. */
function expectMinimum(plane: Hyperplane, data: LabelledCodes, loss: (margin: number) => number): void {
  const least = objective(plane, data, loss);
  for (let trial = 0; trial < 40; trial++) {
    const step = plantedNormal(data.dim + 1, 100 + trial);
    for (const size of [1e-2, 1e-4]) {
      const normal = plane.normal.map((value, k) => value + size * (step[k] ?? NaN));
      const moved = { normal, intercept: plane.intercept + size * (step[data.dim] ?? NaN) };
      expect(objective(moved, data, loss)).toBeGreaterThan(least - 1e-9 * least);
    }
  }
}

describe('the linear support vector machine', () => {
  it('finds the widest margin of a problem solved by hand', () => {
    // (0, 0) and (0, 1) against (2, 0): the plane x = 1, the margins at x = 0 and x = 2.
    const codes = Float32Array.from([0, 0, 0, 1, 2, 0]);
    const { normal, intercept } = fitLinearSvm({ codes, dim: 2, rows: [0, 1, 2], labels: [-1, -1, 1] }, { c: 1000 });
    expect([...normal, intercept].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([1, 0, -1]);
  });

  it('does not shrink the intercept: a shift of all latents shifts the plane and nothing else', () => {
    const data = planted(300, 6, { flips: 1 });
    const shift = plantedNormal(6, 5).map((value) => 20 * value);
    const codes = data.codes.map((value, index) => value + (shift[index % 6] ?? NaN));
    const [plane, moved] = [fitLinearSvm(data), fitLinearSvm({ ...data, codes })];
    expect(cosine(plane.normal, moved.normal)).toBeGreaterThan(1 - 1e-8);
    expect(moved.intercept + dot(moved.normal, shift)).toBeCloseTo(plane.intercept, 3);
  });

  it.each([
    ['apart', 0],
    ['mixed', 2],
  ])('leaves nothing to gain where the sides are %s', (_name, flips) => {
    const data = planted(400, 8, { flips });
    expectMinimum(fitLinearSvm(data), data, hinge);
  });

  it('solves larger problems than it looks at at once', () => {
    const data = planted(5000, 10, { flips: 3 });
    const plane = fitLinearSvm(data);
    expectMinimum(plane, data, hinge);
    // The optimality conditions in the primal: the subgradient by the intercept holds zero.
    const margins = Array.from(data.rows, (row, i) => {
      const code = data.codes.subarray(row * 10, (row + 1) * 10);
      return { side: data.labels[i] ?? NaN, by: (data.labels[i] ?? NaN) * (dot(plane.normal, code) + plane.intercept) };
    });
    const inside = margins.filter(({ by }) => by < 1 - 1e-5).reduce((sum, { side }) => sum + side, 0);
    const onMargin = margins.filter(({ by }) => Math.abs(by - 1) <= 1e-5).length;
    expect(onMargin).toBeGreaterThan(0);
    expect(Math.abs(inside)).toBeLessThanOrEqual(onMargin);
  });

  it.each([0, 1, 3])('is the same by both solvers, with %s labels of ten wrong', (flips) => {
    const data = planted(300, 12, { flips });
    const [exchanged, interior] = [fitLinearSvm(data), solveSvmInterior(data, 1, 1e-11)];
    expectMinimum(interior, data, hinge);
    expect(cosine(exchanged.normal, interior.normal)).toBeGreaterThan(1 - 1e-8);
    expect(exchanged.intercept).toBeCloseTo(interior.intercept, 4);
  });

  it('says so when there is no answer', () => {
    const codes = Float32Array.of(NaN, 1, 2, 3);
    expectError('svm-not-converged', () =>
      solveSvmInterior({ codes, dim: 1, rows: [0, 1, 2, 3], labels: [1, 1, -1, -1] }, 1, 1e-9),
    );
  });

  it('takes samples that are equal, on one side and on both', () => {
    const codes = Float32Array.from([1, 0, 1, 0, -1, 0, 1, 0]);
    const plane = fitLinearSvm({ codes, dim: 2, rows: [0, 1, 2, 3], labels: [1, 1, -1, -1] });
    expect(cosine(plane.normal, [1, 0])).toBeCloseTo(1, 6);
  });
});

describe('logistic regression', () => {
  it('leaves nothing to gain', () => {
    const data = planted(500, 8, { noise: 1 });
    const plane = fitLogistic(data);
    expectMinimum(plane, data, logLoss);
    expect(cosine(plane.normal, data.normal)).toBeGreaterThan(0.95);
  });

  it('has a finite answer where the sides are apart, and agrees with the slope of one dimension', () => {
    const data = { codes: Float32Array.from([1, -1]), dim: 1, rows: [0, 1], labels: [1, -1] };
    const { normal, intercept } = fitLogistic(data);
    // n = 2 · sigmoid(−n), by symmetry with intercept 0.
    const [slope = NaN] = normal;
    expect(slope).toBeCloseTo(2 / (1 + Math.exp(slope)), 8);
    expect(intercept).toBeCloseTo(0, 8);
  });
});

describe('a boundary of planted latents of 512 numbers, 1000 on either side of 10 000', () => {
  const [count, dim] = [10_000, 512];
  const [codes, normal] = [plantedCodes(count, dim, 1), plantedNormal(dim, 2)];
  const fit = (estimator: BoundaryEstimator, noise: number): ReturnType<typeof fitBoundary> =>
    fitBoundary(codes, dim, plantedScores(codes, normal, { noise, seed: 3 }), { ...official, chosen: 1000, estimator });

  it('is found by the support vector machine as in the simulation, and holds on all samples', () => {
    const found = fit('svm', 0);
    expect(cosine(found.normal, normal)).toBeGreaterThanOrEqual(0.97);
    expect(found.validationAccuracy).toBeGreaterThanOrEqual(0.99);
    expect(found.remainingAccuracy).toBeGreaterThan(0.75);
    expect(found.allAccuracy).toBeGreaterThan(0.9);
    expect(dot(found.normal, found.normal)).toBeCloseTo(1, 12);
    expect([found.positives, found.negatives]).toEqual([700, 700]);
  });

  it('is found by the other estimators as in the simulation', () => {
    expect(cosine(fit('mean-difference', 0).normal, normal)).toBeGreaterThan(0.93);
    expect(cosine(fit('logistic', 0).normal, normal)).toBeGreaterThan(0.95);
  });

  it('is found better by the mean difference where scores are as noisy as they vary', () => {
    const [svm, means] = [fit('svm', 1), fit('mean-difference', 1)];
    expect(cosine(means.normal, normal)).toBeGreaterThan(0.87);
    expect(cosine(means.normal, normal)).toBeGreaterThan(cosine(svm.normal, normal));
  });
});

describe('what a boundary is learned from', () => {
  const [codes, normal] = [plantedCodes(200, 3, 4), plantedNormal(3, 5)];
  const scores = plantedScores(codes, normal);
  const fit = (given: Float64Array, request: Partial<BoundaryRequest> = {}): ReturnType<typeof fitBoundary> =>
    fitBoundary(codes, 3, given, { ...official, chosen: 0.3, estimator: 'svm', ...request });

  it('leaves out what is not scored', () => {
    const some = scores.map((score, row) => (row % 2 === 0 ? score : NaN));
    expect(fit(some).positives).toBe(21);
    const others = scores.map((score, row) => (row % 2 === 0 ? score : -Infinity));
    expect(fit(others)).toEqual(fit(some));
  });

  it('takes labels of which one side is rarer', () => {
    const labels = scores.map((score) => (score > 1.2 ? 1 : 0));
    const positives = labels.filter((label) => label === 1).length;
    expect(positives).toBeLessThan(40);
    const found = fit(labels, { chosen: 0.5, validation: 0 });
    expect(found.positives).toBe(positives);
    expect(found.validationAccuracy).toBeNaN();
    expect(cosine(found.normal, normal)).toBeGreaterThan(0.9);
  });

  it('depends on the seed by the split alone', () => {
    expect(fit(scores, { seed: 1 })).toEqual(fit(scores, { seed: 1 }));
    expect(fit(scores, { seed: 1 }).normal).not.toEqual(fit(scores, { seed: 2 }).normal);
  });

  it.each([
    ['scores-missing', () => fit(scores.map(() => NaN))],
    ['scores-constant', () => fit(scores.map(() => 0.25))],
    ['too-few-labels', () => fit(scores, { chosen: 0.001 })],
    ['too-few-labels', () => fit(scores.map((score, row) => (row < 3 ? score : NaN)))],
    ['too-few-labels', () => fit(scores.map((_, row) => (row === 7 ? 1 : 0)))],
    ['invalid-boundary', () => fit(scores, { chosen: 0 })],
    ['invalid-boundary', () => fit(scores, { chosen: NaN })],
    ['invalid-boundary', () => fit(scores, { validation: 1 })],
    ['invalid-seed', () => fit(scores, { seed: -1 })],
    ['codes-mismatch', () => fitBoundary(codes, 4, scores, { ...official, estimator: 'svm' })],
    [
      'codes-not-finite',
      () =>
        fitBoundary(
          codes.map(() => NaN),
          3,
          scores,
          { ...official, estimator: 'svm' },
        ),
    ],
    [
      'boundary-undetermined',
      () =>
        fitBoundary(
          codes.map(() => 1),
          3,
          scores,
          { ...official, chosen: 0.2, estimator: 'svm' },
        ),
    ],
    ['labels-one-sided', () => fitLinearSvm({ codes, dim: 3, rows: [0, 1], labels: [1, 1] })],
    ['labels-one-sided', () => fitLogistic({ codes, dim: 3, rows: [0, 1], labels: [-1, -1] })],
    ['too-few-labels', () => fitLogistic({ codes, dim: 3, rows: [], labels: [] })],
  ])('%s', (code, act) => {
    expectError(code, act);
  });
});
