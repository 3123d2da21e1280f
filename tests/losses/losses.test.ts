import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import type { Shape } from '../../src/engine/shape.js';
import { inputTensor } from '../../src/engine/tensor.js';
import { featureDistance, featureL1 } from '../../src/losses/featureDistance.js';
import { l1 } from '../../src/losses/l1.js';
import { mse, psnr } from '../../src/losses/mse.js';
import { noiseRegulariser } from '../../src/losses/noiseRegulariser.js';
import type { FeatureNetwork } from '../../src/models/featureNetwork.js';
import { gradient } from '../../src/ops/gradient.js';
import { resize } from '../../src/ops/resample.js';
import { expectAgreement, kernelTolerance } from '../ops/agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type FedInputs } from '../ops/evaluate.js';
import { fed } from '../ops/numbers.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

/** Holds value and gradients on the GPU to f64; gives the value. */
async function checked(loss: TraceFunction, inputs: FedInputs, wrt: readonly string[]): Promise<Float64Array> {
  const graph: TraceFunction = (traced) => {
    const { value = named(traced, 'value') } = loss(traced);
    const gradients = gradient(
      value,
      wrt.map((name) => named(traced, name)),
    );
    return { value, ...Object.fromEntries(gradients.map((result, index) => [`gradient ${wrt[index] ?? ''}`, result])) };
  };
  const expected = runReference(graph, inputs);
  const { outputs } = await runOnGpu(engine, graph, inputs, true);
  for (const [name, values] of Object.entries(expected)) {
    expectAgreement(name, outputs[name] ?? [], values, undefined, kernelTolerance.f32Chain);
  }
  return expected['value'] ?? new Float64Array();
}

const shape: Shape = [2, 3, 5, 7];
const [a, b] = [fed(shape, 1), fed(shape, 2)];
const perSample = 3 * 5 * 7;
/** Mean over a sample of f(a, b), by a plain loop. */
const meanOf = (f: (x: number, y: number, index: number) => number, sample: number): number => {
  let sum = 0;
  for (let i = sample * perSample; i < (sample + 1) * perSample; i++)
    sum += f(a.values[i] ?? NaN, b.values[i] ?? NaN, i);
  return sum / perSample;
};

test('mse is one number a sample', async () => {
  const value = await checked((i) => ({ value: mse(named(i, 'a'), named(i, 'b')) }), { a, b }, ['a', 'b']);
  expectAgreement(
    'mse',
    value,
    [0, 1].map((sample) => meanOf((x, y) => (x - y) ** 2, sample)),
  );
});

test('l1 counts what the mask lets through', async () => {
  const mask = { shape: [1, 1, 5, 7], values: Float32Array.from({ length: 35 }, (_, i) => (i % 3) / 2) };
  const value = await checked((i) => ({ value: l1(named(i, 'a'), named(i, 'b'), named(i, 'mask')) }), { a, b, mask }, [
    'a',
    'b',
  ]);
  const weight = (index: number): number => mask.values[index % 35] ?? NaN;
  expectAgreement(
    'masked l1',
    value,
    [0, 1].map((sample) => meanOf((x, y, i) => weight(i) * Math.abs(x - y), sample)),
  );
  const plain = await checked((i) => ({ value: l1(named(i, 'a'), named(i, 'b')) }), { a, b }, ['a']);
  expectAgreement(
    'l1',
    plain,
    [0, 1].map((sample) => meanOf((x, y) => Math.abs(x - y), sample)),
  );
});

test('psnr of a difference of one hundredth of the range is 40 dB', () => {
  expect(psnr(0.02 ** 2)).toBeCloseTo(40, 10);
  expect(psnr(0.01 ** 2, 1)).toBeCloseTo(40, 10);
  expect(psnr(0)).toBe(Infinity);
});

