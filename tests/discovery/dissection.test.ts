import { beforeAll, describe, expect, test } from 'vitest';
import { measureUnits } from '../../src/discovery/ablation.js';
import { lumaConcepts, segmenterConcepts, type ConceptReader } from '../../src/discovery/conceptReader.js';
import { dissect, type Dissection } from '../../src/discovery/dissection.js';
import { bestLayerOf, bestOfUnits, isReported, unitsOfConcept } from '../../src/discovery/dissectionSummary.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Generator } from '../../src/models/generator.js';
import { createTestEngine } from '../ops/evaluate.js';
import { openStamps, stampLayer, stamps, stampSegmenter, stampUnits, type Stamp } from '../planted/stamps.js';

let engine: Engine;
let generator: Generator;
let concepts: ConceptReader;
let dissection: Dissection;

const settings = { layers: [stampLayer], samples: 100, seed: 3, class: null };

beforeAll(async () => {
  engine = await createTestEngine();
  ({ generator } = await openStamps());
  concepts = segmenterConcepts(stampSegmenter(), generator);
  dissection = await dissect(engine, generator, concepts, settings);
});

describe('the units of planted stamps', () => {
  test.each(stamps)('%s: its unit agrees by at least .9, all others by at most .05', (stamp) => {
    const [first, ...others] = unitsOfConcept(dissection, stamp, 64);
    expect(first).toMatchObject({ layer: stampLayer, unit: stampUnits[stamp], concept: stamp });
    expect(first?.iou).toBeGreaterThanOrEqual(0.9);
    expect(first?.informationQualityRatio).toBeGreaterThan(0.8);
    expect(others.map(({ iou }) => iou).filter((iou) => iou > 0.05)).toEqual([]);
    expect(others).toHaveLength(63);
  });

  test('are what is reported of the stamps, and lead the list of all units', () => {
    const found = stamps.flatMap((stamp) => unitsOfConcept(dissection, stamp, 64).filter(isReported));
    expect(found.map(({ unit }) => unit)).toEqual(stamps.map((stamp) => stampUnits[stamp]));
    const best = bestOfUnits(dissection);
    expect(best).toHaveLength(64);
    const units = best.filter(({ concept }) => concept !== 'background').map(({ unit }) => unit);
    expect(new Set(units.slice(0, 3))).toEqual(new Set(Object.values(stampUnits)));
  });

  test('are on above the activation at which the segmenter sees them, one half', () => {
    stamps.forEach((stamp) => {
      const [first] = unitsOfConcept(dissection, stamp, 1);
      expect(first?.threshold).toBeGreaterThan(0.35);
      expect(first?.threshold).toBeLessThan(0.65);
    });
  });

  test('are found at the layer that has them, which is where to paint', async () => {
    const all = await dissect(engine, generator, concepts, { ...settings, samples: 24, layers: [] });
    expect(all.layers.map(({ layer }) => layer.name)).toEqual([stampLayer, 'twice']);
    expect(all.concepts).toEqual(['background', ...stamps]);
    expect(all.areas.reduce((sum, area) => sum + area, 0)).toBeCloseTo(1, 9);
    expect(['stamps', 'twice']).toContain(bestLayerOf(all, 'disc', 1)?.layer.name);
  });

  test('come out the same however often they are looked for', async () => {
    const again = await dissect(engine, generator, concepts, settings);
    expect(again.layers.map(({ agreements }) => agreements)).toEqual(
      dissection.layers.map(({ agreements }) => agreements),
    );
  });
});

