import { expect, test } from 'vitest';
import { setupFilter, upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { createTestEngine, named, runOnGpu } from './evaluate.js';

test('a FIR filter reaches every pixel of a map of more than 65535 workgroups of 64', async () => {
  const shape = [1, 1, 2048, 2049];
  const values = Float32Array.from({ length: 2048 * 2049 }, (_, index) => index % 1021);
  const engine = await createTestEngine();
  const { outputs } = await runOnGpu(
    engine,
    (inputs) => ({ y: upfirdn2d(named(inputs, 'x'), setupFilter([1])) }),
    { x: { shape, values } },
    true,
  );
  const { y = [] } = outputs;
  expect(y.length).toBe(values.length);
  expect(y.findIndex((value, index) => value !== values[index])).toBe(-1);
});
