import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { discoverGanspace, type GanspaceRequest } from '../../src/discovery/ganspace.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Direction } from '../../src/latent/direction.js';
import { RandomState } from '../../src/latent/randomState.js';
import { at } from '../../src/engine/shape.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { createTestEngine } from '../ops/evaluate.js';
import { alignment } from '../planted/axes.js';
import { PlantedGenerator } from '../planted/plantedGenerator.js';
import { LinearGenerator } from './linearGenerator.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

const request: GanspaceRequest = {
  layers: [0, 1, 2, 3],
  count: 20,
  samples: 10_000,
  seed: 5,
  at: null,
  class: null,
  modelHash: 'planted',
};

const lengthOf = ({ vectors }: Direction): number => Math.hypot(...vectors);

describe('GANSpace on w', () => {
  // Falling by a sixth, down to half as much again as the others.
  const deviations = Array.from({ length: 20 }, (_, k) => 1.5 * 1.2 ** (19 - k));
  const generator = new PlantedGenerator({ dim: 256, seed: 3, deviations });

  it('finds planted axes, in order, of their own deviation', async () => {
    const found = await discoverGanspace(engine, generator, request);
    expect(found).toHaveLength(20);
    const whole = deviations.reduce((sum, sigma) => sum + sigma ** 2, 256 - 20);
    found.forEach((direction, k) => {
      const sigma = at(deviations, k);
      if (k < 10) expect(alignment(direction.vectors, at(generator.principalAxes, k))).toBeGreaterThanOrEqual(0.99);
      expect(Math.abs(lengthOf(direction) / sigma - 1)).toBeLessThan(0.03);
      expect(direction.statistics['stdev']).toBeCloseTo(lengthOf(direction), 4);
      expect(Math.abs((direction.statistics['varianceRatio'] ?? NaN) / (sigma ** 2 / whole) - 1)).toBeLessThan(0.06);
      expect(direction.statistics['sigma']).toBe(1);
      const largest = direction.vectors.reduce((best, value) => (Math.abs(value) > Math.abs(best) ? value : best), 0);
      expect(largest).toBeGreaterThan(0);
    });
    expect(found[2]).toMatchObject({
      name: 'GANSpace 3',
      space: 'w',
      layers: [0, 1, 2, 3],
      dim: 256,
      unit: 'σ of w along the direction',
      provenance: {
        method: 'ganspace',
        parameters: { at: 'w', layers: 'all', samples: 10_000, seed: 5, index: 2 },
        modelHash: 'planted',
      },
    });
  }, 120_000);
});

