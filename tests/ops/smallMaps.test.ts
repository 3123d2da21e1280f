/** Maps so small that lanes go to output channels: kernels of their own. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add, mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { expectAgreement, type Tolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type FedInputs } from './evaluate.js';
import { fed } from './numbers.js';

const tolerance: Tolerance = { relL2: 1e-6, maxAbs: 4e-6 };
let [direct, winograd]: Engine[] = [];
beforeAll(async () => {
  direct = await createTestEngine({ convolution: 'direct' });
  winograd = await createTestEngine({ convolution: 'winograd2' });
});

const cases = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  c: fc.constantFrom(1, 3, 20),
  o: fc.constantFrom(1, 3, 8, 70),
  styled: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

test('3×3 on 4×4 pixels, forth and back', async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.boolean(), async ({ n, c, o, styled, seed }, back) => {
      const inputs = {
        x: fed([n, c, 4, 4], seed),
        w: fed(back ? [c, o, 3, 3] : [o, c, 3, 3], seed + 1),
        ...(styled ? { s: fed([n, c, 1, 1], seed + 2), d: fed([n, o, 1, 1], seed + 3) } : {}),
        noise: fed([4, 4], seed + 4),
        b: fed([o], seed + 5),
      };
      const layer =
        (clamp: number | null): TraceFunction =>
        (given) => {
          const x = given['s'] === undefined ? named(given, 'x') : mul(named(given, 'x'), given['s']);
          const sums = (back ? conv2dTransposed : conv2d)(x, named(given, 'w'), { padding: 1 });
          const scaled = given['d'] === undefined ? sums : mul(sums, given['d']);
          return { y: biasAct(add(scaled, named(given, 'noise')), named(given, 'b'), { act: 'lrelu', clamp }) };
        };
      const fn = layer(2);
      const { y: expected = [] } = runReference(fn, inputs);
      // Rounding is in proportion to the terms, which a clamp hides.
      const sizes = Object.entries(inputs).map(([name, each]) => [
        name,
        { ...each, values: each.values.map(Math.abs) },
      ]);
      const { y: magnitudes = [] } = runReference(layer(null), Object.fromEntries(sizes) as FedInputs);
      const { outputs, dispatches } = await runOnGpu(direct ?? expect.fail('no engine'), fn, inputs, true);
      expectAgreement('whole map', outputs['y'] ?? [], expected, magnitudes, tolerance);
      // Weights are packed, then all is one kernel.
      expect(dispatches).toBe(2);
    }),
    { numRuns: 40 },
  );
});

test('minimal filtering of 16 tiles', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ n, c, o, seed }) => {
      const inputs = { x: fed([n, c, 8, 8], seed), w: fed([o, c, 3, 3], seed + 1) };
      const fn: TraceFunction = (given) => ({ y: conv2d(named(given, 'x'), named(given, 'w'), { padding: 1 }) });
      const { y: expected = [] } = runReference(fn, inputs);
      const { outputs } = await runOnGpu(winograd ?? expect.fail('no engine'), fn, inputs, true);
      expectAgreement('16 tiles', outputs['y'] ?? [], expected, undefined, tolerance);
    }),
    { numRuns: 20 },
  );
});
