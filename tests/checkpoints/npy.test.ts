import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNpy, writeNpy } from '../../src/checkpoints/npy.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { expectError, expectTypedOutcome } from './expectError.js';

function npy(dict: string, data: ArrayBufferView, version = 1): Uint8Array {
  const header = new TextEncoder().encode(`${dict}\n`);
  const length =
    version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), version, 0, ...length, ...header, ...bytes]);
}
const header = (descr: string, shape: string, fortran = 'False'): string =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }`;
const values = (file: Uint8Array): number[] => [...readTensor(readNpy(file))];

describe('npy', () => {
  it('reads what it writes, any shape', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 4 }), (shape) => {
        const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i - 0.5);
        const file = writeNpy(shape, numbers);
        expect(readNpy(file).shape).toEqual(shape);
        expect(values(file)).toEqual([...numbers]);
      }),
    );
  });

  it('writes what NumPy writes', () => {
    const file = writeNpy([1], new Float32Array([1]));
    expect(new TextDecoder('latin1').decode(file.subarray(0, 128))).toBe(
      `\x93NUMPY\x01\x00v\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }`.padEnd(127) + '\n',
    );
    expect(file.length).toBe(132);
  });

  it.each<[string, ArrayBufferView, number[]]>([
    ['<f4', new Float32Array([1.5, -2]), [1.5, -2]],
    ['<f8', new Float64Array([1.5, -2]), [1.5, -2]],
    ['<f2', new Uint16Array([0x3c00, 0xc000]), [1, -2]],
    ['>f4', new Uint8Array([0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0]), [1, -2]],
    ['>i8', new Uint8Array([0, 0, 0, 0, 0, 0, 0, 9, 255, 255, 255, 255, 255, 255, 255, 255]), [9, -1]],
    ['<i4', new Int32Array([1, -2]), [1, -2]],
    ['|i1', new Int8Array([1, -2]), [1, -2]],
    ['|u1', new Uint8Array([1, 254]), [1, 254]],
    ['<u2', new Uint16Array([1, 65535]), [1, 65535]],
    ['>u2', new Uint8Array([0, 1, 255, 255]), [1, 65535]],
    ['<u4', new Uint32Array([1, 2 ** 31]), [1, 2 ** 31]],
    ['<u8', new BigUint64Array([1n, 2n ** 40n]), [1, 2 ** 40]],
    ['|b1', new Uint8Array([0, 1]), [0, 1]],
  ])('reads %s', (descr, data, expected) => {
    for (const version of [1, 2, 3]) expect(values(npy(header(descr, '(2,)'), data, version))).toEqual(expected);
  });

  it('reads Fortran order row-major', () => {
    const file = npy(header('<f4', '(2, 3)', 'True'), new Float32Array([1, 4, 2, 5, 3, 6]));
    expect(values(file)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('reads Python 2 shapes and scalars', () => {
    expect(readNpy(npy(header('<f4', '(1L, 2L)'), new Float32Array(2))).shape).toEqual([1, 2]);
    expect(readNpy(npy(header('<f4', '()'), new Float32Array(1))).shape).toEqual([]);
  });

  it.each<[string, Uint8Array]>([
    ['npy-not-npy', new Uint8Array(20)],
    ['npy-version-unsupported', npy(header('<f4', '(1,)'), new Float32Array(1), 4)],
    ['numpy-truncated', npy(header('<f4', '(1,)'), new Float32Array(1)).subarray(0, 30)],
    ['numpy-truncated', npy(header('<f4', '(3,)'), new Float32Array(2))],
    ['npy-dtype-unsupported', npy(header('<c8', '(1,)'), new Float32Array(2))],
    ['npy-dtype-unsupported', npy(header('|O', '(1,)'), new Float32Array(2))],
    [
      'npy-dtype-unsupported',
      npy(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}`, new Float32Array(1)),
    ],
    ['npy-bad-header', npy(`{'descr': '<f4'}`, new Float32Array(1))],
    ['npy-bad-header', npy(header('<f4', '(x,)'), new Float32Array(1))],
    ['numpy-out-of-range', npy(header('<u8', '(1,)'), new BigUint64Array([2n ** 63n]))],
  ])('%s', (code, file) => {
    expectError(code, () => readNpy(file));
  });

  it('refuses to write a shape that does not hold the values', () => {
    expectError('npy-bad-shape', () => writeNpy([2], new Float32Array(3)));
  });

  it('fails with a typed error or reads, whatever is flipped or cut off', () => {
    const valid = npy(header('<f4', '(2, 2)'), new Float32Array(4));
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, value, length) => {
        const damaged = valid.slice(0, length);
        if (at < length) damaged[at] = value;
        expectTypedOutcome(() => readTensor(readNpy(damaged)));
      }),
      { numRuns: 2000 },
    );
  });
});
