import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { expectError, expectTypedOutcome } from './expectError.js';

function fileOf(header: string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  return file;
}

const entry = (shape: readonly number[], begin: number, end: number, dtype = 'F32'): string =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] });

const tensors = new Map<string, TensorToWrite>([
  ['bytes', { dtype: 'U8', shape: [3], data: new Uint8Array([1, 2, 3]) }],
  ['weight', { dtype: 'F32', shape: [2, 2], data: new Float32Array([1, 2, 3, 4]) }],
  ['half', { dtype: 'F16', shape: [], data: new Uint16Array([0x3c00]) }],
  ['__proto__', { dtype: 'I64', shape: [1], data: new BigInt64Array([-5n]) }],
]);
const valid = writeSafetensors(tensors, { format: 'test', __proto__x: 'y' });

describe('safetensors', () => {
  it('reads what it writes', () => {
    const { networks, metadata, format } = readSafetensors(valid);
    expect(format).toBe('safetensors');
    expect(metadata).toEqual({ format: 'test', __proto__x: 'y' });
    const [network] = networks;
    expect(network?.name).toBe('');
    const values = new Map([...(network?.tensors ?? [])].map(([name, tensor]) => [name, [...readTensor(tensor)]]));
    expect(values.get('weight')).toEqual([1, 2, 3, 4]);
    expect(values.get('bytes')).toEqual([1, 2, 3]);
    expect(values.get('half')).toEqual([1]);
    expect(values.get('__proto__')).toEqual([-5]);
    expect(network?.tensors.get('weight')?.bytes.buffer).toBe(valid.buffer);
  });

  it('pads the header with spaces to a multiple of 8 and aligns every tensor', () => {
    const headerLength = Number(new DataView(valid.buffer).getBigUint64(0, true));
    expect(headerLength % 8).toBe(0);
    for (const tensor of readSafetensors(valid).networks[0]?.tensors.values() ?? []) {
      expect(tensor.bytes.byteOffset % { i64: 8, f32: 4, f16: 2, u8: 1 }[tensor.dtype as 'u8']).toBe(0);
    }
  });

  it('reads tensors at misaligned offsets', () => {
    const file = fileOf(`{"a":${entry([1], 0, 4)}}`, 4);
    file.set(new Uint8Array(new Float32Array([2.5]).buffer), file.length - 4);
    const moved = new Uint8Array(file.length + 1);
    moved.set(file, 1);
    const tensor = readSafetensors(moved.subarray(1)).networks[0]?.tensors.get('a');
    expect(tensor && [...readTensor(tensor)]).toEqual([2.5]);
  });

  it.each<[string, string, number]>([
    ['safetensors-bad-header', '{"a": nonsense', 0],
    ['safetensors-bad-header', '[]', 0],
    ['safetensors-bad-header', '{"__metadata__":{"a":1}}', 0],
    ['safetensors-bad-header', '{"__metadata__":[]}', 0],
    ['safetensors-duplicate-key', `{"a":${entry([1], 0, 4)},"\\u0061":${entry([1], 4, 8)}}`, 8],
    ['safetensors-duplicate-key', '{"__metadata__":{"x":"1" , "x":"2"}}', 0],
    ['safetensors-duplicate-key', '{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}', 4],
    ['safetensors-bad-tensor', '{"a":3}', 0],
    ['safetensors-bad-tensor', '{"a":{"shape":[1],"data_offsets":[0,4]}}', 4],
    ['safetensors-bad-tensor', `{"a":${entry([2], 0, 4)}}`, 4],
    ['safetensors-bad-tensor', `{"a":${entry([-1], 0, 4)}}`, 4],
    ['safetensors-bad-tensor', `{"a":${entry([0.5], 0, 2)}}`, 4],
    ['safetensors-bad-tensor', `{"a":${entry([1], 4, 0)}}`, 4],
    ['safetensors-bad-tensor', '{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', 8],
    ['tensor-bad-shape', `{"a":${entry([2 ** 40, 2 ** 40], 0, 4)}}`, 4],
    ['safetensors-dtype-unsupported', `{"a":${entry([4], 0, 4, 'F8_E4M3')}}`, 4],
    ['safetensors-dtype-unsupported', `{"a":${entry([4], 0, 4, 'constructor')}}`, 4],
    ['safetensors-overlap', `{"a":${entry([2], 0, 8)},"b":${entry([1], 4, 8)}}`, 8],
    ['safetensors-truncated', `{"a":${entry([2], 0, 8)}}`, 7],
    ['safetensors-unindexed-bytes', `{"a":${entry([1], 4, 8)}}`, 8],
    ['safetensors-unindexed-bytes', `{"a":${entry([1], 0, 4)}}`, 5],
  ])('%s: %s', (code, header, dataBytes) => {
    expectError(code, () => readSafetensors(fileOf(header, dataBytes)));
  });

  it('refuses impossible header lengths', () => {
    expectError('safetensors-truncated', () => readSafetensors(new Uint8Array(3)));
    expectError('safetensors-truncated', () => readSafetensors(valid.subarray(0, 40)));
    expectError('safetensors-bad-header', () => readSafetensors(new Uint8Array(16).fill(255)));
  });

  it('allows strings that look like keys, and equal keys in different objects', () => {
    const header = `{"__metadata__":{"a":"{\\"a\\": 1, \\"a\\": 2}","b":"a"},"a" :${entry([1], 0, 4)},"b":${entry([1], 4, 8)}}`;
    expect(readSafetensors(fileOf(header, 8)).networks[0]?.tensors.size).toBe(2);
  });

  it('refuses nested headers without building them', () => {
    const nested = `{"a":${'['.repeat(1e6)}${']'.repeat(1e6)}}`;
    expectError('safetensors-bad-header', () => readSafetensors(fileOf(nested, 0)));
  });

  it('leaves prototypes alone', () => {
    const header = '{"__metadata__":{"__proto__":"polluted","toString":"x"}}';
    const { metadata } = readSafetensors(fileOf(header, 0));
    expect(Object.keys(metadata)).toEqual(['__proto__', 'toString']);
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
  });

  it('refuses to write data that does not fill its shape', () => {
    const wrong: TensorToWrite = { dtype: 'F32', shape: [2], data: new Float32Array(3) };
    expectError('safetensors-bad-tensor', () => writeSafetensors(new Map([['a', wrong]])));
    expectError('safetensors-bad-tensor', () =>
      writeSafetensors(new Map([['__metadata__', { ...wrong, shape: [3] }]])),
    );
  });

  it('fails with a typed error or reads, whatever is cut off or flipped', () => {
    const readAll = (bytes: Uint8Array): void => {
      for (const tensor of readSafetensors(bytes).networks[0]?.tensors.values() ?? []) readTensor(tensor);
    };
    for (let length = 0; length < valid.length; length++) {
      expectTypedOutcome(() => readAll(valid.subarray(0, length)));
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (flips) => {
          const damaged = valid.slice();
          for (const [at, value] of flips) damaged[at] = value;
          expectTypedOutcome(() => readAll(damaged));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
