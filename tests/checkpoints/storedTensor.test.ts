import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredDType, StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { floatToHalf, halfToFloat } from '../../src/checkpoints/halfFloat.js';
import {
  contiguousStrides,
  elementCount,
  firstNotFinite,
  isContiguous,
  readTensor,
} from '../../src/checkpoints/storedTensor.js';
import { expectError } from './expectError.js';

function stored(dtype: StoredDType, data: ArrayBufferView, shape: readonly number[]): StoredTensor {
  return { dtype, shape, strides: null, bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

function shifted(tensor: StoredTensor): StoredTensor {
  const moved = new Uint8Array(tensor.bytes.length + 1);
  moved.set(tensor.bytes, 1);
  return { ...tensor, bytes: moved.subarray(1) };
}

describe('readTensor', () => {
  const cases: [StoredDType, ArrayBufferView, number[]][] = [
    ['f64', new Float64Array([0.1, -2]), [Math.fround(0.1), -2]],
    ['f32', new Float32Array([1.5, -0]), [1.5, -0]],
    ['f16', new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7c00]), [1, -2, 2 ** -24, Infinity]],
    ['bf16', new Uint16Array([0x3f80, 0xc040, 0x7f80]), [1, -3, Infinity]],
    ['i64', new BigInt64Array([-3n, 1n << 40n]), [-3, 2 ** 40]],
    ['i32', new Int32Array([-70000, 7]), [-70000, 7]],
    ['i16', new Int16Array([-300, 7]), [-300, 7]],
    ['i8', new Int8Array([-128, 7]), [-128, 7]],
    ['u8', new Uint8Array([255, 7]), [255, 7]],
    ['bool', new Uint8Array([0, 1, 2]), [0, 1, 1]],
  ];
  it.each(cases)('reads %s, aligned or not', (dtype, data, expected) => {
    const tensor = stored(dtype, data, [expected.length]);
    expect([...readTensor(tensor)]).toEqual(expected);
    expect([...readTensor(shifted(tensor))]).toEqual(expected);
  });

  it('shares memory with aligned contiguous f32', () => {
    const data = new Float32Array([1, 2]);
    expect(readTensor(stored('f32', data, [2])).buffer).toBe(data.buffer);
  });

  it('reads channels-last storage row-major', () => {
    // Shape [2, 3, 2, 2] in memory order N, H, W, C: element (n, c, h, w) holds 1000n + 100c + 10h + w.
    const memory: number[] = [];
    for (const n of [0, 1]) {
      for (const h of [0, 1])
        for (const w of [0, 1]) for (const c of [0, 1, 2]) memory.push(1000 * n + 100 * c + 10 * h + w);
    }
    const strides = [12, 1, 6, 3];
    const values = readTensor({ ...stored('f32', Float32Array.from(memory), [2, 3, 2, 2]), strides });
    expect([...values.subarray(0, 6)]).toEqual([0, 1, 10, 11, 100, 101]);
    expect(values[23]).toBe(1211);
  });

  it('agrees with index arithmetic for any permutation of axes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 }),
        fc.infiniteStream(fc.nat()),
        (shape, picks) => {
          const order = shape
            .map((_, axis) => ({ axis, rank: picks.next().value ?? 0 }))
            .sort((a, b) => a.rank - b.rank);
          const inOrder = contiguousStrides(order.map(({ axis }) => shape[axis] ?? 1));
          const strides = shape.map((_, axis) => inOrder[order.findIndex((item) => item.axis === axis)] ?? 1);
          const memory = Float32Array.from({ length: elementCount(shape) }, (_, i) => i);
          const values = readTensor({ ...stored('f32', memory, shape), strides });
          const steps = contiguousStrides(shape);
          values.forEach((value, flat) => {
            const position = shape.map((size, axis) => Math.floor(flat / (steps[axis] ?? 1)) % size);
            expect(value).toBe(position.reduce((sum, index, axis) => sum + index * (strides[axis] ?? 0), 0));
          });
        },
      ),
    );
  });

  it('reads scalars, empty tensors and repeated rows', () => {
    expect([...readTensor(stored('f32', new Float32Array([7]), []))]).toEqual([7]);
    expect([...readTensor(stored('f32', new Float32Array(), [3, 0]))]).toEqual([]);
    expect([...readTensor({ ...stored('f32', new Float32Array([1, 2]), [2, 2]), strides: [0, 1] })]).toEqual([
      1, 2, 1, 2,
    ]);
  });

  it('refuses shapes, strides and storages that do not fit', () => {
    const tensor = stored('f32', new Float32Array(4), [4]);
    expectError('tensor-truncated', () => readTensor({ ...tensor, shape: [5] }));
    expectError('tensor-truncated', () => readTensor({ ...tensor, shape: [2, 2], strides: [3, 1] }));
    expectError('tensor-bad-strides', () => readTensor({ ...tensor, shape: [2, 2], strides: [1] }));
    expectError('tensor-bad-strides', () => readTensor({ ...tensor, shape: [2], strides: [-1] }));
    expectError('tensor-bad-shape', () => readTensor({ ...tensor, shape: [-1] }));
    expectError('tensor-bad-shape', () => elementCount([2 ** 30, 2 ** 30]));
    expectError('tensor-too-large', () => readTensor({ ...tensor, shape: [2 ** 30], strides: [0] }));
  });

  it('knows contiguity: axes of size 1 have any stride', () => {
    expect(isContiguous([2, 1, 3], [3, 99, 1])).toBe(true);
    expect(isContiguous([2, 3], [1, 2])).toBe(false);
  });
});

