import { expect, test } from 'vitest';
import { planMemoryOfModels } from '../../bench/memory.js';

const gigabyte = 2 ** 30;

test('StyleGAN2-1024, forward and backward, fits two gigabytes and WebGPU’s guaranteed bindings', () => {
  const plans = new Map(planMemoryOfModels().map((plan) => [plan.name, plan]));
  expect(plans.size).toBe(9);
  const peakOf = (name: string): number => plans.get(`StyleGAN2-f ${name}`)?.peakBytes ?? NaN;
  expect(peakOf('1024 forward and backward, recomputing')).toBeLessThan(1.5 * gigabyte);
  for (const resolution of [256, 512, 1024]) {
    const [forward, saved, recomputed] = ['forward', 'forward and backward', 'forward and backward, recomputing'].map(
      (kind) => peakOf(`${resolution} ${kind}`),
    );
    expect(forward).toBeLessThan(recomputed ?? NaN);
    expect(recomputed).toBeLessThan(saved ?? NaN);
  }
  for (const plan of plans.values()) expect(plan.largestBufferBytes).toBeLessThanOrEqual(128 * 2 ** 20);
});
