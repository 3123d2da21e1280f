import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TraceFunction } from '../../src/engine/engine.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add, mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { convMethodFor, type ConvMethod } from '../../src/ops/convMethod.js';
import { opLibraryWith } from '../../src/ops/opLibrary.js';
import { expectAgreement, type Tolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import { fed } from './numbers.js';

type Winograd = Exclude<ConvMethod, 'direct' | 'tapProducts' | 'im2col'>;

/**
 * What the methods state: the largest error over the largest sum of magnitudes. Tiles of 4×4 multiply by numbers up to 8 and
 * cancel, so they lose a digit more than tiles of 2×2, which lose about a bit.
 */
const stated: Readonly<Record<Winograd, Tolerance>> = {
  winograd2: { relL2: 1e-6, maxAbs: 4e-6 },
  winograd4: { relL2: 4e-6, maxAbs: 2e-5 },
};
const exact: Tolerance = { relL2: 1e-12, maxAbs: 1e-12 };

const geometry = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  c: fc.constantFrom(1, 3, 9),
  o: fc.constantFrom(1, 3, 8, 17),
  h: fc.constantFrom(1, 3, 8, 17),
  w: fc.constantFrom(2, 5, 16, 23),
  pad: fc.constantFrom(1, 2),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

describe.each(['winograd2', 'winograd4'] as const)('%s', (method) => {
  const library = opLibraryWith({ convolution: method });
  const tolerance = stated[method];

  test('convolves, forward and as an adjoint, as the plain sums do', async () => {
    const engine = await createTestEngine({ convolution: method });
    await fc.assert(
      fc.asyncProperty(geometry, fc.boolean(), async ({ n, c, o, h, w, pad, seed }, isAdjoint) => {
        const inputs = { x: fed([n, c, h, w], seed), w: fed(isAdjoint ? [c, o, 3, 3] : [o, c, 3, 3], seed + 1) };
        const fn: TraceFunction = (given) => {
          const [x, weight] = [named(given, 'x'), named(given, 'w')];
          const y = isAdjoint ? conv2dTransposed(x, weight, { padding: 2 - pad }) : conv2d(x, weight, { padding: pad });
          return { y };
        };
        const { y: expected = [] } = runReference(fn, inputs);
        const { y: magnitudes = [] } = runReference(
          fn,
          Object.fromEntries(
            Object.entries(inputs).map(([name, { shape, values }]) => [name, { shape, values: values.map(Math.abs) }]),
          ),
        );
        const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
        expectAgreement(method, outputs['y'] ?? [], expected, magnitudes, tolerance);
        // Weights transformed, pictures transformed, products, and back.
        expect(dispatches).toBe(4);
        const { y: fused = [] } = runReference((given) => {
          const [y] = fusedWith(library, Object.values(fn(given)));
          return { y: y ?? expect.fail('nothing came of it') };
        }, inputs);
        expectAgreement('reference', fused, expected, magnitudes, exact);
      }),
      { numRuns: 40 },
    );
  });

  test('takes styles, demodulation, noise, bias, activation and residual along', async () => {
    const engine = await createTestEngine({ convolution: method });
    const inputs = {
      x: fed([2, 9, 18, 21], 1),
      w: fed([10, 9, 3, 3], 2),
      s: fed([2, 9, 1, 1], 3),
      d: fed([2, 10, 1, 1], 4),
      noise: fed([2, 1, 18, 21], 5),
      b: fed([10], 6),
      r: fed([2, 10, 18, 21], 7),
    };
    const fn: TraceFunction = (given) => {
      const of = (name: string) => named(given, name);
      const sums = mul(conv2d(mul(of('x'), of('s')), of('w'), { padding: 1 }), of('d'));
      return { y: add(biasAct(add(sums, of('noise')), of('b'), { act: 'lrelu', clamp: 3 }), of('r')) };
    };
    const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
    expect(dispatches).toBe(4);
    const { y = [] } = runReference(fn, inputs);
    expectAgreement(method, outputs['y'] ?? [], y, undefined, {
      relL2: tolerance.relL2 * 4,
      maxAbs: tolerance.maxAbs * 4,
    });
  });
});

describe('the method of a convolution', () => {
  const base = { batch: 1, groups: 1, stride: 1, padY: 1, padX: 1, kernelHeight: 3, kernelWidth: 3 };
  const map = (channels: number, side: number) => ({
    ...base,
    inChannels: channels,
    outChannels: channels,
    inHeight: side,
    inWidth: side,
    outHeight: side,
    outWidth: side,
  });

  test.each([
    ['few channels', map(8, 64), 'direct'],
    ['a small map', map(128, 4), 'direct'],
    ['a small map of many channels', map(512, 4), 'winograd2'],
    ['a map of 8²', map(128, 8), 'winograd4'],
    ['a map of 8² and many channels', map(512, 8), 'winograd2'],
    ['a larger map', map(128, 64), 'winograd4'],
    ['planes that no guaranteed binding holds', map(64, 1024), 'direct'],
    ['a batch of more planes than workgroups', { ...map(16, 8), batch: 4096 }, 'direct'],
    ['another kernel', { ...map(64, 64), kernelWidth: 1, padX: 0 }, 'direct'],
    ['a stride', { ...map(64, 64), stride: 2 }, 'im2col'],
    ['a stride that leaves no whole blocks', { ...map(64, 63), stride: 2 }, 'direct'],
    ['groups', { ...map(64, 64), groups: 2 }, 'direct'],
  ])('for %s', (_, g, method) => {
    expect(convMethodFor('auto', 'direct', g)).toBe(method);
    expect(convMethodFor('direct', 'direct', g)).toBe('direct');
  });
});