describe('what planted units do', () => {
  const change = async (stamp: Stamp, value: number) =>
    measureUnits(engine, generator, concepts, {
      ...settings,
      samples: 40,
      layer: stampLayer,
      units: [stampUnits[stamp]],
      values: [value],
    });

  test.each(stamps)('without its unit nothing is left of the %s, and of the others everything', async (stamp) => {
    const changes = await change(stamp, 0);
    const [background, ...shown] = changes;
    for (const { concept, before, areaChange, kept } of shown) {
      expect(before).toBeGreaterThan(0.005);
      if (concept === stamp) expect(areaChange).toBeLessThanOrEqual(-0.95);
      else expect([Math.abs(areaChange) < 0.01, kept > 0.99]).toEqual([true, true]);
    }
    // All that the stamp gives up goes to the background.
    const lost = shown.find(({ concept }) => concept === stamp);
    expect((background?.after ?? 0) - (background?.before ?? 0)).toBeCloseTo(
      (lost?.before ?? 0) - (lost?.after ?? 0),
      9,
    );
  });

  test('set high everywhere, its unit makes everything a bar', async () => {
    const bar = (await change('bar', 50)).find(({ concept }) => concept === 'bar');
    expect(bar?.after).toBe(1);
    expect(bar?.kept).toBe(1);
  });

  test.each([
    ['an unknown layer', { layer: 'nowhere', units: [0], values: [0] }],
    ['a unit too many', { layer: stampLayer, units: [64], values: [0] }],
    ['no unit', { layer: stampLayer, units: [], values: [] }],
    ['no sample', { layer: stampLayer, units: [0], values: [0], samples: 0 }],
  ])('%s is refused', async (_, wrong) => {
    const asked = measureUnits(engine, generator, concepts, { ...settings, ...wrong });
    await expect(asked).rejects.toMatchObject({ code: 'invalid-dissection' });
  });

  test('is not measured any further once that is cancelled', async () => {
    const abort = new AbortController();
    const measured = measureUnits(
      engine,
      generator,
      concepts,
      { ...settings, layer: stampLayer, units: [1], values: [0] },
      { signal: abort.signal, onProgress: () => abort.abort() },
    );
    await expect(measured).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('luma as concepts', () => {
  test('light is what is brighter than the median of its own picture', () => {
    const luma = lumaConcepts({ ...generator, resolution: 2 });
    expect([luma.concepts, luma.size]).toEqual([['light', 'dark'], 2]);
    expect([...luma.labels(Float32Array.of(1, 2, 3, 4, -9, -9, -9, 5))]).toEqual([1, 1, 0, 0, 1, 1, 1, 0]);
  });

  test('finds the units that make light', async () => {
    const light = await dissect(engine, generator, lumaConcepts(generator), { ...settings, samples: 40 });
    const [first] = unitsOfConcept(light, 'light', 1);
    expect(Object.values(stampUnits)).toContain(first?.unit);
  });
});

describe('a dissection', () => {
  test('reports progress to the end', async () => {
    const seen: [number, number][] = [];
    await dissect(engine, generator, concepts, { ...settings, samples: 20 }, { onProgress: (...at) => seen.push(at) });
    expect(seen).toEqual([
      [0, 20],
      [8, 20],
      [16, 20],
      [20, 20],
    ]);
  });

  test.each([
    ['an unknown layer', { layers: ['synthesis.b4096.conv0'] }, 'invalid-dissection'],
    ['no sample', { samples: 0 }, 'invalid-dissection'],
    ['half a sample', { samples: 1.5 }, 'invalid-dissection'],
    ['a seed that NumPy refuses', { seed: -1 }, 'invalid-seed'],
    ['a class of a model without', { class: 1 }, 'class-out-of-range'],
  ])('of %s is refused', async (_, wrong, code) => {
    await expect(dissect(engine, generator, concepts, { ...settings, ...wrong })).rejects.toMatchObject({ code });
  });

  test('knows no concept but its own', () => {
    expect(() => unitsOfConcept(dissection, 'door', 1)).toThrow(expect.objectContaining({ code: 'concept-missing' }));
  });

  test.each([
    ['before it begins', 0],
    ['while it counts', 1],
  ])('is cancelled %s', async (_, after) => {
    const abort = new AbortController();
    if (after === 0) abort.abort();
    const running = dissect(engine, generator, concepts, settings, {
      signal: abort.signal,
      onProgress: (done) => {
        if (done > 0) abort.abort();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
  });
});
