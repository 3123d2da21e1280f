import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ChangeCurve } from '../../src/discovery/changeCurve.js';
import { measureEffects, type EffectsRequest } from '../../src/discovery/directionEffects.js';
import { discoverGanspace } from '../../src/discovery/ganspace.js';
import { latentSigma } from '../../src/discovery/latentSigma.js';
import { comparisonLengths } from '../../src/discovery/randomMovements.js';
import type { Engine } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import type { Tensor } from '../../src/engine/tensor.js';
import type { Direction } from '../../src/latent/direction.js';
import { RandomState } from '../../src/latent/randomState.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { createTestEngine } from '../ops/evaluate.js';
import { LinearGenerator } from './linearGenerator.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

const request: EffectsRequest = { samples: 40, seed: 1, class: null, psi: 1 };

function along(k: number, dim: number, change: Partial<Direction> = {}): Direction {
  return {
    name: `axis ${k}`,
    space: 'w',
    layers: [0, 1],
    dim,
    vectors: Float32Array.from({ length: dim }, (_, index) => (index === k ? 1 : 0)),
    unit: 'unit length',
    provenance: { method: 'test', parameters: {}, modelHash: null },
    statistics: { sigma: 1 },
    ...change,
  };
}

describe('measureEffects on pictures that are linear in w', () => {
  const gains = [0.08, 0.04, 0.02, 0.001, 0];
  const generator = new LinearGenerator(gains);
  const axes = gains.map((_, k) => along(k, 5));

  it('finds effects in proportion to gains, and ranges that make changes equal', async () => {
    const found = await measureEffects(engine, generator, axes, request);
    const [first] = found;
    found.forEach(({ effect, range }, k) => {
      expect(effect).toBeCloseTo((at(gains, k) / 0.08) * (first?.effect ?? NaN), 4);
      if (k < 3) expect(range * at(gains, k)).toBeCloseTo((first?.range ?? NaN) * 0.08, 4);
      // Where ten standard deviations do not reach the common change they are the end.
      else expect(range).toBe(10);
    });
    // What a change at the end of a slider is: half of the distance between two pictures, here of normal w.
    const draws = new RandomState(9).randn(4000 * 5);
    let distance = 0;
    for (let row = 0; row < 4000; row += 2) {
      const apart = gains.map((_, k) => at(draws, row * 5 + k) - at(draws, (row + 1) * 5 + k));
      distance += generator.sizeOf(apart) / 2000;
    }
    expect(Math.abs(generator.sizeOf([first?.range ?? NaN, 0, 0, 0, 0]) / (distance / 2) - 1)).toBeLessThan(0.15);
    // Beside random directions: the strongest axis moves pictures more than they do.
    expect(first?.effect).toBeGreaterThan(1.3);
    expect(found[4]?.effect).toBe(0);
  });

  it('holds longer directions against longer random ones', async () => {
    const [one, two] = await measureEffects(
      engine,
      generator,
      [axes[0] ?? along(0, 5), along(0, 5, { vectors: Float32Array.of(2, 0, 0, 0, 0), statistics: { sigma: 0.5 } })],
      request,
    );
    expect(two?.effect).toBeCloseTo(one?.effect ?? NaN, 4);
    expect((two?.range ?? NaN) * 2).toBeCloseTo(one?.range ?? NaN, 4);
  });

  it('moves only the layers of a direction, rows of w+ and z', async () => {
    const directions = [
      along(0, 5),
      along(0, 5, { layers: [1] }),
      along(0, 5, { space: 'w+', layers: [1], vectors: Float32Array.of(1, 0, 0, 0, 0) }),
      along(0, 5, { space: 'w+', vectors: Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0) }),
      along(0, 5, { space: 'z', layers: [] }),
    ];
    const ranges = (await measureEffects(engine, generator, directions, request)).map(({ range }) => range);
    const [both = NaN, ...others] = ranges;
    // Half of the gain at a single layer.
    [2, 2, 1, 1].forEach((factor, index) => expect(others[index]).toBeCloseTo(factor * both, 4));
  });

  it('measures the spread of latents where a method does not tell it', async () => {
    const untold = gains.map((_, k) => along(k, 5, { statistics: {} }));
    const found = await measureEffects(engine, generator, untold, request);
    // z is standard normal, so ten of its deviations are about 10, of a thousand samples.
    expect(Math.abs((found[4]?.range ?? NaN) - 10)).toBeLessThan(1);
  });

  it('compares by features when given a network', async () => {
    const network = {
      name: 'predictor' as const,
      resolution: 4,
      imgChannels: 1,
      features: (picture: Tensor) => [picture],
    };
    // Features of one channel have length 1 wherever they are: nothing but signs is left to differ.
    const found = await measureEffects(engine, generator, axes, { ...request, network });
    expect(found).toHaveLength(5);
    expect(found[4]?.effect).toBe(0);
    expect(found[0]?.effect).toBeGreaterThan(0);
  });

  it('tells how far it is, and stops when asked to', async () => {
    const controller = new AbortController();
    const fractions: number[] = [];
    const before = engine.allocatedBytes;
    await expect(
      measureEffects(engine, generator, axes, {
        ...request,
        signal: controller.signal,
        onProgress: (done, total) => {
          fractions.push(done / total);
          if (done === 5) controller.abort();
        },
      }),
    ).rejects.toMatchObject({ code: 'cancelled' });
    expect(fractions).toHaveLength(5);
    expect(engine.allocatedBytes).toBe(before);
    expect(await measureEffects(engine, generator, [], request)).toEqual([]);
  });

  it.each<[string, Partial<Direction>, Partial<EffectsRequest>, string]>([
    ['another length', { dim: 4, vectors: new Float32Array(4) }, {}, 'direction-length'],
    ['too few rows', { space: 'w+' }, {}, 'direction-length'],
    ['no layers', { layers: [] }, {}, 'invalid-layer-range'],
    ['layers of another model', { layers: [2] }, {}, 'invalid-layer-range'],
    ['no samples', {}, { samples: 0 }, 'invalid-samples'],
  ])('refuses %s', async (_, change, settings, code) => {
    const directions = [along(0, 5, change)];
    await expect(measureEffects(engine, generator, directions, { ...request, ...settings })).rejects.toMatchObject({
      code,
    });
  });
});

