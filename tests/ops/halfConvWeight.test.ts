/** Weights that products read as halves: rounded once, summed in f32. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import { mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { productKernels, type ProductKernel } from '../../src/ops/planeProduct.js';
import { opLibraryWith } from '../../src/ops/opLibrary.js';
import { setupFilter, upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { expectAgreement, type Tolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type FedInputs } from './evaluate.js';
import { fusedWith } from './fusedWith.js';
import { fed } from './numbers.js';

/**
 * Beside the same with halves in f64: as f32 otherwise, but a transformed weight that lies in the middle between two halves may
 * become either, which is a few in a thousand.
 */
const toRounding: Readonly<Record<Layer, Tolerance>> = {
  winograd2: { relL2: 1e-4, maxAbs: 1e-3 },
  winograd4: { relL2: 2e-4, maxAbs: 4e-3 },
  tapProducts: { relL2: 1e-6, maxAbs: 4e-6 },
  im2col: { relL2: 1e-6, maxAbs: 4e-6 },
  folded: { relL2: 2e-4, maxAbs: 4e-3 },
};
/**
 * Beside f32, of the largest sum of magnitudes: a half has 11 bits, so that each weight is off by 2.4e-4 of itself at the most;
 * tiles of 4×4 multiply errors by up to 64, and few sums meet the worst. Of 3 channels, over which least averages out, 120 draws
 * came to 1.6e-4 and 3.9e-4 (winograd2), 1.3e-3 and 8.6e-3 (winograd4), 5.9e-4 and 5.7e-3 (folded) at the most.
 */
const stated: Readonly<Record<Layer, Tolerance>> = {
  winograd2: { relL2: 3e-4, maxAbs: 1e-3 },
  winograd4: { relL2: 2e-3, maxAbs: 1.6e-2 },
  tapProducts: { relL2: 3e-4, maxAbs: 1e-3 },
  im2col: { relL2: 3e-4, maxAbs: 1e-3 },
  folded: { relL2: 1e-3, maxAbs: 1e-2 },
};

type Layer = 'winograd2' | 'winograd4' | 'tapProducts' | 'im2col' | 'folded';

const taps = [1, 3, 3, 1];
const filter = setupFilter(taps.map((row) => taps.map((column) => row * column)));

const layers: Readonly<Record<Layer, (x: Tensor, w: Tensor) => Tensor>> = {
  winograd2: (x, w) => conv2d(x, w, { padding: 1 }),
  winograd4: (x, w) => conv2d(x, w, { padding: 1 }),
  tapProducts: (x, w) => conv2dTransposed(x, w, { stride: 2 }),
  im2col: (x, w) => conv2d(x, w, { padding: 1, stride: 2 }),
  folded: (x, w) => upfirdn2d(conv2dTransposed(x, w, { stride: 2 }), filter, { padding: 1 }),
};

const cases = fc.record({
  c: fc.constantFrom(3, 16, 70),
  o: fc.constantFrom(8, 24),
  side: fc.constantFrom(8, 16, 20),
  // As small as weights of 512 channels with their gain, and as large as weights without.
  size: fc.constantFrom(0.01, 1),
  seed: fc.integer({ min: 0, max: 1e6 }),
});

describe.each(productKernels)('%s', (product: ProductKernel) => {
  describe.each(Object.keys(layers) as Layer[])('%s', (layer) => {
    const choices = { convolution: layer === 'folded' ? 'winograd4' : layer, product, weights: 'f16' } as const;
    let engine: Engine | undefined;
    beforeAll(async () => {
      engine = await createTestEngine(choices);
    });

    test('is what halves of the packed weights give, and near what f32 does', async () => {
      await fc.assert(
        fc.asyncProperty(cases, async ({ c, o, side, size, seed }) => {
          const shape = layer === 'tapProducts' || layer === 'folded' ? [c, o, 3, 3] : [o, c, 3, 3];
          const weights = fed(shape, seed + 1).values.map((value) => value * size);
          const inputs = { x: fed([1, c, side, side], seed), s: fed([1, c, 1, 1], seed + 2) };
          const fn = tracedWith(layer, constantTensor('w', shape, weights));
          const { y: halves = [] } = runReference((given) => {
            const [y] = fusedWith(opLibraryWith(choices), Object.values(fn(given)));
            return { y: y ?? expect.fail('nothing came of it') };
          }, inputs);
          const { outputs } = await runOnGpu(engine ?? expect.fail('no engine'), fn, inputs, true);
          const magnitudes = magnitudesOf(layer, shape, weights, inputs);
          expectAgreement('beside halves', outputs['y'] ?? [], halves, magnitudes, toRounding[layer]);
          const { y: exact = [] } = runReference(fn, inputs);
          expectAgreement('beside f32', outputs['y'] ?? [], exact, magnitudes, stated[layer]);
        }),
        { numRuns: 6 },
      );
    });
  });
});

const tracedWith =
  (layer: Layer, w: Tensor): TraceFunction =>
  (given) => ({ y: layers[layer](mul(named(given, 'x'), named(given, 's')), w) });

function magnitudesOf(layer: Layer, shape: readonly number[], weights: Float32Array, inputs: FedInputs): Float64Array {
  const sizes = Object.entries(inputs).map(([name, each]) => [name, { ...each, values: each.values.map(Math.abs) }]);
  const fn = tracedWith(layer, constantTensor('w', shape, weights.map(Math.abs)));
  return runReference(fn, Object.fromEntries(sizes) as FedInputs)['y'] ?? new Float64Array();
}

test('what a half cannot hold becomes the largest that it can', async () => {
  const engine = await createTestEngine({ convolution: 'im2col', weights: 'f16' });
  const w = constantTensor(
    'w',
    [8, 1, 3, 3],
    Float32Array.from({ length: 72 }, () => 1e6),
  );
  const x = fed([1, 1, 8, 8], 1);
  const { outputs } = await runOnGpu(engine, (given) => ({ y: layers.im2col(named(given, 'x'), w) }), { x }, true);
  expect(outputs['y']?.every(Number.isFinite)).toBe(true);
});

test('they take half the memory', async () => {
  const bytes = async (weights: 'f16' | 'f32'): Promise<number> => {
    const engine = await createTestEngine({ convolution: 'winograd4', weights });
    const w = constantTensor('w', [64, 64, 3, 3], fed([64, 64, 3, 3], 1).values);
    const program = await engine.compile(
      (given) => ({ y: layers.winograd4(named(given, 'x'), w) }),
      { x: [1, 64, 8, 8] },
      { label: weights },
    );
    const { allocatedBytes } = engine;
    program.dispose();
    return allocatedBytes;
  };
  expect((await bytes('f32')) - (await bytes('f16'))).toBe(2 * 36 * 64 * 64);
});
