import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { RandomState } from '../../src/latent/randomState.js';
import { pearson } from '../../src/metrics/moments.js';
import { createTestEngine, named, runOnGpu } from '../ops/evaluate.js';
import { PlantedGenerator, plantedFactors } from './plantedGenerator.js';
import { plantedReadOut } from './plantedReadOut.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});
afterAll(() => engine.dispose());

const count = 64;

describe.each([64, 512])('the planted generator of %i dimensions', (dim) => {
  const generator = new PlantedGenerator({ dim, seed: 21 });
  const z = Float32Array.from(new RandomState(1).randn(count * dim));
  let read: Float32Array;
  beforeAll(async () => {
    const { outputs } = await runOnGpu(
      engine,
      (inputs) => {
        const ws = generator.truncate(generator.mapping(named(inputs, 'z')));
        return { scores: plantedReadOut.scores(generator.synthesis(ws)) };
      },
      { z: { shape: [count, dim], values: z } },
      true,
    );
    read = outputs['scores'] ?? new Float32Array();
  });

  const truth = (factor: number): number[] =>
    Array.from(
      { length: count },
      (_, row) => generator.factorsOf(z.subarray(row * dim, (row + 1) * dim))[factor] ?? NaN,
    );
  const seen = (factor: number): number[] =>
    Array.from({ length: count }, (_, row) => read[row * plantedFactors.length + factor] ?? NaN);

  test.each(plantedFactors.slice(0, -1))('shows %s, and the read-out gives it back', (name) => {
    const factor = plantedFactors.indexOf(name);
    for (const [row, value] of truth(factor).entries())
      expect(Math.abs((seen(factor)[row] ?? NaN) - value)).toBeLessThan(0.01);
  });

  test('shows a blemish or none, by the sign of its axis', () => {
    const factor = plantedFactors.indexOf('blemish');
    const sides = truth(factor);
    expect(
      seen(factor).every(
        (value, row) => Math.abs(sides[row] ?? 0) < 0.1 || value * (sides[row] ?? 0) > 0.9 * Math.abs(sides[row] ?? 0),
      ),
    ).toBe(true);
    expect(pearson(seen(factor), sides)).toBeGreaterThan(0.85);
  });
});
