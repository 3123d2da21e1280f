import fc from 'fast-check';
import { expect, test } from 'vitest';
import { constant, fading, ramped } from '../../src/optimisers/schedules.js';

test("the projector's learning rate: 0 at step 0, full from 5 %, falling from 75 %", () => {
  const rate = ramped(0.1);
  expect(rate(0, 1000)).toBe(0);
  expect(rate(25, 1000)).toBeCloseTo(0.05, 12);
  expect(rate(50, 1000)).toBeCloseTo(0.1, 12);
  expect(rate(750, 1000)).toBeCloseTo(0.1, 12);
  // Half way down the cosine.
  expect(rate(875, 1000)).toBeCloseTo(0.05, 12);
  expect(rate(999, 1000)).toBeGreaterThan(0);
});

test('its noise: 0.05 of the spread, gone at 75 %', () => {
  const noise = fading(0.05);
  expect(noise(0, 1000)).toBe(0.05);
  expect(noise(375, 1000)).toBeCloseTo(0.0125, 12);
  expect(noise(750, 1000)).toBe(0);
  expect(noise(999, 1000)).toBe(0);
});

test('ramps of no length are no ramps', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.nat({ max: 499 }), (steps, at) => {
      const step = at % steps;
      expect(ramped(3, { rampUp: 0, rampDown: 0 })(step, steps)).toBe(constant(3)(step, steps));
      expect(fading(3, 0)(step, steps)).toBe(0);
      expect(ramped(3)(step, steps)).toBeGreaterThanOrEqual(0);
      expect(ramped(3)(step, steps)).toBeLessThanOrEqual(3);
    }),
  );
});
