import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { projectOut } from '../../src/latent/projectOut.js';
import { discoverInterfaceGan } from '../../src/discovery/interfaceGan.js';
import { PictureScorer } from '../../src/discovery/scoredSamples.js';
import { movedBy, movedTo } from '../../src/discovery/traversal.js';
import type { Engine } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import { meanOf } from '../../src/metrics/moments.js';
import { DirectionMeter } from '../../src/metrics/rescoring.js';
import { createTestEngine } from '../ops/evaluate.js';
import { directionOf } from './directions.js';
import { PlantedGenerator, plantedFactors, type PlantedFactor } from './plantedGenerator.js';
import { plantedReadOut } from './plantedReadOut.js';
import { plantedSamples } from './samples.js';

const dim = 64;
const generator = new PlantedGenerator({ dim, seed: 21 });
const samples = plantedSamples(generator, 6000, 6);
const request = {
  space: 'z',
  estimator: 'svm',
  chosen: 0.1,
  layers: [],
  numWs: generator.numWs,
  modelHash: 'planted',
  seed: 5,
} as const;

let engine: Engine;
let scorer: PictureScorer;
beforeAll(async () => {
  engine = await createTestEngine();
  scorer = await PictureScorer.compile(engine, generator, plantedReadOut);
});
afterAll(() => {
  scorer.dispose();
  engine.dispose();
});

/** Scores of one attribute over pictures of the first samples, each w first taken elsewhere. */
async function readings(
  factor: PlantedFactor,
  count: number,
  moved: (z: Float32Array) => Float32Array,
): Promise<number[]> {
  const ws = new Float32Array(count * generator.numWs * dim);
  for (let row = 0; row < count; row++) {
    const w = moved(samples.z.subarray(row * dim, (row + 1) * dim));
    for (let layer = 0; layer < generator.numWs; layer++) ws.set(w, (row * generator.numWs + layer) * dim);
  }
  const scores = await scorer.scores(ws);
  return Array.from({ length: count }, (_, row) =>
    at(scores, row * plantedFactors.length + plantedFactors.indexOf(factor)),
  );
}

describe('moving along boundaries that were found', () => {
  test('the attribute grows with the distance from the boundary, to 5 and beyond, and others do not', async () => {
    const [direction] = discoverInterfaceGan(samples, { ...request, attributes: ['hue'] });
    const normal = direction?.vectors ?? new Float32Array();
    const distances = [-6, -5, -3, -1, 0, 1, 3, 5, 6];
    const means: number[] = [];
    const others: number[] = [];
    for (const distance of distances) {
      means.push(meanOf(await readings('hue', 24, (z) => movedTo(z, normal, distance))));
      others.push(meanOf(await readings('radius', 24, (z) => movedTo(z, normal, distance))));
    }
    for (const [index, mean] of means.slice(1).entries()) expect(mean).toBeGreaterThan(at(means, index));
    expect(Math.max(...others) - Math.min(...others)).toBeLessThan(0.35);
    expect(at(means, -1) - at(means, 0)).toBeGreaterThan(1.9);
  });

  test('artifact correction: half of the pictures are blemished, at +3 hardly any', async () => {
    const blemish = plantedFactors.indexOf('blemish');
    const labels = Float32Array.from({ length: samples.count }, (_, row) =>
      at(samples.scores, row * plantedFactors.length + blemish) < 0 ? 1 : 0,
    );
    const labelled = { ...samples, attributes: ['quality'], scores: labels };
    const [quality] = discoverInterfaceGan(labelled, { ...request, attributes: [], chosen: 500 });
    const normal = quality?.vectors ?? new Float32Array();
    const rate = async (distance: number): Promise<number> =>
      (await readings('blemish', 160, (z) => movedBy(z, normal, distance))).filter((score) => score > 0).length / 160;
    const [before, after] = [await rate(0), await rate(3)];
    expect(before).toBeGreaterThan(0.4);
    expect(before).toBeLessThan(0.6);
    expect(after).toBeLessThan(0.05);
  });

  test('conditioning takes away what a boundary shares with another', async () => {
    const mixed = generator.axis('radius').map((value, k) => 0.8 * value + 0.6 * at(generator.axis('hue'), k));
    const conditioned = projectOut(mixed, [generator.axis('hue')]);
    const meter = await DirectionMeter.open(engine, generator, plantedReadOut, { samples: 32, seed: 8 });
    const hue = plantedFactors.indexOf('hue');
    const before = await meter.changes(directionOf(generator, 'radius', mixed));
    const after = await meter.changes(directionOf(generator, 'radius without hue', conditioned));
    meter.dispose();
    expect(Math.abs(at(before, hue))).toBeGreaterThan(0.2);
    expect(Math.abs(at(after, hue))).toBeLessThan(0.02);
    expect(at(after, plantedFactors.indexOf('radius'))).toBeGreaterThan(at(before, plantedFactors.indexOf('radius')));
  });
});
