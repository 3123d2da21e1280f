import { describe, expect, test } from 'vitest';
import { latentFromSeed } from '../../src/latent/randomState.js';
import { lerp, pointsBetween, slerp } from '../../src/latent/interpolation.js';
import { cosine, dot } from '../discovery/planted.js';

const [a, b] = [latentFromSeed(1, 512), latentFromSeed(2, 512)];
const pairs = <T>(rows: readonly T[]): [T, T][] => rows.slice(1).map((row, index) => [rows[index] as T, row]);
const length = (row: ArrayLike<number>): number => Math.sqrt(dot(row, row));

describe('slerp', () => {
  test('turns by the same angle at every step, and meets both ends', () => {
    const points = pointsBetween(slerp, a, b, 33);
    expect(points[0]).toEqual(Float64Array.from(a));
    expect(points[32]).toEqual(Float64Array.from(b));
    const whole = Math.acos(cosine(a, b));
    for (const [from, to] of pairs(points)) expect(Math.acos(cosine(from, to))).toBeCloseTo(whole / 32, 6);
  });

  test('is exact at the ends by its own arithmetic too, whatever their lengths', () => {
    const long = b.map((value) => 3 * value);
    for (const [t, end] of [
      [0, a],
      [1, long],
    ] as const) {
      slerp(a, long, t).forEach((value, k) => expect(Math.abs(value - (end[k] ?? NaN))).toBeLessThan(1e-12));
    }
    expect(length(slerp(a, long, 0.5))).toBeCloseTo((length(a) + length(long)) / 2, 10);
  });

  test('is straight where there is no one great circle', () => {
    expect(slerp([1, 0], [2, 0], 0.5)).toEqual(Float64Array.of(1.5, 0));
    expect(slerp([1, 0], [-1, 0], 0.25)).toEqual(Float64Array.of(0.5, 0));
  });

  test('keeps its angle between latents that are nearly the same', () => {
    const near = [1, 1e-6];
    expect(slerp([1, 0], near, 0.5)[1]).toBeCloseTo(5e-7, 16);
  });
});

test('lerp goes at constant speed in a line', () => {
  const points = pointsBetween(lerp, a, b, 9);
  const step = length(Float64Array.from(b, (value, k) => value - (a[k] ?? NaN))) / 8;
  for (const [from, to] of pairs(points)) {
    expect(length(to.map((value, k) => value - (from[k] ?? NaN)))).toBeCloseTo(step, 10);
  }
});
