import { describe, expect, test } from 'vitest';
import { RandomState } from '../../src/latent/randomState.js';
import { dci, dciOfImportances } from '../../src/metrics/dci.js';
import { discretised, mutualInformationGap } from '../../src/metrics/mig.js';
import { separatedAttributePredictability } from '../../src/metrics/sap.js';
import { tableOf } from '../../src/metrics/table.js';
import { expectError } from '../checkpoints/expectError.js';
import { referenceSamples, rotation } from './referenceSamples.js';

const dim = 6;
const factors = tableOf(new RandomState(3).randn(3000 * dim).map(Math.tanh), dim);

function rotated(): ReturnType<typeof tableOf> {
  const rows = rotation(dim, 11);
  const values = Float64Array.from({ length: 3000 * dim }, (_, index) => {
    const [sample, axis] = [Math.floor(index / dim), index % dim];
    return (rows[axis] ?? new Float64Array()).reduce(
      (sum, value, k) => sum + value * (factors.values[sample * dim + k] ?? 0),
      0,
    );
  });
  return tableOf(values, dim);
}

describe('codes that are the factors, and codes that mix them', () => {
  const [exact, mixed] = [dci(factors, factors), dci(rotated(), factors)];

  test.each(['disentanglement', 'completeness'] as const)(
    '%s is 1 for the first and at least .5 lower for the others',
    (name) => {
      expect(Math.abs(exact[name] - 1)).toBeLessThanOrEqual(0.01);
      expect(mixed[name]).toBeLessThanOrEqual(exact[name] - 0.5);
    },
  );

  test('informativeness is kept by a rotation, because a linear map undoes it', () => {
    expect(exact.informativeness).toBeGreaterThan(0.99);
    expect(mixed.informativeness).toBeGreaterThan(0.99);
  });

  test('gaps are near 1 for the first and near nothing for the others', () => {
    expect(mutualInformationGap(factors, factors)).toBeGreaterThan(0.9);
    expect(mutualInformationGap(rotated(), factors)).toBeLessThan(0.25);
    expect(separatedAttributePredictability(factors, factors)).toBeGreaterThan(0.98);
    expect(separatedAttributePredictability(rotated(), factors)).toBeLessThan(0.4);
  });

  test('order and sign of the codes, and codes that say nothing, change nothing', () => {
    const shuffled = Float64Array.from({ length: 3000 * (dim + 1) }, (_, index) => {
      const [sample, axis] = [Math.floor(index / (dim + 1)), index % (dim + 1)];
      return axis === dim ? 4 : -(factors.values[sample * dim + (dim - 1 - axis)] ?? 0);
    });
    const codes = tableOf(shuffled, dim + 1);
    expect(dci(codes, factors).disentanglement).toBeCloseTo(exact.disentanglement, 9);
    expect(separatedAttributePredictability(codes, factors)).toBeGreaterThan(0.98);
    expect(mutualInformationGap(codes, factors)).toBeGreaterThan(0.9);
  });
});

/** See `referenceSamples` for where these numbers come from. */
describe('equality with the published formulas in NumPy', () => {
  const { codes, factors: known, withBinary } = referenceSamples();

  test('DCI of a fixed importance matrix', () => {
    const importances = [
      [0.9, 0.05, 0.3],
      [0.2, 0, 1.5],
      [0.4, 0.4, 0.4],
      [0, 2.25, 0.125],
    ];
    const { disentanglement, completeness } = dciOfImportances(importances);
    expect(Math.abs(disentanglement - 0.5384590259281286)).toBeLessThan(1e-6);
    expect(Math.abs(completeness - 0.43552423276352875)).toBeLessThan(1e-6);
  });

  test('DCI of samples, with the Lasso', () => {
    const { disentanglement, completeness, informativeness } = dci(codes, known);
    expect(Math.abs(disentanglement - 0.36979061505666855)).toBeLessThan(1e-6);
    expect(Math.abs(completeness - 0.42732357260926623)).toBeLessThan(1e-6);
    expect(Math.abs(informativeness - 0.9839770105638636)).toBeLessThan(1e-6);
  });

  test('MIG with 20 bins', () => {
    expect(Math.abs(mutualInformationGap(codes, known) - 0.29383477516150136)).toBeLessThan(1e-6);
  });

  test('SAP of continuous and of binary factors', () => {
    expect(Math.abs(separatedAttributePredictability(codes, known) - 0.5702608037807999)).toBeLessThan(1e-6);
    expect(Math.abs(separatedAttributePredictability(codes, withBinary) - 0.43712146295652454)).toBeLessThan(1e-6);
  });
});

describe('degenerate input', () => {
  test('bins put the greatest value into the last, and a constant into the first', () => {
    expect([...discretised([0, 0.49, 0.5, 1], 2)]).toEqual([0, 0, 1, 1]);
    expect([...discretised([3, 3, 3], 20)]).toEqual([0, 0, 0]);
  });

  test('a matrix of zeros scores nothing, and no division by zero', () => {
    const { disentanglement } = dciOfImportances([
      [0, 0],
      [0, 0],
    ]);
    expect(disentanglement).toBeCloseTo(0, 6);
  });

  test('a constant factor gives no gap and no information', () => {
    const constant = tableOf(new Float64Array(3000).fill(2), 1);
    expect(mutualInformationGap(factors, constant)).toBe(0);
    expect(separatedAttributePredictability(factors, constant)).toBe(0);
    expect(dci(factors, constant).informativeness).toBe(0);
  });

  test.each([
    ['codes and factors of different samples', () => dci(tableOf(new Float64Array(60), 2), factors)],
    ['too few samples', () => dci(tableOf(new Float64Array(8), 2), tableOf(new Float64Array(8), 2))],
    ['a number that is not finite', () => mutualInformationGap(tableOf([1, 2, NaN], 1), tableOf([1, 2, 3], 1))],
    [
      'no codes',
      () => separatedAttributePredictability({ rows: 9, columns: 0, values: [] }, tableOf(new Float64Array(9), 1)),
    ],
    ['rows of different length', () => tableOf([1, 2, 3], 2)],
    ['a negative importance', () => dciOfImportances([[1, -1]])],
    ['an empty matrix', () => dciOfImportances([])],
  ])('%s is refused', (_, work) => {
    expectError('invalid-measure', work);
  });
});
