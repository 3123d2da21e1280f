import { GanvasError } from '../engine/errors.js';
import type { StoredDType, StoredTensor } from './checkpoint.js';
import { elementCount } from './storedTensor.js';

/** A NumPy element type: `<f4`, `>i8`, `|b1` … */
export interface NumpyDType {
  readonly kind: 'f' | 'i' | 'u' | 'b';
  readonly size: number;
  readonly bigEndian: boolean;
}

/** Reads a type string, or answers `null` for what is not a plain number (objects, text, records, complex). */
export function parseNumpyDType(descriptor: string): NumpyDType | null {
  const match = /^([<>|=]?)(?:(f[248]|[iu][1248]|b1)|(\?))$/.exec(descriptor);
  if (!match) return null;
  const type = match[2] ?? 'b1';
  const kind = type.charAt(0);
  if (kind !== 'f' && kind !== 'i' && kind !== 'u' && kind !== 'b') return null;
  return { kind, size: Number(type.slice(1)), bigEndian: match[1] === '>' };
}

const SAME_TYPE: ReadonlyMap<string, StoredDType> = new Map([
  ['f8', 'f64'],
  ['f4', 'f32'],
  ['f2', 'f16'],
  ['i8', 'i64'],
  ['i4', 'i32'],
  ['i2', 'i16'],
  ['i1', 'i8'],
  ['u1', 'u8'],
  ['b1', 'bool'],
]);

/** The type that the array has as a stored tensor: unsigned integers wider than a byte become the next wider signed one. */
export function storedDTypeOf({ kind, size }: NumpyDType): StoredDType {
  return SAME_TYPE.get(`${kind}${size}`) ?? (size === 2 ? 'i32' : 'i64');
}

/**
 * A NumPy array as a stored tensor. Little-endian data of a known type stay a view of `bytes`; big-endian data and
 * unsigned integers wider than a byte (which become the next wider signed type) are copied.
 *
 * @throws GanvasError `numpy-truncated`, `numpy-out-of-range` (an unsigned integer beyond 2^63).
 */
export function numpyTensor(
  dtype: NumpyDType,
  shape: readonly number[],
  fortranOrder: boolean,
  bytes: Uint8Array,
): StoredTensor {
  const needed = elementCount(shape) * dtype.size;
  if (bytes.length < needed) {
    throw new GanvasError(
      'numpy-truncated',
      `The NumPy array is truncated: shape [${shape.join(', ')}] takes ${needed} bytes, and ${bytes.length} are there.`,
      { needed, available: bytes.length },
    );
  }
  const own = bytes.subarray(0, needed);
  const ordered = dtype.bigEndian && dtype.size > 1 ? swapBytes(own, dtype.size) : own;
  const stored = SAME_TYPE.get(`${dtype.kind}${dtype.size}`);
  const content = stored ? { dtype: stored, bytes: ordered } : widenUnsigned(ordered, dtype.size);
  return { ...content, shape, strides: numpyStrides(shape, fortranOrder) };
}

/** Null for row-major; column-major, where the first axis moves fastest, for Fortran order. */
export function numpyStrides(shape: readonly number[], fortranOrder: boolean): readonly number[] | null {
  return fortranOrder && shape.length > 1 ? fortranStrides(shape) : null;
}

function fortranStrides(shape: readonly number[]): number[] {
  let step = 1;
  return shape.map((size) => {
    const stride = step;
    step *= size;
    return stride;
  });
}

function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  const swapped = bytes.slice();
  for (let start = 0; start < swapped.length; start += size) swapped.subarray(start, start + size).reverse();
  return swapped;
}

function widenUnsigned(bytes: Uint8Array, size: number): { dtype: StoredDType; bytes: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length / size;
  if (size === 2) {
    const wide = Int32Array.from({ length }, (_, i) => view.getUint16(2 * i, true));
    return { dtype: 'i32', bytes: new Uint8Array(wide.buffer) };
  }
  const wide = BigInt64Array.from({ length }, (_, i) =>
    size === 4 ? BigInt(view.getUint32(4 * i, true)) : view.getBigInt64(8 * i, true),
  );
  if (wide.some((value) => value < 0n)) {
    throw new GanvasError('numpy-out-of-range', 'The NumPy array holds unsigned integers beyond 2^63.');
  }
  return { dtype: 'i64', bytes: new Uint8Array(wide.buffer) };
}
