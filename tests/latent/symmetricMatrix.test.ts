import { describe, expect, test } from 'vitest';
import { choleskyFactor, symmetricEigen } from '../../src/latent/symmetricMatrix.js';
import { numbers } from '../ops/numbers.js';

const product = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);

/** rank-limited Gram matrix: repeated zeros among its eigenvalues when rank < n. */
function gram(n: number, rank: number, shift = 0): Float64Array[] {
  const rows = Array.from({ length: n }, (_, i) => Float64Array.from(numbers([rank], i + 1)));
  return rows.map((row, i) => Float64Array.from(rows, (other, j) => product(row, other) + (i === j ? shift : 0)));
}

function expectEigen(matrix: readonly Float64Array[]): void {
  const { values, vectors } = symmetricEigen(matrix);
  const scale = Math.max(...values.map(Math.abs), 1e-300);
  vectors.forEach((vector, k) => {
    const value = values[k] ?? NaN;
    if (k > 0) expect(value).toBeLessThanOrEqual(values[k - 1] ?? NaN);
    matrix.forEach((row, i) => {
      expect(Math.abs(product(row, vector) - value * (vector[i] ?? NaN))).toBeLessThan(1e-12 * scale * matrix.length);
    });
    vectors.forEach((other, j) => {
      expect(Math.abs(product(vector, other) - (j === k ? 1 : 0))).toBeLessThan(1e-12);
    });
  });
}

describe('symmetricEigen', () => {
  test.each([1, 2, 3, 7, 64])('of %d rows', (n) => {
    expectEigen(gram(n, n));
  });

  test('with repeated eigenvalues, of a diagonal, of zeros, and not definite', () => {
    expectEigen(gram(12, 4, 2));
    expectEigen([3, -1, 3].map((value, i) => new Float64Array(3).fill(value, i, i + 1)));
    expectEigen(Array.from({ length: 5 }, () => new Float64Array(5)));
    expectEigen(gram(9, 9).map((row, i) => row.map((value, j) => value * ((i + j) % 2 === 0 ? 1 : -2))));
  });

  test('knows one by hand', () => {
    const { values } = symmetricEigen([Float64Array.of(2, 1), Float64Array.of(1, 2)]);
    expect(values[0]).toBeCloseTo(3, 14);
    expect(values[1]).toBeCloseTo(1, 14);
  });

  test('says when numbers are not finite', () => {
    expect(() => symmetricEigen([Float64Array.of(NaN, 1), Float64Array.of(1, 2)])).toThrow(
      expect.objectContaining({ code: 'eigen-not-converged' }) as Error,
    );
  });
});

describe('choleskyFactor', () => {
  test('multiplies back to the matrix', () => {
    const matrix = gram(20, 20, 0.1);
    const factor = choleskyFactor(matrix);
    matrix.forEach((row, i) =>
      row.forEach((value, j) => {
        expect(product(factor[i] ?? new Float64Array(), factor[j] ?? new Float64Array())).toBeCloseTo(value, 12);
      }),
    );
  });

  test('refuses what is not positive', () => {
    expect(() => choleskyFactor([Float64Array.of(1, 2), Float64Array.of(2, 1)])).toThrow(
      expect.objectContaining({ code: 'not-positive-definite' }) as Error,
    );
  });
});
