import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TraceFunction } from '../../src/engine/engine.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add, mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { canInterleave } from '../../src/ops/convMethod.js';
import { opLibraryWith } from '../../src/ops/opLibrary.js';
import { upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { expectAgreement, type Tolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type FedInputs } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import { fed } from './numbers.js';

/** As winograd4's, of the weights that the filter is folded into: of the largest sum of magnitudes. */
const stated: Tolerance = { relL2: 4e-6, maxAbs: 2e-5 };
const exact: Tolerance = { relL2: 1e-12, maxAbs: 1e-12 };

const shapes = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  c: fc.constantFrom(1, 3, 9),
  o: fc.constantFrom(1, 3, 8),
  h: fc.constantFrom(4, 8, 12),
  w: fc.constantFrom(4, 16),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

/** Taps of a filter and what it pads [before, after], so that a picture is exactly doubled. */
const doublings = [
  [4, [1, 1]],
  [3, [1, 0]],
  [3, [0, 1]],
  [2, [0, 0]],
] as const;

/** Likewise for halving. */
const halvings = [
  [4, [2, 2]],
  [3, [2, 1]],
  [2, [1, 1]],
] as const;

/** Compares the fused form, on the GPU and in f64, with the plain sums, and counts dispatches. */
async function expectFolded(fn: TraceFunction, inputs: FedInputs, dispatches: number): Promise<void> {
  const engine = await createTestEngine({ convolution: 'winograd4' });
  const { y: expected = [] } = runReference(fn, inputs);
  const sizes = Object.entries(inputs).map(([name, { shape, values }]) => [
    name,
    { shape, values: values.map(Math.abs) },
  ]);
  const { y: magnitudes = [] } = runReference(fn, Object.fromEntries(sizes) as FedInputs);
  const run = await runOnGpu(engine, fn, inputs, true);
  expectAgreement('folded', run.outputs['y'] ?? [], expected, magnitudes, stated);
  expect(run.dispatches).toBe(dispatches);
  const { y: fused = [] } = runReference((given) => {
    const [y] = fusedWith(opLibraryWith({ convolution: 'winograd4' }), Object.values(fn(given)));
    return { y: y ?? expect.fail('nothing came of it') };
  }, inputs);
  expectAgreement('reference', fused, expected, magnitudes, exact);
}

describe.each(doublings)('doubling, a filter of %i taps that pads %j', (taps, filter) => {
  test('is one convolution', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ n, c, o, h, w, seed }) => {
        const inputs = { x: fed([n, c, h, w], seed), w: fed([c, o, 3, 3], seed + 1), f: fed([taps, taps], seed + 2) };
        const fn: TraceFunction = (given) => {
          const sums = conv2dTransposed(named(given, 'x'), named(given, 'w'), { stride: 2 });
          const padding = [...filter, ...filter];
          return { y: upfirdn2d(sums, named(given, 'f'), { padding, gain: 4, flipFilter: true }) };
        };
        // Weights filtered, put in order and transformed; then a convolution's three.
        await expectFolded(fn, inputs, 6);
      }),
      { numRuns: 6 },
    );
  });
});

describe.each(halvings)('halving, a filter of %i taps that pads %j', (taps, filter) => {
  test('is one convolution', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, async ({ n, c, o, h, w, seed }) => {
        const inputs = {
          x: fed([n, c, 2 * h, 2 * w], seed),
          w: fed([o, c, 3, 3], seed + 1),
          f: fed([taps, taps], seed + 2),
        };
        const fn: TraceFunction = (given) => {
          const filtered = upfirdn2d(named(given, 'x'), named(given, 'f'), {
            padding: [...filter, ...filter],
            flipFilter: true,
          });
          return { y: conv2d(filtered, named(given, 'w'), { stride: 2 }) };
        };
        // The filter is turned as well.
        await expectFolded(fn, inputs, 7);
      }),
      { numRuns: 6 },
    );
  });
});

const layer = {
  x: fed([2, 9, 8, 12], 1),
  w: fed([9, 10, 3, 3], 2),
  s: fed([2, 9, 1, 1], 3),
  d: fed([2, 10, 1, 1], 4),
  f: fed([4, 4], 8),
};