describe('firstNotFinite', () => {
  it('agrees with reading every number, of any type, wherever it lies', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, maxLength: 8 }), fc.boolean(), (values, isShifted) => {
        const tensor = stored('f32', values, [values.length]);
        const expected = values.findIndex((value) => !Number.isFinite(value));
        expect(firstNotFinite(isShifted ? shifted(tensor) : tensor)).toBe(expected);
      }),
    );
    expect(firstNotFinite(stored('f16', new Uint16Array([0x3c00, 0x7c00]), [2]))).toBe(1);
    const column = { ...stored('f32', Float32Array.of(1, 2, NaN, 4), [2, 2]), strides: [1, 2] };
    expect(firstNotFinite(column)).toBe(1);
    expectError('tensor-truncated', () => firstNotFinite({ ...column, strides: null, shape: [5] }));
  });
});

describe('halves', () => {
  it('survive a round trip, all of them', () => {
    const changed: number[] = [];
    for (let half = 0; half < 0x10000; half++) {
      const value = halfToFloat(half);
      const back = floatToHalf(value);
      const same = Number.isNaN(value) ? (back & 0x7fff) > 0x7c00 : back === half;
      if (!same) changed.push(half);
    }
    expect(changed).toEqual([]);
  });

  it('round to nearest, ties to even, everywhere', () => {
    const wrong: number[] = [];
    const middle = new Float32Array(1);
    const bits = new Uint32Array(middle.buffer);
    const rounded = (sign: number): number => floatToHalf(sign * (middle[0] ?? NaN));
    for (let half = 0; half < 0x7bff; half++) {
      middle[0] = (halfToFloat(half) + halfToFloat(half + 1)) / 2;
      const even = half % 2 === 0 ? half : half + 1;
      const ties = rounded(1) === even && rounded(-1) === (even | 0x8000);
      // One f32 step below and above the middle.
      bits[0] = (bits[0] ?? 0) - 1;
      const below = rounded(1) === half;
      bits[0] = (bits[0] ?? 0) + 2;
      if (!ties || !below || rounded(1) !== half + 1) wrong.push(half);
    }
    expect(wrong).toEqual([]);
  });

  it('overflow to infinity at 65520 and keep signs', () => {
    expect(floatToHalf(65519.99)).toBe(0x7bff);
    expect(floatToHalf(65520)).toBe(0x7c00);
    expect(floatToHalf(-1e30)).toBe(0xfc00);
    expect(floatToHalf(-0)).toBe(0x8000);
    expect(floatToHalf(1e-10)).toBe(0);
  });
});
