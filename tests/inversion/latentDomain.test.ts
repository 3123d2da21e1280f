import { describe, expect, test } from 'vitest';
import { at } from '../../src/engine/shape.js';
import { LatentDomain } from '../../src/inversion/latentDomain.js';
import { sampleW, type WSamples } from '../../src/inversion/wSamples.js';
import { RandomState } from '../../src/latent/randomState.js';
import { createTestEngine } from '../ops/evaluate.js';
import { tinyGenerator } from './tinyGenerator.js';

const wDim = 3;

/** w = mean + A·z for standard normal z. */
function gaussian(count: number): WSamples {
  const z = Float32Array.from(new RandomState(7).randn(count * wDim));
  const values = new Float32Array(count * wDim);
  for (let row = 0; row < count; row++) {
    const [a = 0, b = 0, c = 0] = z.subarray(row * wDim, (row + 1) * wDim);
    values.set([1 + 2 * a, -1 + a + 0.5 * b, 3 * c], row * wDim);
  }
  return { count, wDim, values, z };
}

describe('the domain of normal w', () => {
  const domain = new LatentDomain(gaussian(20_000));

  test('has NVIDIA’s mean and scalar deviation', () => {
    expect([...domain.statistics.mean]).toEqual([expect.closeTo(1, 1), expect.closeTo(-1, 1), expect.closeTo(0, 1)]);
    expect(domain.statistics.std).toBeCloseTo(Math.sqrt(4 + 1.25 + 9), 1);
  });

  test('measures distances in deviations along every axis', () => {
    expect(domain.gauge(domain.statistics.mean).distance).toBeCloseTo(0, 6);
    const away = domain.statistics.mean.map((value, axis) => value + (axis === 2 ? 6 : 0));
    expect(domain.gauge(away).distance).toBeCloseTo(2, 1);
  });

  test('knows how far its own lie: the chi distribution of three degrees of freedom', () => {
    expect(domain.median).toBeCloseTo(1.538, 1);
    expect(domain.edge).toBeGreaterThan(3.1);
    expect(domain.edge).toBeLessThan(3.7);
  });

  test('says inside, at the edge and outside', () => {
    const at3 = (distance: number): Float32Array =>
      domain.statistics.mean.map((value, axis) => value + (axis === 2 ? 3 * distance : 0));
    expect([1, 5, 12].map((distance) => domain.gauge(at3(distance)).verdict)).toEqual(['inside', 'edge', 'outside']);
  });

  test('gauges w+ layer by layer, overall by their root mean square', () => {
    const far = domain.statistics.mean.map((value, axis) => value + (axis === 2 ? 12 : 0));
    const gauge = domain.gauge(Float32Array.of(...domain.statistics.mean, ...far));
    expect(gauge.layers).toEqual([expect.closeTo(0, 5), expect.closeTo(4, 1)]);
    expect(gauge.distance).toBeCloseTo(at(gauge.layers, 1) / Math.SQRT2, 6);
  });

  test('whitens its own to unit variance, and back', () => {
    const { w } = at(domain.draws, 3);
    const u = domain.whiten(w);
    const factor = domain.whiteningFactor;
    const back = w.map((_, i) =>
      u.reduce((sum, value, j) => sum + at(factor, i * wDim + j) * value, at(domain.statistics.mean, i)),
    );
    back.forEach((value, i) => expect(value).toBeCloseTo(at(w, i), 4));
  });
});

test('draws are those of RandomState(123), whatever the batches', async () => {
  const engine = await createTestEngine();
  const generator = await tinyGenerator();
  const few = await sampleW(engine, generator, { class: null, count: 3 });
  const more = await sampleW(engine, generator, { class: null, count: 501 });
  expect(few.z).toEqual(Float32Array.from(new RandomState(123).randn(3 * generator.zDim)));
  expect(more.z).toHaveLength(501 * generator.zDim);
  expect(more.values.subarray(0, few.values.length)).toEqual(few.values);
});
