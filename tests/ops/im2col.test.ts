import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TraceFunction } from '../../src/engine/engine.js';
import { matchOp } from '../../src/engine/graph.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { fusedConv2dOp } from '../../src/ops/fusedConv2d.js';
import { opLibraryWith } from '../../src/ops/opLibrary.js';
import { productKernels } from '../../src/ops/planeProduct.js';
import { expectAgreement, type Tolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import { fed } from './numbers.js';

/** That of the direct kernel: the sums are the same, in another order. */
const tolerance: Tolerance = { relL2: 1e-6, maxAbs: 4e-6 };
const exact: Tolerance = { relL2: 1e-12, maxAbs: 1e-12 };

const geometry = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  c: fc.constantFrom(1, 3, 9),
  o: fc.constantFrom(8, 24),
  // Output maps of whole blocks of eight pixels.
  out: fc.constantFrom([2, 4], [1, 8], [4, 6], [8, 8], [5, 16]),
  stride: fc.constantFrom(2, 3),
  kernel: fc.constantFrom(2, 3, 4),
  padding: fc.integer({ min: 0, max: 1 }),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

test('a convolution of a stride is one matrix product', async () => {
  const engine = await createTestEngine({ convolution: 'im2col' });
  const library = opLibraryWith({ convolution: 'im2col' });
  await fc.assert(
    fc.asyncProperty(geometry, async ({ n, c, o, out: [oh = 0, ow = 0], stride, kernel, padding, seed }) => {
      const side = (length: number): number => (length - 1) * stride + kernel - 2 * padding;
      const inputs = {
        x: fed([n, c, side(oh), side(ow)], seed),
        w: fed([o, c, kernel, kernel], seed + 1),
        s: fed([n, c, 1, 1], seed + 2),
      };
      const fn: TraceFunction = (given) => ({
        y: conv2d(mul(named(given, 'x'), named(given, 's')), named(given, 'w'), { stride, padding }),
      });
      const { y: expected = [] } = runReference(fn, inputs);
      const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
      expectAgreement('im2col', outputs['y'] ?? [], expected, undefined, tolerance);
      // Weights by tap, pixels side by side, their product.
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

test.each(productKernels)(
  'the gradient of a 1×1 convolution is one of the picture as it is, in %s',
  async (product) => {
    const engine = await createTestEngine({ product });
    const shapes = fc.record({
      n: fc.integer({ min: 1, max: 2 }),
      c: fc.constantFrom(1, 3, 20),
      o: fc.constantFrom(8, 24),
      side: fc.constantFrom(4, 8, 16),
      styled: fc.boolean(),
      seed: fc.integer({ min: 0, max: 1e6 }),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ n, c, o, side, styled, seed }) => {
        const inputs = {
          x: fed([n, c, side, side], seed),
          w: fed([c, o, 1, 1], seed + 1),
          s: fed([n, c, 1, 1], seed + 2),
        };
        const fn: TraceFunction = (given) => {
          const x = named(given, 'x');
          return { y: conv2dTransposed(styled ? mul(x, named(given, 's')) : x, named(given, 'w')) };
        };
        const { y: expected = [] } = runReference(fn, inputs);
        const { outputs } = await runOnGpu(engine, fn, inputs, true);
        expectAgreement('product', outputs['y'] ?? [], expected, undefined, tolerance);
        const fuse = (given: Readonly<Record<string, Tensor>>): Tensor =>
          fusedWith(opLibraryWith({ product }), Object.values(fn(given)))[0] ?? expect.fail('nothing came of it');
        const traced = Object.entries(inputs).map(([name, { shape }]) => [name, inputTensor(name, shape)] as const);
        expect(matchOp(fuse(Object.fromEntries(traced)), fusedConv2dOp)?.attributes.method).toBe('im2col');
        const { y: fused = [] } = runReference((given) => ({ y: fuse(given) }), inputs);
        expectAgreement('reference', fused, expected, undefined, exact);
      }),
      { numRuns: 25 },
    );
  },
);

test('what follows it stays a kernel of its own', async () => {
  const engine = await createTestEngine({ convolution: 'im2col' });
  const inputs = { x: fed([1, 3, 9, 9], 1), w: fed([8, 3, 3, 3], 2), b: fed([8], 3) };
  const fn: TraceFunction = (given) => ({
    y: biasAct(conv2d(named(given, 'x'), named(given, 'w'), { stride: 2 }), named(given, 'b'), { act: 'lrelu' }),
  });
  const { outputs, dispatches } = await runOnGpu(engine, fn, inputs, true);
  expect(dispatches).toBe(4);
  const { y = [] } = runReference(fn, inputs);
  expectAgreement('im2col', outputs['y'] ?? [], y, undefined, tolerance);
});