test('doubling takes styles, demodulation, noise, bias, activation and residual along', async () => {
  const inputs = { ...layer, noise: fed([2, 1, 16, 24], 5), b: fed([10], 6), r: fed([2, 10, 16, 24], 7) };
  const fn: TraceFunction = (given) => {
    const of = (name: string) => named(given, name);
    const larger = conv2dTransposed(mul(of('x'), of('s')), of('w'), { stride: 2 });
    const sums = mul(upfirdn2d(larger, of('f'), { padding: 1, flipFilter: true }), of('d'));
    return { y: add(biasAct(add(sums, of('noise')), of('b'), { act: 'lrelu', clamp: 3 }), of('r')) };
  };
  const engine = await createTestEngine({ convolution: 'winograd4' });
  const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
  expect(dispatches).toBe(6);
  const { y = [] } = runReference(fn, inputs);
  expectAgreement('folded', outputs['y'] ?? [], y, undefined, { relL2: 1.6e-5, maxAbs: 8e-5 });
});

test('halving takes a scale of planes and an activation along', async () => {
  const inputs = {
    x: fed([2, 9, 16, 24], 1),
    f: layer.f,
    d: fed([2, 9, 1, 1], 4),
    w: fed([10, 9, 3, 3], 2),
    b: fed([10], 6),
  };
  const fn: TraceFunction = (given) => {
    const of = (name: string) => named(given, name);
    const filtered = upfirdn2d(mul(of('x'), of('d')), of('f'), { padding: 2, flipFilter: true });
    return { y: biasAct(conv2d(filtered, of('w'), { stride: 2 }), of('b'), { act: 'lrelu' }) };
  };
  const engine = await createTestEngine({ convolution: 'winograd4' });
  const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
  expect(dispatches).toBe(7);
  const { y = [] } = runReference(fn, inputs);
  expectAgreement('folded', outputs['y'] ?? [], y, undefined, { relL2: 1.6e-5, maxAbs: 8e-5 });
});

test('what lies between convolution and filter is kept where it is read', async () => {
  const fn: TraceFunction = (given) => {
    const larger = conv2dTransposed(named(given, 'x'), named(given, 'w'), { stride: 2 });
    return { larger, y: upfirdn2d(larger, named(given, 'f'), { padding: 1 }) };
  };
  const inputs = { x: layer.x, w: layer.w, f: layer.f };
  const engine = await createTestEngine({ convolution: 'winograd4' });
  const { outputs } = await runOnGpu(engine, fn, inputs, true);
  const expected = runReference(fn, inputs);
  for (const name of ['larger', 'y']) expectAgreement(name, outputs[name] ?? [], expected[name] ?? []);
});

describe('a filter is folded in', () => {
  const map = (channels: number, side: number) => ({
    ...{ batch: 1, groups: 1, stride: 1, padY: 1, padX: 1, kernelHeight: 3, kernelWidth: 3 },
    ...{ inChannels: channels, outChannels: 4 * channels },
    ...{ inHeight: side, inWidth: side, outHeight: side, outWidth: side },
  });

  test.each([
    ['from 16²', map(64, 16), true],
    ['not on smaller maps', map(512, 8), false],
    ['not with few channels', map(8, 64), false],
    ['not where weights outweigh a map', map(128, 16), false],
    ['not with weights beyond measure', map(256, 64), false],
    ['not where tiles reach beyond', map(64, 18), false],
    ['not where no guaranteed binding holds the products', map(64, 256), false],
  ])('%s', (_, g, folded) => {
    expect(canInterleave({}, g)).toBe(folded);
    expect(canInterleave({ convolution: 'tapProducts' }, g)).toBe(false);
  });
});

test.each([
  ['a convolution that crops', 1, 2],
  ['a filter that reaches too far', 0, 3],
])('%s is left apart from its filter', async (_, crop, pad) => {
  const fn: TraceFunction = (given) => {
    const larger = conv2dTransposed(named(given, 'x'), named(given, 'w'), { stride: 2, padding: crop });
    return { y: upfirdn2d(larger, named(given, 'f'), { padding: pad, flipFilter: true }) };
  };
  const inputs = { x: layer.x, w: layer.w, f: layer.f };
  const engine = await createTestEngine({ convolution: 'winograd4' });
  const { outputs } = await runOnGpu(engine, fn, inputs, true);
  expectAgreement('apart', outputs['y'] ?? [], runReference(fn, inputs)['y'] ?? []);
});
