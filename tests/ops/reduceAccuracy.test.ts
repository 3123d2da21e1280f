import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { mul } from '../../src/ops/binary.js';
import { reduceMax, reduceSum } from '../../src/ops/reduce.js';
import { createTestEngine, named, runOnGpu } from './evaluate.js';
import { numbers } from './numbers.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

/** A million and its neighbours, and sizes around what one workgroup combines. */
const sizes = [2 ** 20, 2 ** 20 + 1, 2 ** 20 - 1, 2 ** 20 + 4097, 4096, 4097, 300_007, 255, 257];

const series: Readonly<Record<string, (size: number) => Float32Array<ArrayBuffer>>> = {
  'of both signs': (size) => numbers([size], 1),
  'with a large mean': (size) => numbers([size], 2).map((value) => 1000 + value),
  'one large, then many that it swallows one by one': (size) => new Float32Array(size).fill(4e-4).fill(1e4, 0, 1),
  'large ones among small ones': (size) =>
    numbers([size], 3).map((value, index) => (index % 1009 === 0 ? 1e4 : value * 1e-3)),
};

const total = (terms: Float32Array | Float64Array): number => Float64Array.from(terms).reduce((sum, x) => sum + x, 0);

describe.each(Object.entries(series))('sums of numbers %s', (_, make) => {
  test.each(sizes)('%i of them, to a millionth of the sum of their magnitudes', async (size) => {
    const x = { shape: [size], values: make(size) };
    const { outputs } = await runOnGpu(engine, (i) => ({ y: reduceSum(named(i, 'x'), [0]) }), { x }, true);
    const error = Math.abs((outputs['y']?.[0] ?? NaN) - total(x.values));
    expect(error / total(x.values.map(Math.abs))).toBeLessThanOrEqual(1e-6);
  });
});

test.each(sizes)('sums of %i products likewise', async (size) => {
  const [a, b] = [numbers([size], 4).map((value) => 100 + value), numbers([size], 5)];
  const { outputs } = await runOnGpu(
    engine,
    (i) => ({ y: reduceSum(mul(named(i, 'a'), named(i, 'b')), [0]) }),
    { a: { shape: [size], values: a }, b: { shape: [size], values: b } },
    true,
  );
  const products = Float64Array.from(a, (value, index) => value * (b[index] ?? NaN));
  const error = Math.abs((outputs['y']?.[0] ?? NaN) - total(products));
  expect(error / total(products.map(Math.abs))).toBeLessThanOrEqual(1e-6);
});

test('long columns and long planes beside each other are each summed by themselves', async () => {
  const shape = [3, 5000, 2];
  const x = { shape, values: numbers(shape, 6) };
  const { outputs } = await runOnGpu(
    engine,
    (i) => ({
      middle: reduceSum(named(i, 'x'), [1]),
      ends: reduceSum(named(i, 'x'), [0, 2]),
      all: reduceSum(named(i, 'x'), [0, 1, 2]),
    }),
    { x },
    true,
  );
  const sums = (pick: (index: number) => number, count: number): number[] => {
    const result = new Array<number>(count).fill(0);
    x.values.forEach((value, index) => (result[pick(index)] = (result[pick(index)] ?? NaN) + value));
    return result;
  };
  const close = (expected: readonly number[], tolerance: number): unknown[] =>
    expected.map((value) => expect.closeTo(value, tolerance) as unknown);
  expect(Array.from(outputs['middle'] ?? [])).toEqual(
    close(
      sums((i) => Math.floor(i / 10_000) * 2 + (i % 2), 6),
      2,
    ),
  );
  expect(Array.from(outputs['ends'] ?? [])).toEqual(
    close(
      sums((i) => Math.floor(i / 2) % 5000, 5000),
      4,
    ),
  );
  expect(Array.from(outputs['all'] ?? [])).toEqual(
    close(
      sums(() => 0, 1),
      2,
    ),
  );
});

test.each([2 ** 20, 4097])('the largest of %i numbers is found wherever it is', async (size) => {
  for (const place of [0, size - 1, Math.floor(size / 3)]) {
    const values = numbers([size], 7).fill(9, place, place + 1);
    const x = { shape: [size], values };
    const { outputs } = await runOnGpu(engine, (i) => ({ y: reduceMax(named(i, 'x'), [0]) }), { x }, true);
    expect(outputs['y']).toEqual(Float32Array.of(9));
  }
});
