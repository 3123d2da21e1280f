import { describe, expect, test } from 'vitest';
import { GanvasError } from '../../src/engine/errors.js';
import { latentFromSeed } from '../../src/latent/randomState.js';
import { randomWalk, type RandomWalkRequest } from '../../src/walks/randomWalk.js';
import { cosine, dot } from '../discovery/planted.js';

const start = latentFromSeed(5, 128);
const request = { start, count: 200, angle: 0.1, seed: 7 };

describe('a random walk', () => {
  test('turns by the same angle at every step and keeps its length', () => {
    const points = randomWalk(request);
    expect(points).toHaveLength(200);
    expect(points[0]).toEqual(Float64Array.from(start));
    for (const [i, point] of points.entries()) {
      expect(Math.sqrt(dot(point, point) / dot(start, start))).toBeCloseTo(1, 10);
      const before = points[i - 1];
      if (before !== undefined) expect(Math.acos(cosine(before, point))).toBeCloseTo(0.1, 6);
    }
  });

  test('goes on as it went: two steps lead nearly twice as far, and it does not come back', () => {
    const points = randomWalk(request);
    const turns = points.slice(2).map((point, i) => Math.acos(cosine(points[i] ?? [], point)));
    expect(turns.reduce((sum, turn) => sum + turn, 0) / turns.length).toBeGreaterThan(0.17);
    expect(Math.abs(cosine(points[0] ?? [], points[199] ?? []))).toBeLessThan(0.6);
  });

  test('goes round a great circle without turns', () => {
    const angle = Math.PI / 16;
    const points = randomWalk({ ...request, count: 33, angle, turn: 0 });
    points[32]?.forEach((value, k) => expect(value).toBeCloseTo(start[k] ?? NaN, 9));
  });

  test('is the same for the same seed, another for another', () => {
    expect(randomWalk(request)).toEqual(randomWalk(request));
    expect(randomWalk({ ...request, seed: 8 })[1]).not.toEqual(randomWalk(request)[1]);
  });

  const wrong: Partial<RandomWalkRequest>[] = [
    { count: 1 },
    { count: 2.5 },
    { angle: 0 },
    { angle: 2 },
    { angle: NaN },
    { turn: -0.1 },
    { start: [0, 0] },
    { start: [1] },
  ];
  test.each(wrong)('refuses %o', (part) => {
    expect(() => randomWalk({ ...request, ...part })).toThrow(GanvasError);
    expect(() => randomWalk({ ...request, ...part })).toThrow(/Expected/);
  });
});
