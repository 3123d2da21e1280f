import { describe, expect, it } from 'vitest';
import { projectOut } from '../../src/latent/projectOut.js';
import { expectError } from '../checkpoints/expectError.js';
import { cosine, dot, plantedNormal } from '../discovery/planted.js';

const dim = 512;
const conditions = [1, 2, 3, 4, 5].map((seed) => plantedNormal(dim, seed));

describe('a direction without its conditions', () => {
  it.each([1, 2, 3, 5])('is perpendicular to %s of them, and as long as it was', (count) => {
    const primal = plantedNormal(dim, 9).map((value, k) => 3 * (value + 0.5 * (conditions[0]?.[k] ?? NaN)));
    const found = projectOut(primal, conditions.slice(0, count));
    for (const condition of conditions.slice(0, count)) expect(Math.abs(cosine(found, condition))).toBeLessThan(1e-12);
    expect(dot(found, found)).toBeCloseTo(dot(primal, primal), 10);
    expect(cosine(found, primal)).toBeGreaterThan(0.8);
  });

  it('is the closed form for two conditions that are not perpendicular', () => {
    const [a, b, c] = [Float64Array.of(1, 1, 1, 0), Float64Array.of(1, 0, 0, 0), Float64Array.of(1, 1, 0, 0)];
    expect([...projectOut(a, [b, c])].map((value) => Math.round(value * 1e12) / 1e12)).toEqual([
      0,
      0,
      Math.round(Math.sqrt(3) * 1e12) / 1e12,
      0,
    ]);
  });

  it('does not depend on the order or length of conditions, nor on repeating or combining them', () => {
    const [a, b] = [conditions[0] ?? new Float64Array(), conditions[1] ?? new Float64Array()];
    const primal = plantedNormal(dim, 9).map((value, k) => value + (a[k] ?? 0) + (b[k] ?? 0));
    const expected = projectOut(primal, [a, b]);
    const sum = a.map((value, k) => 5 * value - (b[k] ?? NaN));
    for (const same of [
      [b, a],
      [a.map((value) => -1000 * value), b],
      [a, b, a, sum],
      [sum, a],
    ]) {
      expect(cosine(projectOut(primal, same), expected)).toBeCloseTo(1, 12);
    }
    // Nearly parallel conditions still leave no residual.
    const near = a.map((value, k) => value + 1e-3 * (b[k] ?? NaN));
    const apart = projectOut(primal, [a, near]);
    expect(Math.max(Math.abs(cosine(apart, a)), Math.abs(cosine(apart, near)))).toBeLessThan(1e-12);
  });

  it('is itself without conditions, or under one that says nothing', () => {
    const primal = plantedNormal(dim, 9);
    for (const none of [[], [new Float64Array(dim)]])
      expect(cosine(projectOut(primal, none), primal)).toBeCloseTo(1, 14);
  });

  it.each([
    ['one of them', [1]],
    ['one of them, turned round', [-2]],
    ['a mixture of them', [1, -3, 0.5]],
  ])('cannot be %s', (_what, parts) => {
    const primal = new Float64Array(dim);
    parts.forEach((part, i) => primal.forEach((value, k) => (primal[k] = value + part * (conditions[i]?.[k] ?? NaN))));
    // As exact as directions are stored.
    const stored = Float64Array.from(Float32Array.from(primal));
    expectError('condition-parallel', () => projectOut(stored, conditions));
  });

  it('is refused when it has no length, or another one than its condition', () => {
    expectError('condition-parallel', () => projectOut(new Float64Array(3), [Float64Array.of(1, 0, 0)]));
    expectError('condition-length', () => projectOut(Float64Array.of(1, 0, 0), [Float64Array.of(1, 0)]));
  });
});
