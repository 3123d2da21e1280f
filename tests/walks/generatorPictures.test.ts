import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { lerp, pointsBetween } from '../../src/latent/interpolation.js';
import { RandomState } from '../../src/latent/randomState.js';
import { geodesic } from '../../src/walks/geodesic.js';
import { GeneratorPictures } from '../../src/walks/generatorPictures.js';
import { dot } from '../discovery/planted.js';
import { createTestEngine } from '../ops/evaluate.js';
import { PlantedGenerator } from '../planted/plantedGenerator.js';

let engine: Engine;
let pictures: GeneratorPictures;
let ends: [Float64Array, Float64Array];

beforeAll(async () => {
  engine = await createTestEngine();
  const generator = new PlantedGenerator({ dim: 8, seed: 4 });
  const psi = new Float32Array(generator.numWs).fill(1);
  pictures = await GeneratorPictures.compile(engine, generator, { space: 'w', class: null, psi });
  ends = [new RandomState(1).randn(generator.wDim), new RandomState(2).randn(generator.wDim)];
});
afterAll(() => {
  pictures.dispose();
  engine.dispose();
});

test('gradients are those of the pictures, whatever the number of points', async () => {
  const points = pointsBetween(lerp, ...ends, 11);
  const size = (await pictures.pictures(points.slice(0, 1)))[0]?.length ?? 0;
  const cotangents = points.map((_, i) => new RandomState(i).randn(size));
  const pulled = await pictures.pull(points, cotangents);
  const way = new RandomState(9).randn(ends[0].length);
  const step = 1e-2;
  const moved = async (sign: 1 | -1): Promise<readonly Float32Array[]> =>
    pictures.pictures(points.map((point) => point.map((value, k) => value + sign * step * (way[k] ?? 0))));
  const [ahead, behind] = [await moved(1), await moved(-1)];
  expect(pulled).toHaveLength(11);
  for (const [i, row] of pulled.entries()) {
    const cotangent = cotangents[i] ?? [];
    const slope = (dot(cotangent, ahead[i] ?? []) - dot(cotangent, behind[i] ?? [])) / (2 * step);
    const scale = Math.sqrt(dot(row, row) * dot(way, way));
    expect(Math.abs(dot(row, way) - slope) / scale).toBeLessThan(2e-3);
  }
});

test('a way through a generator gets shorter at every step', async () => {
  const { energies } = await geodesic(pictures, pointsBetween(lerp, ...ends, 9), { steps: 8 });
  energies.slice(1).forEach((energy, i) => expect(energy).toBeLessThan(energies[i] ?? NaN));
  expect(energies.at(-1)).toBeLessThan(0.98 * (energies[0] ?? NaN));
});
