import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { discoverGanspace } from '../../src/discovery/ganspace.js';
import { fitLabels, labelAxesOf } from '../../src/discovery/labelFit.js';
import type { Engine } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import type { Direction } from '../../src/latent/direction.js';
import { RandomState } from '../../src/latent/randomState.js';
import { createTestEngine } from '../ops/evaluate.js';
import { alignment } from './axes.js';
import { directionOf } from './directions.js';
import { PlantedGenerator } from './plantedGenerator.js';

const dim = 64;
/** Each .87 of the one before, the last still above the 1 of every other direction. */
const deviations = Array.from({ length: 14 }, (_, k) => 8 * 0.87 ** k);
const generator = new PlantedGenerator({ dim, seed: 31, deviations });

let engine: Engine;
let found: Direction[];
beforeAll(async () => {
  engine = await createTestEngine();
  found = await discoverGanspace(engine, generator, {
    layers: [0, 1, 2, 3],
    count: 10,
    samples: 10_000,
    seed: 7,
    at: null,
    class: null,
    modelHash: 'planted',
  });
});
afterAll(() => engine.dispose());

describe('GANSpace on a planted anisotropic w, 10 000 samples', () => {
  test.each(Array.from({ length: 10 }, (_, k) => k))(
    'axis %i is the planted one, and its deviation within 3 %%',
    (k) => {
      const direction = at(found, k);
      expect(alignment(direction.vectors, at(generator.principalAxes, k))).toBeGreaterThanOrEqual(0.99);
      expect(Math.abs((direction.statistics['stdev'] ?? NaN) / at(deviations, k) - 1)).toBeLessThanOrEqual(0.03);
    },
  );
});

describe('label by click', () => {
  /** The concept, in standard deviations along the ten axes that were found. */
  const concept = new RandomState(12).randn(10);
  /** w of the planted generator, in f64. */
  const wOf = (z: Float64Array): Float64Array =>
    generator.principalAxes.reduce((w, axis, k) => {
      const along = (at(deviations, k) - 1) * axis.reduce((sum, value, i) => sum + value * at(z, i), 0);
      return w.map((value, i) => value + along * at(axis, i));
    }, z);
  const draw = (count: number, seed: number): Float32Array => {
    const random = new RandomState(seed);
    const w = new Float32Array(count * dim);
    for (let row = 0; row < count; row++) w.set(wOf(random.randn(dim)), row * dim);
    return w;
  };
  const truth = concept.reduce<Float64Array>(
    (sum, part, k) => sum.map((value, i) => value + part * at(deviations, k) * at(at(generator.principalAxes, k), i)),
    new Float64Array(dim),
  );
  /** Yes, where the latent lies on the concept's side. */
  const isPositive = (w: Float32Array): boolean =>
    concept.reduce((sum, part, k) => {
      const axis = at(generator.principalAxes, k);
      return sum + (part / at(deviations, k)) * axis.reduce((along, value, i) => along + value * at(w, i), 0);
    }, 0) > 0;

  test('thirty clicks a side within ten axes find what was meant', () => {
    const axes = labelAxesOf(found, draw(2000, 40));
    const all = draw(400, 41);
    const rows = Array.from({ length: 400 }, (_, row) => all.subarray(row * dim, (row + 1) * dim));
    const chosen = [
      ...rows.filter((row) => isPositive(row)).slice(0, 30),
      ...rows.filter((row) => !isPositive(row)).slice(0, 30),
    ];
    const latents = Float32Array.from(chosen.flatMap((row) => [...row]));
    const fit = fitLabels(axes, latents, chosen.map(isPositive));
    expect(fit).toMatchObject({ positives: 30, negatives: 30, moreClicks: 0 });
    expect(alignment(fit.vector ?? [], truth)).toBeGreaterThanOrEqual(0.9);
    expect(fit.accuracy).toBeGreaterThan(0.75);
  });

  test('a handful says how many more are wanted', () => {
    const axes = labelAxesOf(found, draw(500, 40));
    const few = draw(8, 43);
    const rows = Array.from({ length: 8 }, (_, row) => few.subarray(row * dim, (row + 1) * dim));
    const fit = fitLabels(axes, few, rows.map(isPositive));
    expect(fit.moreClicks).toBeGreaterThan(10);
    expect(fit.advice).not.toBeNull();
  });

  test('directions of the planted axes themselves serve as axes as well', () => {
    const planted = generator.principalAxes.slice(0, 10).map((axis, k) => directionOf(generator, `axis ${k}`, axis));
    const axes = labelAxesOf(planted, draw(2000, 40));
    for (const [k, sigma] of axes.deviations.entries())
      expect(Math.abs(sigma / at(deviations, k) - 1)).toBeLessThan(0.06);
  });
});