describe('GANSpace on w of few samples', () => {
  const generator = new PlantedGenerator({ dim: 9, seed: 3, deviations: [4, 2] });

  /** Covariance of the very samples, in f64. */
  function covariance(samples: number, seed: number): number[][] {
    const z = Float32Array.from(new RandomState(seed).randn(samples * 9));
    const rows = Array.from({ length: samples }, (_, row) => {
      const own = [...z.subarray(row * 9, row * 9 + 9)];
      return own.map((value, i) =>
        generator.principalAxes.reduce((sum, axis, k) => {
          const along = axis.reduce((dot, a, j) => dot + a * at(own, j), 0);
          return sum + ([4, 2][k] ?? NaN) * along * at(axis, i) - along * at(axis, i);
        }, value),
      );
    });
    const mean = at(rows, 0).map((_, i) => rows.reduce((sum, row) => sum + at(row, i), 0) / samples);
    return mean.map((_, i) =>
      mean.map(
        (_, j) => rows.reduce((sum, row) => sum + (at(row, i) - at(mean, i)) * (at(row, j) - at(mean, j)), 0) / samples,
      ),
    );
  }

  it.each([2003, 999, 37])('counts each of %i samples once', async (samples) => {
    const found = await discoverGanspace(engine, generator, { ...request, layers: [1], count: 9, samples });
    // Σ σₖ² vₖvₖᵀ is the covariance.
    const sum = covariance(samples, request.seed);
    const scale = Math.max(...sum.flat());
    sum.forEach((row, i) => {
      row.forEach((value, j) => {
        const rebuilt = found.reduce((total, { vectors }) => total + at(vectors, i) * at(vectors, j), 0);
        expect(Math.abs(rebuilt - value)).toBeLessThan(1e-5 * scale);
      });
    });
    expect(found[0]).toMatchObject({ name: 'GANSpace 1, layers 1', layers: [1] });
  });

  it('tells what it knows each time that there are twice as many', async () => {
    const interim: number[] = [];
    const progress: number[] = [];
    await discoverGanspace(engine, generator, {
      ...request,
      count: 2,
      onInterim: (directions, done) => {
        expect(directions).toHaveLength(2);
        expect(alignment(at(directions, 0).vectors, at(generator.principalAxes, 0))).toBeGreaterThan(0.99);
        interim.push(done);
      },
      onProgress: (done, total) => progress.push(done / total),
    });
    expect(interim).toEqual([2000, 4000, 8000]);
    expect(progress).toEqual(Array.from({ length: 10 }, (_, k) => (k + 1) / 10));
  });

  it('finds no more than w has numbers', async () => {
    expect(await discoverGanspace(engine, generator, { ...request, samples: 100 })).toHaveLength(9);
  });

  it.each<[string, Partial<GanspaceRequest>, string]>([
    ['no directions', { count: 0 }, 'invalid-ganspace-request'],
    ['half a sample', { samples: 10.5 }, 'invalid-ganspace-request'],
    ['fewer samples than directions', { samples: 12 }, 'invalid-ganspace-request'],
    ['too many samples', { samples: 1e9 }, 'invalid-ganspace-request'],
    ['no layers', { layers: [] }, 'invalid-layer-range'],
    ['another layer', { layers: [4] }, 'invalid-layer-range'],
    ['an unknown feature layer', { at: 'b8.conv1' }, 'feature-layer-missing'],
    ['no seed', { seed: -1 }, 'invalid-seed'],
    ['what is cancelled', { signal: AbortSignal.abort() }, 'cancelled'],
  ])('refuses %s', async (_, change, code) => {
    await expect(discoverGanspace(engine, generator, { ...request, ...change })).rejects.toMatchObject({ code });
  });

  it('stops between batches, and leaves nothing on the GPU', async () => {
    const before = engine.allocatedBytes;
    const controller = new AbortController();
    const running = discoverGanspace(engine, generator, {
      ...request,
      signal: controller.signal,
      onProgress: (done) => {
        if (done === 3000) controller.abort();
        expect(done).toBeLessThanOrEqual(3000);
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(engine.allocatedBytes).toBe(before);
  });

  it('says that z has no components', async () => {
    const onlyZ = Object.create(generator, { latentSpaces: { value: ['z'] } }) as PlantedGenerator;
    await expect(discoverGanspace(engine, onlyZ, request)).rejects.toMatchObject({
      code: 'ganspace-not-possible',
      message: expect.stringContaining('Choose a feature layer') as string,
    });
  });
});

describe('GANSpace on activations', () => {
  // Features are linear in w: band k has the gain k in three channels of 1, ½ and −½.
  const gains = [0.02, 0.08, 0.04, 0.01, 0];
  const generator = new LinearGenerator(gains);
  const features: GanspaceRequest = { ...request, layers: [0], count: 8, samples: 1500, at: 'features' };
  const order = [1, 2, 0, 3];

  it('finds components by their size, and the number of w behind each', async () => {
    const interim: (readonly Direction[])[] = [];
    const progress: number[] = [];
    const found = await discoverGanspace(engine, generator, {
      ...features,
      onInterim: (directions) => interim.push(directions),
      onProgress: (done, total) => progress.push(done / total),
    });
    // The fifth number of w changes nothing.
    expect(found).toHaveLength(4);
    const whole = gains.reduce((sum, gain) => sum + gain ** 2, 0);
    for (const [k, direction] of found.entries()) {
      const number = at(order, k);
      const axis = Float32Array.from({ length: 5 }, (_, index) => (index === number ? 1 : 0));
      // Chance correlations of 1500 normal samples: 1/√1500 along each other number.
      expect(alignment(direction.vectors, axis)).toBeGreaterThan(0.995);
      expect(Math.abs(lengthOf(direction) - 1)).toBeLessThan(0.06);
      const stdev = at(gains, number) * Math.sqrt(8 * 1.5);
      expect(Math.abs((direction.statistics['stdev'] ?? NaN) / stdev - 1)).toBeLessThan(0.06);
      const ratio = at(gains, number) ** 2 / whole;
      expect(Math.abs((direction.statistics['varianceRatio'] ?? NaN) / ratio - 1)).toBeLessThan(0.15);
    }
    expect(found[0]).toMatchObject({
      name: 'GANSpace 1, features, layers 0',
      space: 'w',
      layers: [0],
      provenance: { parameters: { at: 'features', layers: '0', index: 0 } },
    });
    // The first batch says it already.
    expect(interim.length).toBeGreaterThanOrEqual(2);
    for (const directions of interim) {
      expect(alignment(at(directions, 0).vectors, at(found, 0).vectors)).toBeGreaterThan(0.99);
    }
    expect(progress.at(-1)).toBe(1);
    expect([...progress].sort((a, b) => a - b)).toEqual(progress);
  });

  it('leads back to z where there is no w', async () => {
    const onlyZ = Object.create(generator, { latentSpaces: { value: ['z'] } }) as LinearGenerator;
    const [first] = await discoverGanspace(engine, onlyZ, { ...features, samples: 400, count: 1 });
    expect(first).toMatchObject({ space: 'z', layers: [], dim: 5, unit: 'σ of z along the direction' });
    expect(alignment(first?.vectors ?? [], Float32Array.of(0, 1, 0, 0, 0))).toBeGreaterThan(0.99);
  });

  it('refuses what never varies and what there is not', async () => {
    const still = new LinearGenerator([0, 0]);
    await expect(discoverGanspace(engine, still, features)).rejects.toMatchObject({ code: 'ganspace-not-possible' });
    const many = { ...features, count: 193 };
    await expect(discoverGanspace(engine, generator, many)).rejects.toMatchObject({ code: 'invalid-ganspace-request' });
  });

  it('stops in either pass, and leaves nothing on the GPU', async () => {
    const before = engine.allocatedBytes;
    for (const part of [0.2, 0.6]) {
      const controller = new AbortController();
      const running = discoverGanspace(engine, generator, {
        ...features,
        samples: 3000,
        signal: controller.signal,
        onProgress: (done, total) => {
          if (done / total >= part) controller.abort();
        },
      });
      await expect(running).rejects.toMatchObject({ code: 'cancelled' });
      expect(engine.allocatedBytes).toBe(before);
    }
  });

  it('finds components of a layer of the bundled faces', async () => {
    const file = readFileSync(new URL('../../weights/face64/face64-g.safetensors', import.meta.url));
    const faces = (await openCheckpoint(new Uint8Array(file), 'face64')).generator;
    const found = await discoverGanspace(engine, faces, {
      ...features,
      layers: Array.from({ length: faces.numWs }, (_, layer) => layer),
      count: 5,
      samples: 96,
      at: 'synthesis.b8.conv1',
    });
    expect(found).toHaveLength(5);
    const ratios = found.map(({ statistics }) => statistics['varianceRatio'] ?? NaN);
    expect([...ratios].sort((a, b) => b - a)).toEqual(ratios);
    expect(ratios[0]).toBeGreaterThan(0.05);
    expect(found.every(({ dim }) => dim === faces.wDim)).toBe(true);
  });
});