describe('measureEffects on the bundled faces', () => {
  it('ranks what w does most above what it does least', async () => {
    const file = readFileSync(new URL('../../weights/face64/face64-g.safetensors', import.meta.url));
    const { generator } = await openCheckpoint(new Uint8Array(file), 'face64');
    const layers = Array.from({ length: generator.numWs }, (_, layer) => layer);
    const axes = await discoverGanspace(engine, generator, {
      layers,
      count: generator.wDim,
      samples: 2000,
      seed: 3,
      at: null,
      class: null,
      modelHash: 'face64',
    });
    const [first, last] = [at(axes, 0), at(axes, -1)];
    // The weakest axis at the strongest one's length, so that it is not its shortness that is measured.
    const scale = Math.hypot(...first.vectors) / Math.hypot(...last.vectors);
    const stretched = {
      ...last,
      vectors: last.vectors.map((value) => value * scale),
      statistics: { sigma: 1 / scale },
    };
    const [strong, weak] = await measureEffects(engine, generator, [first, stretched], { ...request, samples: 4 });
    expect(strong?.effect).toBeGreaterThan(weak?.effect ?? NaN);
    expect(strong?.range).toBeGreaterThan(0.2);
    expect(strong?.range).toBeLessThan(10);
  });
});

describe('ChangeCurve', () => {
  const curve = new ChangeCurve([
    { strength: 4, change: 8 },
    { strength: 1, change: 2 },
    { strength: 8, change: 7 },
    { strength: 16, change: 32 },
  ]);

  it('runs through its points, never falls, and answers both ways', () => {
    expect([0, 0.5, 1, 2, 4, 16, 99].map((s) => curve.at(s))).toEqual([0, 1, 2, 4, 8, 32, 32].map(near));
    expect(curve.at(8)).toBe(8);
    expect([1, 2, 4, 8, 32].map((change) => curve.strengthOf(change))).toEqual([0.5, 1, 2, 4, 16].map(near));
    expect(curve.strengthOf(33)).toBeNull();
  });

  it('survives no change at all, and a change that begins late', () => {
    expect(new ChangeCurve([{ strength: 1, change: 0 }]).strengthOf(1)).toBeNull();
    expect(new ChangeCurve([]).at(3)).toBe(0);
    const late = new ChangeCurve([
      { strength: 1, change: 0 },
      { strength: 3, change: 2 },
    ]);
    expect(late.at(2)).toBe(1);
    expect(late.strengthOf(1)).toBe(2);
  });

  const near = (value: number): number => expect.closeTo(value, 9) as number;
});

describe('latentSigma', () => {
  const samples = {
    count: 4,
    zDim: 1,
    wDim: 2,
    z: Float32Array.of(1, -1, 3, -3),
    w: Float32Array.of(5, 1, 3, 1, 5, 3, 3, 3),
  };

  it('is one standard deviation in units of strength', () => {
    const direction = along(0, 2);
    expect(latentSigma(direction, samples)).toBeCloseTo(1, 9);
    expect(latentSigma({ ...direction, vectors: Float32Array.of(0.5, 0) }, samples)).toBeCloseTo(2, 9);
    // w and its repetition over layers are one thing.
    const rows = { ...direction, space: 'w+' as const, vectors: Float32Array.of(0.5, 0, 0.5, 0) };
    expect(latentSigma(rows, samples)).toBeCloseTo(2, 9);
    const inZ = { ...direction, space: 'z' as const, dim: 1, vectors: Float32Array.of(1) };
    expect(latentSigma(inZ, samples)).toBeCloseTo(Math.sqrt(5), 9);
  });

  it('is null where there is none', () => {
    expect(latentSigma(along(0, 3), samples)).toBeNull();
    expect(latentSigma({ ...along(0, 2), vectors: new Float32Array(2) }, samples)).toBeNull();
    expect(latentSigma(along(0, 2), { ...samples, count: 1 })).toBeNull();
  });
});

describe('comparisonLengths', () => {
  it('are few, and hold the shortest and the longest', () => {
    expect(comparisonLengths([2, 1, 2, 0])).toEqual([1, 2]);
    const many = comparisonLengths([1, 2, 3, 4, 5, 16]);
    expect(many).toHaveLength(5);
    expect(many[0]).toBe(1);
    expect(many[2]).toBeCloseTo(4, 9);
    expect(many[4]).toBe(16);
  });
});
