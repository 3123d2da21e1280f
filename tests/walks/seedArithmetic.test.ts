import { describe, expect, test } from 'vitest';
import { latentArithmetic } from '../../src/walks/seedArithmetic.js';
import { cosine, plantedCodes, plantedNormal, plantedScores } from '../discovery/planted.js';

const dim = 32;

/** The first `count` rows whose noisy score is on one side. */
function rowsOn(side: 1 | -1, normal: Float64Array, count: number, seed: number): Float32Array {
  const codes = plantedCodes(2000, dim, seed);
  const scores = plantedScores(codes, normal, { noise: 0.3, seed });
  const rows = [...scores.keys()].filter((row) => side * (scores[row] ?? 0) > 0).slice(0, count);
  return Float32Array.from(rows.flatMap((row) => [...codes.subarray(row * dim, (row + 1) * dim)]));
}

describe('vector arithmetic', () => {
  test('of 200 pictures a side finds what was planted', () => {
    const normal = plantedNormal(dim, 9);
    const found = latentArithmetic(rowsOn(1, normal, 200, 1), rowsOn(-1, normal, 200, 2), dim);
    expect(cosine(found, normal)).toBeGreaterThan(0.85);
  });

  test('is the difference of the means', () => {
    expect(latentArithmetic(Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 1), 2)).toEqual(Float64Array.of(1, 2));
  });

  test.each([
    ['too-few-labels', [1, 2], []],
    ['too-few-labels', [], [1, 2]],
    ['no-direction', [1, 2], [1, 2]],
  ])('refuses with %s: %j less %j', (code, plus, minus) => {
    expect(() => latentArithmetic(Float32Array.from(plus), Float32Array.from(minus), 2)).toThrow(
      expect.objectContaining({ code }) as Error,
    );
  });
});
