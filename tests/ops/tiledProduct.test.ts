/** Products that share workgroup memory, and whose depth is split between workgroups: the same numbers in another order. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { opLibraryFor } from '../../src/ops/opLibrary.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { matchOp } from '../../src/engine/graph.js';
import { fusedConv2dOp } from '../../src/ops/fusedConv2d.js';
import { lowerPlaneProduct } from '../../src/ops/planeProduct.js';
import { input, output } from '../../src/engine/kernel.js';
import { expectAgreement, type Tolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type FedInputs } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import { fed } from './numbers.js';

const stated: Tolerance = { relL2: 4e-6, maxAbs: 2e-5 };

const cases = fc.record({
  n: fc.integer({ min: 1, max: 2 }),
  c: fc.constantFrom(1, 9, 70),
  o: fc.constantFrom(1, 8, 70),
  side: fc.constantFrom(8, 12, 20),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

const layers: Readonly<Record<string, (x: Tensor, w: Tensor) => Tensor>> = {
  winograd2: (x, w) => conv2d(x, w, { padding: 1 }),
  winograd4: (x, w) => conv2d(x, w, { padding: 1 }),
  im2col: (x, w) => conv2d(x, w, { padding: 1, stride: 2 }),
};

describe.each(['winograd2', 'winograd4', 'im2col'] as const)('%s', (convolution) => {
  let engine: Engine | undefined;
  beforeAll(async () => {
    engine = await createTestEngine({ convolution, product: 'workgroup' });
  });

  test('is the plain sums', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ n, c, o, side, seed }) => {
        const layer = layers[convolution] ?? expect.fail('no such layer');
        await expectPlainSums(engine, (x, w) => layer(x, w), {
          x: fed([n, c, side, side], seed),
          w: fed([o, c, 3, 3], seed + 1),
          s: fed([n, c, 1, 1], seed + 2),
        });
      }),
      { numRuns: 12 },
    );
  });
});

test('tapProducts, styled on load, is the plain sums', async () => {
  const engine = await createTestEngine({ convolution: 'tapProducts', product: 'workgroup' });
  await fc.assert(
    fc.asyncProperty(cases, async ({ n, c, o, side, seed }) => {
      await expectPlainSums(engine, (x, w) => conv2dTransposed(x, w, { stride: 2 }), {
        x: fed([n, c, side, side], seed),
        w: fed([c, o, 3, 3], seed + 1),
        s: fed([n, c, 1, 1], seed + 2),
      });
    }),
    { numRuns: 12 },
  );
});

async function expectPlainSums(
  engine: Engine | undefined,
  layer: (x: Tensor, w: Tensor) => Tensor,
  inputs: FedInputs,
): Promise<void> {
  const fn: TraceFunction = (given) => ({ y: layer(mul(named(given, 'x'), named(given, 's')), named(given, 'w')) });
  const { y: expected = [] } = runReference(fn, inputs);
  const sizes = Object.entries(inputs).map(([name, { shape, values }]) => [
    name,
    { shape, values: values.map(Math.abs) },
  ]);
  const { y: magnitudes = [] } = runReference(fn, Object.fromEntries(sizes) as FedInputs);
  const { outputs } = await runOnGpu(engine ?? expect.fail('no engine'), fn, inputs, true);
  expectAgreement('products', outputs['y'] ?? [], expected, magnitudes, stated);
}

describe('how a product is cut', () => {
  const product = (inChannels: number, places: number, outChannels: number, planes: number) => ({
    planes: { samples: 1, count: planes, shared: false },
    ...{ inChannels, outChannels, places, flops: 0, halfWeights: false, planeSide: 0 },
    bindings: { v: input(0), weight: input(1), m: output },
  });

  test('deep sums over few places are split until there are enough workgroups', () => {
    const { calls, temporaries } = lowerPlaneProduct('workgroup', product(512, 16, 512, 16), 3);
    expect(calls.map(({ shader }) => shader)).toEqual(['planeProductTiled', 'splitSums']);
    const [x = 0, y = 0, z = 0] = calls[0]?.workgroups ?? [];
    expect(x * y * z).toBeGreaterThanOrEqual(128);
    expect(temporaries).toEqual([[4, 16, 512, 16]]);
    expect(calls[0]?.bindings['m']).toEqual({ role: 'temporary', index: 3 });
  });

  test.each([
    ['many places', product(512, 4096, 512, 16)],
    ['a shallow sum', product(32, 16, 32, 16)],
  ])('%s are one kernel', (_, wide) => {
    expect(lowerPlaneProduct('workgroup', wide, 0).calls).toHaveLength(1);
  });
});

test.each([
  [true, 'registers'],
  [false, 'workgroup'],
])('adapter of software %s takes %s', (software, product) => {
  const library = opLibraryFor({ vendor: '', architecture: '', device: '', description: '', software });
  const [y] = fusedWith(library, [
    conv2d(inputTensor('x', [1, 16, 32, 32]), inputTensor('w', [16, 16, 3, 3]), { padding: 1 }),
  ]);
  expect(matchOp(y ?? expect.fail('nothing came of it'), fusedConv2dOp)?.attributes.product).toBe(product);
});