test('pictures of different sizes are refused', () => {
  const [x, y] = [inputTensor('x', [1, 3, 4, 4]), inputTensor('y', [1, 3, 8, 8])];
  for (const loss of [mse, l1]) {
    expect(() => loss(x, y)).toThrow(expect.objectContaining({ code: 'shape-mismatch' }) as Error);
  }
});

describe('noiseRegulariser', () => {
  /** projector.py's loop for one map, as plain loops. */
  function reference(map: Float64Array, side: number): number {
    let [noise, size, total] = [map, side, 0];
    for (;;) {
      const count = size * size;
      const wrapped = (i: number): number => (i + size - 1) % size;
      let [alongX, alongY] = [0, 0];
      noise.forEach((value, index) => {
        const [y, x] = [Math.floor(index / size), index % size];
        alongX += (value * (noise[y * size + wrapped(x)] ?? NaN)) / count;
        alongY += (value * (noise[wrapped(y) * size + x] ?? NaN)) / count;
      });
      total += alongX ** 2 + alongY ** 2;
      if (size <= 8) return total;
      const [fine, wide] = [noise, size];
      size /= 2;
      noise = Float64Array.from({ length: size * size }, (_, index) => {
        const corner = Math.floor(index / size) * 2 * wide + (index % size) * 2;
        const window = [corner, corner + 1, corner + wide, corner + wide + 1];
        return window.reduce((sum, i) => sum + (fine[i] ?? NaN), 0) / 4;
      });
    }
  }

  test.each([
    ['all sizes of a generator', [4, 8, 8, 16, 16, 32, 32]],
    ['one small map', [4]],
    ['a gap between sizes', [64, 8]],
  ])('of %s', async (_, sides) => {
    const inputs = Object.fromEntries(sides.map((side, index) => [`map${index}`, fed([2, 1, side, side], index)]));
    const names = Object.keys(inputs);
    const value = await checked(
      (traced) => ({ value: noiseRegulariser(names.map((name) => named(traced, name))) }),
      inputs,
      names,
    );
    const expected = [0, 1].map((sample) =>
      sides.reduce((sum, side, index) => {
        const values = inputs[`map${index}`]?.values ?? new Float32Array();
        return sum + reference(Float64Array.from(values.subarray(sample * side ** 2, (sample + 1) * side ** 2)), side);
      }, 0),
    );
    expectAgreement('regulariser', value, expected, undefined, { relL2: 1e-12, maxAbs: 1e-12 });
  });
});

describe('features', () => {
  /** Two layers that can be worked out by hand: the picture, and its quarter. */
  const network: FeatureNetwork = {
    name: 'predictor',
    resolution: null,
    imgChannels: 2,
    features: (picture) => [picture, resize(picture, [1, 1], { mode: 'area' })],
  };
  const picture = { shape: [1, 2, 2, 2], values: Float32Array.of(3, 0, 1, 0, 4, 2, 0, 1) };
  const target = { shape: [1, 2, 2, 2], values: Float32Array.of(4, 0, 0, 1, 3, 1, 1, 0) };

  test('are compared by direction at every place, layer by layer', async () => {
    const value = await checked(
      (i) => ({ value: featureDistance(network, named(i, 'a'), named(i, 'b')) }),
      { a: picture, b: target },
      ['a'],
    );
    // Places: (3,4)/5 against (4,3)/5, the same direction, and two right angles; then (4,7) against (5,5).
    const first = (2 * 0.2 ** 2 + 0 + 2 + 2) / 4;
    const cosine = (4 * 5 + 7 * 5) / Math.hypot(4, 7) / Math.hypot(5, 5);
    expect(value[0]).toBeCloseTo(first + 2 - 2 * cosine, 10);
  });

  test('are compared as they are by featureL1', async () => {
    const value = await checked(
      (i) => ({ value: featureL1(network, named(i, 'a'), named(i, 'b')) }),
      { a: picture, b: target },
      ['a'],
    );
    expect(value[0]).toBeCloseTo(7 / 8 + (1 / 4 + 2 / 4) / 2, 10);
  });
});
