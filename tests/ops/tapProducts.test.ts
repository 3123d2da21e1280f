import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TraceFunction } from '../../src/engine/engine.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add, mul } from '../../src/ops/binary.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { convMethodFor } from '../../src/ops/convMethod.js';
import { opLibraryWith } from '../../src/ops/opLibrary.js';
import { expectAgreement, type Tolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import { fed } from './numbers.js';

/** That of the direct kernel: the sums are the same, in another order. */
const tolerance: Tolerance = { relL2: 1e-6, maxAbs: 4e-6 };
const exact: Tolerance = { relL2: 1e-12, maxAbs: 1e-12 };

/** Maps of whole blocks of eight pixels. */
const geometry = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  c: fc.constantFrom(1, 3, 9),
  o: fc.constantFrom(1, 3, 8, 17),
  map: fc.constantFrom([2, 4], [1, 8], [4, 4], [8, 3], [5, 16], [16, 23]),
  padding: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
  outputPadding: fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

test('doubling by products of taps is the transposed convolution', async () => {
  const engine = await createTestEngine({ convolution: 'tapProducts' });
  const library = opLibraryWith({ convolution: 'tapProducts' });
  const roomy = geometry.filter(({ map: [h = 0, w = 0], padding: [y, x] }) => h > y && w > x);
  await fc.assert(
    fc.asyncProperty(roomy, async ({ n, c, o, map: [h = 0, w = 0], padding, outputPadding, seed }) => {
      const inputs = { x: fed([n, c, h, w], seed), w: fed([c, o, 3, 3], seed + 1) };
      const fn: TraceFunction = (given) => ({
        y: conv2dTransposed(named(given, 'x'), named(given, 'w'), { stride: 2, padding, outputPadding }),
      });
      const { y: expected = [] } = runReference(fn, inputs);
      const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
      expectAgreement('tapProducts', outputs['y'] ?? [], expected, undefined, tolerance);
      // Weights by tap, products, sums.
      expect(dispatches).toBe(3);
      const { y: fused = [] } = runReference((given) => {
        const [y] = fusedWith(library, Object.values(fn(given)));
        return { y: y ?? expect.fail('nothing came of it') };
      }, inputs);
      expectAgreement('reference', fused, expected, undefined, exact);
    }),
    { numRuns: 40 },
  );
});

test('takes styles, demodulation, noise, bias and activation along', async () => {
  const engine = await createTestEngine({ convolution: 'tapProducts' });
  const inputs = {
    x: fed([2, 9, 4, 6], 1),
    w: fed([9, 10, 3, 3], 2),
    s: fed([2, 9, 1, 1], 3),
    d: fed([2, 10, 1, 1], 4),
    noise: fed([2, 1, 9, 13], 5),
    b: fed([10], 6),
  };
  const fn: TraceFunction = (given) => {
    const of = (name: string) => named(given, name);
    const sums = mul(conv2dTransposed(mul(of('x'), of('s')), of('w'), { stride: 2 }), of('d'));
    return { y: biasAct(add(sums, of('noise')), of('b'), { act: 'lrelu', clamp: 3 }) };
  };
  const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
  expect(dispatches).toBe(3);
  const { y = [] } = runReference(fn, inputs);
  expectAgreement('tapProducts', outputs['y'] ?? [], y, undefined, tolerance);
});

describe('doubling', () => {
  const map = (channels: number, side: number) => ({
    ...{ batch: 1, groups: 1, stride: 2, padY: 0, padX: 0, kernelHeight: 3, kernelWidth: 3 },
    ...{ inChannels: channels, outChannels: channels, inHeight: side, inWidth: side },
    ...{ outHeight: 2 * side + 1, outWidth: 2 * side + 1 },
  });

  test.each([
    ['a map of 8²', map(512, 8), 'tapProducts'],
    ['a map of 4²', map(512, 4), 'tapProducts'],
    ['few channels', map(8, 64), 'direct'],
    ['products that no guaranteed binding holds', map(64, 256), 'direct'],
    ['a map that is no whole number of blocks', map(64, 9), 'direct'],
    ['another stride', { ...map(64, 64), stride: 3 }, 'direct'],
  ])('of %s', (_, g, method) => {
    expect(convMethodFor('auto', 'transposed', g)).toBe(method);
    expect(convMethodFor('direct', 'transposed', g)).toBe('direct');
    expect(convMethodFor('winograd4', 'transposed', g)).toBe('direct');
  });
});
