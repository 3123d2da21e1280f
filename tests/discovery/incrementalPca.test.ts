import { beforeAll, describe, expect, it } from 'vitest';
import { IncrementalPca } from '../../src/discovery/incrementalPca.js';
import { LatentRegression } from '../../src/discovery/latentRegression.js';
import { RunningScatter, type PrincipalComponents } from '../../src/discovery/principalComponents.js';
import type { Engine } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import { RandomState } from '../../src/latent/randomState.js';
import { createTestEngine } from '../ops/evaluate.js';
import { alignment, orthonormalAxes } from '../planted/axes.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

const deviations = [5, 3, 2] as const;

/** Rows of rank 3, and a little noise, around a mean that is far off. */
function plantedRows(
  count: number,
  dim: number,
  noise: number,
  seed: number,
): { rows: Float32Array; axes: Float64Array[] } {
  const axes = orthonormalAxes(3, dim, 7);
  const random = new RandomState(seed);
  const rows = new Float32Array(count * dim);
  for (let row = 0; row < count; row++) {
    const strengths = random.randn(3);
    const errors = random.randn(dim);
    for (let i = 0; i < dim; i++) {
      const planted = axes.reduce((sum, axis, k) => sum + at(deviations, k) * at(strengths, k) * at(axis, i), 0);
      rows[row * dim + i] = 4 + planted + noise * at(errors, i);
    }
  }
  return { rows, axes };
}

async function fitted(rows: Float32Array, dim: number, count: number, batch: number): Promise<PrincipalComponents> {
  const pca = await IncrementalPca.compile(engine, { dim, count, batch });
  try {
    for (let first = 0; first < rows.length; first += batch * dim)
      await pca.add(rows.subarray(first, first + batch * dim));
    return pca.components();
  } finally {
    pca.dispose();
  }
}

/** The same in f64, from the covariance. */
function exact(rows: Float32Array, dim: number, count: number): PrincipalComponents {
  const all = new RunningScatter(dim);
  const samples = rows.length / dim;
  const mean = Float32Array.from({ length: dim }, (_, i) => {
    let sum = 0;
    for (let row = 0; row < samples; row++) sum += at(rows, row * dim + i);
    return sum / samples;
  });
  const scatter = new Float32Array(dim * dim);
  for (let row = 0; row < samples; row++) {
    for (let i = 0; i < dim; i++) {
      for (let j = 0; j < dim; j++) {
        scatter[i * dim + j] =
          at(scatter, i * dim + j) + (at(rows, row * dim + i) - at(mean, i)) * (at(rows, row * dim + j) - at(mean, j));
      }
    }
  }
  all.add(samples, mean, scatter);
  return all.components(count);
}

describe('IncrementalPca', () => {
  it.each([
    ['rows longer than the stack', 60, 12],
    ['rows shorter than the stack', 20, 25],
    ['one batch', 60, 200],
  ])('finds planted axes of %s', async (_, dim, batch) => {
    const { rows, axes } = plantedRows(130, dim, 0, 1);
    const found = await fitted(rows, dim, 5, batch);
    const expected = exact(rows, dim, 5);
    // Of rank 3, so that nothing is lost between batches.
    for (const k of [0, 1, 2]) {
      expect(alignment(at(found.vectors, k), at(expected.vectors, k))).toBeGreaterThan(1 - 1e-6);
      expect(at(found.stdev, k) * Math.sqrt(129 / 130)).toBeCloseTo(at(expected.stdev, k), 3);
      expect(at(found.varianceRatio, k)).toBeCloseTo(at(expected.varianceRatio, k), 5);
    }
    expect(alignment(at(found.vectors, 0), at(axes, 0))).toBeGreaterThan(0.9);
    // What is left is the rounding of f32 sums, 1e-3 of the strongest.
    expect(at(found.stdev, 3)).toBeLessThan(0.01);
    found.mean.forEach((value, i) => expect(value).toBeCloseTo(at(expected.mean, i), 4));
  });

  it('approximates well where components are lost between batches', async () => {
    const { rows } = plantedRows(600, 60, 0.3, 2);
    const found = await fitted(rows, 60, 6, 50);
    const expected = exact(rows, 60, 6);
    for (const k of [0, 1, 2]) {
      expect(alignment(at(found.vectors, k), at(expected.vectors, k))).toBeGreaterThan(0.9995);
      expect(Math.abs(at(found.stdev, k) / at(expected.stdev, k) - 1)).toBeLessThan(5e-3);
    }
  });

  it('refuses a first batch of fewer rows than components', async () => {
    await expect(fitted(plantedRows(3, 20, 1, 1).rows, 20, 5, 10)).rejects.toMatchObject({ code: 'too-few-samples' });
  });
});

describe('RunningScatter', () => {
  it('joins batches of any size to what all of them are', () => {
    const { rows } = plantedRows(50, 6, 1, 4);
    const whole = exact(rows, 6, 6);
    const joined = new RunningScatter(6);
    for (const [first, last] of [
      [0, 1],
      [1, 20],
      [20, 50],
    ] as const) {
      const part = rows.subarray(first * 6, last * 6);
      const count = last - first;
      const mean = Float32Array.from({ length: 6 }, (_, i) => {
        let sum = 0;
        for (let row = 0; row < count; row++) sum += at(part, row * 6 + i);
        return sum / count;
      });
      const scatter = Float32Array.from({ length: 36 }, (_, index) => {
        const [i, j] = [Math.floor(index / 6), index % 6];
        let sum = 0;
        for (let row = 0; row < count; row++)
          sum += (at(part, row * 6 + i) - at(mean, i)) * (at(part, row * 6 + j) - at(mean, j));
        return sum;
      });
      joined.add(count, mean, scatter);
    }
    expect(joined.count).toBe(50);
    const found = joined.components(6);
    found.stdev.forEach((value, k) => expect(value).toBeCloseTo(at(whole.stdev, k), 4));
    found.vectors.forEach((vector, k) => expect(alignment(vector, at(whole.vectors, k))).toBeGreaterThan(1 - 1e-6));
  });
});

describe('LatentRegression', () => {
  it('finds a planted linear map, in portions', () => {
    const random = new RandomState(3);
    const map = [Float64Array.of(1, 2, 0, -1), Float64Array.of(0, 1, 3, 0.5)];
    const regression = new LatentRegression(2, 4);
    for (const rows of [5, 30]) {
      const coordinates = Float32Array.from(random.randn(rows * 2));
      const latents = Float32Array.from({ length: rows * 4 }, (_, index) => {
        const [row, k] = [Math.floor(index / 4), index % 4];
        return map.reduce((sum, line, i) => sum + at(coordinates, row * 2 + i) * at(line, k), 0);
      });
      regression.add(coordinates, latents, rows);
    }
    regression
      .solution()
      .forEach((row, i) => row.forEach((value, k) => expect(value).toBeCloseTo(at(at(map, i), k), 5)));
  });

  it('says when samples do not determine it', () => {
    const regression = new LatentRegression(2, 1);
    regression.add(Float32Array.of(1, 2), Float32Array.of(1), 1);
    expect(() => regression.solution()).toThrow(expect.objectContaining({ code: 'not-positive-definite' }));
  });
});
