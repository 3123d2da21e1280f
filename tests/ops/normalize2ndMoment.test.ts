import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { pixelNorm } from '../../src/models/pgganLayers.js';
import { normalize2ndMoment } from '../../src/ops/dense.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { expectAgreement, type Tolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import { fed } from './numbers.js';

const exact: Tolerance = { relL2: 1e-12, maxAbs: 1e-12 };
let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

test('is one kernel, along any axis', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 2, maxLength: 3 }),
      fc.nat({ max: 1 }),
      fc.constantFrom(1e-8, 0.1),
      fc.nat({ max: 1e6 }),
      async (shape, axis, epsilon, seed) => {
        // A sum of one term is none.
        fc.pre((shape[axis] ?? 0) > 1);
        const inputs = { x: fed(shape, seed) };
        const fn: TraceFunction = (given) => ({ y: normalize2ndMoment(named(given, 'x'), axis, epsilon) });
        const { y: expected = [] } = runReference(fn, inputs);
        const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
        expectAgreement('normalised', outputs['y'] ?? [], expected);
        expect(dispatches).toBe(1);
        const { y: fused = [] } = runReference((given) => {
          const [y] = fusedWith(opLibrary, Object.values(fn(given)));
          return { y: y ?? expect.fail('nothing came of it') };
        }, inputs);
        expectAgreement('reference', fused, expected, undefined, exact);
      },
    ),
    { numRuns: 40 },
  );
});

test('pixel normalisation, which divides, is one kernel, too', async () => {
  const inputs = { x: fed([2, 20, 3, 5], 1) };
  const fn: TraceFunction = (given) => ({ y: pixelNorm(named(given, 'x')) });
  const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
  expect(dispatches).toBe(1);
  expectAgreement('normalised', outputs['y'] ?? [], runReference(fn, inputs)['y'] ?? []);
});

test('what it divides by is kept where it is read', async () => {
  const inputs = { x: fed([2, 6, 4], 1) };
  const fn: TraceFunction = (given) => {
    const y = normalize2ndMoment(named(given, 'x'));
    const [, scale] = y.source.kind === 'op' ? y.source.inputs : [];
    return { y, scale: scale ?? expect.fail('a product') };
  };
  const { outputs } = await runOnGpu(engine, fn, inputs, true);
  const expected = runReference(fn, inputs);
  for (const name of ['y', 'scale']) expectAgreement(name, outputs[name] ?? [], expected[name] ?? []);
});
