import { expect, test } from 'vitest';
import { unary } from '../../src/ops/unary.js';
import { createTestEngine, named, runOnGpu } from './evaluate.js';

const engine = await createTestEngine();

test.each([1, 30, 1000])('sine and cosine of up to %d turns are good to 2e-7', async (range) => {
  const values = Float32Array.from({ length: 4001 }, (_, index) => ((index - 2000) / 2000) * range);
  const { outputs } = await runOnGpu(
    engine,
    (inputs) => ({ sine: unary('sinTurns', named(inputs, 'x')), cosine: unary('cosTurns', named(inputs, 'x')) }),
    { x: { shape: [values.length], values } },
    true,
  );
  const largestError = (name: string, exact: (angle: number) => number): number =>
    values.reduce((worst, turns, index) => {
      const angle = 2 * Math.PI * (turns - Math.round(turns));
      return Math.max(worst, Math.abs((outputs[name]?.[index] ?? NaN) - exact(angle)));
    }, 0);
  expect(largestError('sine', Math.sin)).toBeLessThan(2e-7);
  expect(largestError('cosine', Math.cos)).toBeLessThan(2e-7);
});
