import { describe, expect, test } from 'vitest';
import { RandomState } from '../../src/latent/randomState.js';
import { conditionalEntropies, separability } from '../../src/metrics/separability.js';
import { squaredHingeSvm } from '../../src/metrics/squaredHingeSvm.js';
import { column, tableOf } from '../../src/metrics/table.js';
import { expectError } from '../checkpoints/expectError.js';
import { referenceSamples } from './referenceSamples.js';

const latents = tableOf(new RandomState(5).randn(4000 * 8), 8);

function scoresOf(make: (row: readonly number[]) => number[]): ReturnType<typeof tableOf> {
  const rows = Array.from({ length: latents.rows }, (_, row) =>
    make(Array.from({ length: 8 }, (_, axis) => latents.values[row * 8 + axis] ?? 0)),
  );
  return tableOf(rows.flat(), rows[0]?.length ?? 0);
}

describe('squaredHingeSvm', () => {
  test('is the minimum that gradient descent in NumPy finds', () => {
    const { codes, factors } = referenceSamples();
    const rows = Array.from({ length: 100 }, (_, row) =>
      Float64Array.from({ length: 4 }, (_, index) => codes.values[row * 4 + index] ?? 0),
    );
    const positive = Array.from(column(factors, 0).subarray(0, 100), (value) => value > 0);
    const { weight, intercept } = squaredHingeSvm(rows, positive, { c: 1 });
    const expected = [2.51014407, -0.83459398, 0.16951368, 0.63303031, -0.16869994];
    for (const [index, value] of [...weight, intercept].entries()) {
      expect(Math.abs(value - (expected[index] ?? NaN))).toBeLessThan(1e-6);
    }
  });

  test('refuses a single class', () => {
    expectError('invalid-measure', () =>
      squaredHingeSvm([Float64Array.of(1), Float64Array.of(2)], [true, true], { c: 1 }),
    );
  });
});

describe('separability', () => {
  test('equals the published formula in NumPy', () => {
    const { codes, scores } = referenceSamples();
    expect(Math.abs(separability(codes, scores) - 3.310955432663915)).toBeLessThan(1e-6);
  });

  test('is 1 where planes tell all attributes, whatever their scale', () => {
    const linear = scoresOf((row) => [100 * (row[0] ?? 0), 0.01 * ((row[1] ?? 0) + (row[2] ?? 0)) + 7]);
    expect(separability(latents, linear)).toBeLessThan(1.02);
  });

  test('doubles with every attribute that no plane tells', () => {
    const hidden = scoresOf((row) => [(row[0] ?? 0) ** 2, row[1] ?? 0, (row[2] ?? 0) * (row[3] ?? 0)]);
    const [square = 0, linear = 1, product = 0] = conditionalEntropies(latents, hidden);
    expect(square).toBeGreaterThan(0.97);
    expect(linear).toBeLessThan(0.01);
    expect(product).toBeGreaterThan(0.97);
    expect(separability(latents, hidden)).toBeGreaterThan(3.8);
  });

  test('a constant attribute costs nothing', () => {
    expect(
      separability(
        latents,
        scoresOf(() => [3]),
      ),
    ).toBe(1);
  });
});
