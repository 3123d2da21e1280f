import { describe, expect, test } from 'vitest';
import { blendLatents, seedsAround, type SeedGrid } from '../../src/latent/seedGrid.js';

const grid: SeedGrid = { first: 100, columns: 4, rows: 3 };

describe('seeds around a place', () => {
  test('are the one that it lies on', () => {
    expect(seedsAround(grid, 0, 0)).toEqual([{ seed: 100, weight: 1 }]);
    expect(seedsAround(grid, 3, 2)).toEqual([{ seed: 111, weight: 1 }]);
  });

  test('are the corners of its cell, by how near they are', () => {
    expect(seedsAround(grid, 1.25, 1.5)).toEqual([
      { seed: 105, weight: 0.375 },
      { seed: 106, weight: 0.125 },
      { seed: 109, weight: 0.375 },
      { seed: 110, weight: 0.125 },
    ]);
  });

  test('are two on a line between two, and stay inside', () => {
    expect(seedsAround(grid, 2, 0.5).map(({ seed }) => seed)).toEqual([102, 106]);
    expect(seedsAround(grid, -4, 9)).toEqual([{ seed: 108, weight: 1 }]);
  });
});

describe('a blend', () => {
  test('of w is the weighted mean', () => {
    const points = [
      { latent: { space: 'w', values: [1, 2] }, weight: 0.25 },
      { latent: { space: 'w', values: [5, -2] }, weight: 0.75 },
    ] as const;
    expect(blendLatents(points)).toEqual({ space: 'w', values: [4, -1] });
  });

  test('of z keeps its length where the ends are independent', () => {
    const points = [
      { latent: { space: 'z', values: [2, 0] }, weight: 0.5 },
      { latent: { space: 'z', values: [0, 2] }, weight: 0.5 },
    ] as const;
    const blended = blendLatents(points);
    expect('values' in blended && Math.hypot(...blended.values.flat())).toBeCloseTo(2, 6);
  });

  test('is refused across spaces, lengths and without numbers', () => {
    const w = { latent: { space: 'w', values: [1] }, weight: 0.5 } as const;
    for (const latent of [
      { space: 'z', values: [1] },
      { space: 'w', values: [1, 2] },
      { space: 'z', seed: 3 },
      { space: 'w+', values: [[1]] },
    ] as const) {
      expect(() => blendLatents([w, { latent, weight: 0.5 }])).toThrowError(/one space/u);
    }
    expect(() => blendLatents([])).toThrowError(/no latent/u);
  });
});
