import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { GanvasError } from '../../src/engine/errors.js';
import { proposedRange } from '../../src/metrics/layerProposal.js';
import { DirectionMeter, rescore } from '../../src/metrics/rescoring.js';
import { changesPerUnit, rescoringScores, sideEffect } from '../../src/metrics/sideEffect.js';
import { tableOf } from '../../src/metrics/table.js';
import { expectError } from '../checkpoints/expectError.js';
import { createTestEngine } from '../ops/evaluate.js';
import { orthonormalAxes } from '../planted/axes.js';
import { directionOf } from '../planted/directions.js';
import { PlantedGenerator, plantedFactors, plantedLayers } from '../planted/plantedGenerator.js';
import { plantedReadOut } from '../planted/plantedReadOut.js';

const generator = new PlantedGenerator({ dim: 64, seed: 21 });
let engine: Engine;
let meter: DirectionMeter;
beforeAll(async () => {
  engine = await createTestEngine();
  meter = await DirectionMeter.open(engine, generator, plantedReadOut, { samples: 48, seed: 2 });
});
afterAll(() => {
  meter.dispose();
  engine.dispose();
});

describe('re-scoring on the planted generator', () => {
  test('planted factors outrank 20 random directions', async () => {
    const random: number[][] = [];
    for (const axis of orthonormalAxes(20, 64, 77)) {
      random.push(await meter.rescore(directionOf(generator, 'random', axis)));
    }
    for (const [index, factor] of plantedFactors.entries()) {
      const own = (await meter.rescore(directionOf(generator, factor, generator.axis(factor))))[index] ?? NaN;
      expect(Math.max(...random.map((scores) => scores[index] ?? NaN))).toBeLessThan(0.6 * own);
    }
  });

  test.each(plantedFactors)('%s is the first attribute, and its planted layer carries it alone', async (factor) => {
    const { attributes, layerScores, proposedLayers } = await meter.measure(
      directionOf(generator, factor, generator.axis(factor)),
    );
    expect(attributes[0]?.attribute).toBe(factor);
    expect(attributes[0]?.perUnit).toBeGreaterThan(0.4);
    for (const { perUnit } of attributes.slice(1)) expect(Math.abs(perUnit)).toBeLessThan(0.03);
    const planted = plantedLayers[factor];
    expect(layerScores[planted]).toBe(1);
    expect(layerScores.filter((score, layer) => layer !== planted && score > 0.01)).toEqual([]);
    expect(proposedLayers).toBe(String(planted));
  });

  test('what is turned round takes away, and is carried by the same layer', async () => {
    const away = generator.axis('radius').map((value) => -value);
    const { attributes, proposedLayers } = await meter.measure(directionOf(generator, 'smaller', away));
    expect(attributes[0]?.attribute).toBe('radius');
    expect(attributes[0]?.perUnit).toBeLessThan(-0.4);
    expect(proposedLayers).toBe('1');
  });

  test('a blend of two factors has the other as its side effect, and both layers', async () => {
    const both = generator.axis('x').map((value, k) => (value + (generator.axis('radius')[k] ?? 0)) / Math.SQRT2);
    const changes = await meter.changes(directionOf(generator, 'both', both));
    const pure = await meter.changes(directionOf(generator, 'pure', generator.axis('x')));
    expect(sideEffect(changes, 0)).toBeGreaterThan(0.1);
    expect(sideEffect(pure, 0)).toBeLessThan(0.02);
  });

  test('a direction of z is followed through the mapping, and of W+ by its own rows', async () => {
    const axis = generator.axis('hue');
    const inW = await meter.changes(directionOf(generator, 'hue', axis));
    const inZ = await meter.changes({ ...directionOf(generator, 'hue', axis), space: 'z', layers: [] });
    const inPlus = await meter.changes({ ...directionOf(generator, 'hue', axis), space: 'w+', layers: [3] });
    const elsewhere = await meter.changes({ ...directionOf(generator, 'hue', axis), space: 'w+', layers: [1] });
    for (const [index, change] of inW.entries()) {
      expect(inZ[index]).toBeCloseTo(change, 5);
      expect(inPlus[index]).toBeCloseTo(change, 2);
      expect(Math.abs(elsewhere[index] ?? NaN)).toBeLessThan(0.02);
    }
  });

  test('without a predictor the change of the picture is scored', async () => {
    const direction = directionOf(generator, 'background', generator.axis('background'));
    const measures = await rescore(engine, generator, null, direction, { samples: 12, seed: 2 });
    expect(measures.attributes).toEqual([]);
    expect(measures.layerScores[3]).toBe(1);
    expect(measures.layerScores[0]).toBeLessThan(0.01);
    expect(measures.proposedLayers).toBe('3');
  });

  test('cancels, and refuses a direction of another length', async () => {
    const abort = new AbortController();
    abort.abort();
    const direction = directionOf(generator, 'x', generator.axis('x'));
    const codeOf = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => null,
        (error: unknown) => (error instanceof GanvasError ? error.code : error),
      );
    expect(await codeOf(meter.measure(direction, { signal: abort.signal }))).toBe('cancelled');
    expect(await codeOf(meter.measure({ ...direction, dim: 8 }))).toBe('direction-length');
    expect(await codeOf(DirectionMeter.open(engine, generator, null, { samples: 0, seed: 1 }))).toBe('invalid-samples');
    expect(
      await codeOf(rescore(engine, generator, null, direction, { samples: 4, seed: 1, signal: abort.signal })),
    ).toBe('cancelled');
  });
});

describe('numbers of changes', () => {
  const before = tableOf([0, 10, 2, 10, 4, 10], 2);

  test('are per unit, in standard deviations, and 0 for what does not vary', () => {
    const after = tableOf([2, 11, 4, 11, 6, 11], 2);
    const [first = NaN, second = NaN] = changesPerUnit(before, after, 2);
    expect(first).toBeCloseTo(1 / Math.sqrt(8 / 3), 12);
    expect(second).toBe(0);
  });

  test('re-scoring counts only what grows', () => {
    expect(rescoringScores(before, tableOf([3, 4, 2, 13, 1, 10], 2))).toEqual([1, 1]);
  });

  test('side effects are per unit of the wanted change', () => {
    expect(sideEffect([0.5, -0.25, 0.75], 0)).toBe(1);
    expect(sideEffect([2], 0)).toBe(0);
    expect(sideEffect([0, 1], 0)).toBe(Infinity);
    expectError('invalid-measure', () => sideEffect([1, 2], 2));
  });
});

describe('proposedRange', () => {
  test.each([
    [[0, 0, 1, 0], [2]],
    [
      [0.1, 0.4, 0.5, 0],
      [1, 2],
    ],
    [
      [1, 0, 0, 1],
      [0, 1, 2, 3],
    ],
    [
      [0.4, 0.4, 0, 0.1, 0.1],
      [0, 1],
    ],
    [
      [1, 1, 1, 1, 1],
      [0, 1, 2, 3],
    ],
    [
      [0, 0],
      [0, 1],
    ],
    [[0.3], [0]],
  ])('of %j is %j', (scores, layers) => {
    expect(proposedRange(scores)).toEqual(layers);
  });
});
