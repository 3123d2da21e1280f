import { expect, test } from 'vitest';
import { planMemoryOfModels } from '../../bench/memory.js';

const gigabyte = 2 ** 30;

const plans = new Map(planMemoryOfModels().map((plan) => [plan.name, plan]));
const peakOf = (name: string): number => plans.get(name)?.peakBytes ?? NaN;

test('StyleGAN2-1024, forward and backward, fits two gigabytes', () => {
  expect(plans.size).toBe(48);
  expect(peakOf('StyleGAN2-f 1024 forward and backward, recomputing')).toBeLessThan(1.5 * gigabyte);
});

test('every model fits WebGPU’s guaranteed bindings', () => {
  // StyleGAN3's maps are in slabs. Recomputing puts them together again, as R's backward pass does.
  const isUnbound = (name: string): boolean =>
    /bound whole|StyleGAN3-T 1024 .*recomputing|StyleGAN3-R 1024 .*backward/.test(name);
  const bound = [...plans.values()].filter(({ name }) => !isUnbound(name));
  expect(bound).toHaveLength(29);
  for (const { name, largestBufferBytes } of bound) expect(largestBufferBytes, name).toBeLessThanOrEqual(128 * 2 ** 20);
});

test('halves take less, of weights and of maps', () => {
  const whole = plans.get('StyleGAN2-f 1024 forward');
  const halved = plans.get('StyleGAN2-f 1024 forward in halves');
  expect(halved?.constantBytes).toBeLessThan((whole?.constantBytes ?? NaN) * 0.6);
  expect(halved?.arenaBytes).toBeLessThan(whole?.arenaBytes ?? NaN);
});

test('StyleGAN3-1024 stores nothing at the rate of its nonlinearities', () => {
  // The output of L10, 81 × 1044² numbers, is the largest; upsampled it is four times as large.
  expect(plans.get('StyleGAN3-T 1024 bound whole forward and backward')?.largestBufferBytes).toBe(81 * 1044 ** 2 * 4);
  expect(peakOf('StyleGAN3-T 1024 bound whole forward')).toBeLessThan(gigabyte);
  expect(peakOf('StyleGAN3-T 1024 bound whole forward and backward, recomputing')).toBeLessThan(2.25 * gigabyte);
});

test('recomputing takes less than saving, and either more than a picture', () => {
  for (const model of new Set([...plans.keys()].map((name) => name.replace(/ forward.*/, '')))) {
    const [forward, saved, recomputed] = ['forward', 'forward and backward', 'forward and backward, recomputing'].map(
      (kind) => peakOf(`${model} ${kind}`),
    );
    expect(forward).toBeLessThan(recomputed ?? NaN);
    expect(recomputed).toBeLessThan(saved ?? NaN);
  }
});
