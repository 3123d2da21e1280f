import { GanvasError } from '../engine/errors.js';
import type { StoredDType, StoredTensor } from './checkpoint.js';
import { decodeHalves } from './halfFloat.js';

/** Bytes of one element. */
export const ELEMENT_BYTES: Readonly<Record<StoredDType, number>> = {
  f64: 8,
  f32: 4,
  f16: 2,
  bf16: 2,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u8: 1,
  bool: 1,
};

/** 1 GiB of f32: larger than any layer of any generator, small enough to refuse a hostile expanded view. */
const MOST_ELEMENTS = 2 ** 28;

/**
 * Product of the sizes; 1 for a scalar.
 * @throws GanvasError `tensor-bad-shape` when a size is not a whole number ≥ 0 or the product exceeds 2^53.
 */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) throw badShape(shape, `${size} is not a size`);
    // A later zero would make an overflow harmless, but no file of ours needs that.
    count *= size;
    if (!Number.isSafeInteger(count)) throw badShape(shape, 'it has more than 2^53 elements');
  }
  return count;
}

/** Row-major strides, in elements. */
export function contiguousStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/** Whether the strides describe row-major order; the stride of a size-1 axis does not matter. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = contiguousStrides(shape);
  return elementCount(shape) === 0 || shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

/**
 * Number of storage elements from the first to the last that a strided view touches.
 * @throws GanvasError `tensor-bad-strides` when the strides do not fit the shape or are negative.
 */
export function storageExtent(shape: readonly number[], strides: readonly number[] | null): number {
  const count = elementCount(shape);
  if (strides === null || count === 0) return count;
  let last = 0;
  for (const [axis, size] of shape.entries()) {
    const stride = strides[axis];
    if (strides.length !== shape.length || stride === undefined || !Number.isSafeInteger(stride) || stride < 0) {
      throw new GanvasError(
        'tensor-bad-strides',
        `Strides [${strides.join(', ')}] do not fit shape [${shape.join(', ')}]: one whole number ≥ 0 per axis is expected.`,
      );
    }
    last += (size - 1) * stride;
  }
  return last + 1;
}

/**
 * The tensor's numbers as f32, row-major. Shares the file's memory where that is possible (contiguous, aligned f32),
 * so treat the result as read-only. 64-bit numbers round to the nearest f32.
 *
 * @throws GanvasError `tensor-bad-shape`, `tensor-bad-strides`, `tensor-too-large` (more than 2^28 elements),
 *   `tensor-truncated` (fewer bytes than the shape needs).
 */
export function readTensor(tensor: StoredTensor): Float32Array {
  const { dtype, shape, strides } = tensor;
  const stored = decode(dtype, storedBytes(tensor));
  return strides === null || isContiguous(shape, strides) ? stored : gather(stored, shape, strides);
}

/**
 * The index of the first element that is not a finite number, −1 when all are. Copies nothing where the numbers are
 * contiguous f32, whatever their alignment: of a snapshot's hundreds of megabytes, that is all but a few.
 *
 * @throws GanvasError as `readTensor`.
 */
export function firstNotFinite(tensor: StoredTensor): number {
  const bytes = f32Bytes(tensor);
  if (bytes === null) return readTensor(tensor).findIndex((value) => !Number.isFinite(value));
  // Infinities and NaN are the numbers whose eight bits of exponent are all set: bits 23 to 30.
  for (let at = 0; at < bytes.length; at += 4) {
    if (((bytes[at + 3] ?? 0) & 0x7f) === 0x7f && (bytes[at + 2] ?? 0) >= 0x80) return at / 4;
  }
  return -1;
}

/**
 * The file's own bytes where they are the tensor as little-endian f32, row-major; else null.
 * @throws GanvasError as `readTensor`.
 */
export function f32Bytes(tensor: StoredTensor): Uint8Array | null {
  const { dtype, shape, strides } = tensor;
  const isPlain = dtype === 'f32' && (strides === null || isContiguous(shape, strides));
  return isPlain ? storedBytes(tensor) : null;
}

/** The bytes from the first to the last element, checked to be there. */
function storedBytes(tensor: StoredTensor): Uint8Array {
  const { dtype, shape, strides } = tensor;
  const count = elementCount(shape);
  if (count > MOST_ELEMENTS) {
    throw new GanvasError(
      'tensor-too-large',
      `A tensor of shape [${shape.join(', ')}] has ${count} elements; at most ${MOST_ELEMENTS} are read.`,
      { elements: count, limit: MOST_ELEMENTS },
    );
  }
  const extent = storageExtent(shape, strides);
  const { bytes } = tensor;
  const needed = extent * ELEMENT_BYTES[dtype];
  if (bytes.length < needed) {
    throw new GanvasError(
      'tensor-truncated',
      `A tensor of shape [${shape.join(', ')}] and type ${dtype} needs ${needed} bytes; ${bytes.length} are there.`,
      { needed, available: bytes.length },
    );
  }
  return bytes.subarray(0, needed);
}

function decode(dtype: StoredDType, bytes: Uint8Array): Float32Array {
  // Typed arrays need their natural alignment, which files do not promise. Only a misaligned tensor is copied; not by
  // `slice`, which of a Node Buffer gives a view.
  const size = ELEMENT_BYTES[dtype];
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  const length = bytes.length / size;
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer, byteOffset, length);
    case 'f64':
      return new Float32Array(new Float64Array(buffer, byteOffset, length));
    case 'f16':
      return decodeHalves(new Uint16Array(buffer, byteOffset, length));
    case 'bf16':
      return widenBfloat(new Uint16Array(buffer, byteOffset, length));
    case 'i64':
      return roundInt64(new BigInt64Array(buffer, byteOffset, length));
    case 'i32':
      return new Float32Array(new Int32Array(buffer, byteOffset, length));
    case 'i16':
      return new Float32Array(new Int16Array(buffer, byteOffset, length));
    case 'i8':
      return new Float32Array(new Int8Array(buffer, byteOffset, length));
    case 'u8':
      return new Float32Array(bytes);
    case 'bool':
      return Float32Array.from(bytes, (value) => (value ? 1 : 0));
  }
}

/** A bfloat16 is the upper half of an f32. */
function widenBfloat(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) bits[i] = (halves[i] ?? 0) << 16;
  return values;
}

/** Through `Number`: two roundings, which differ from one only beyond 2^53. */
function roundInt64(integers: BigInt64Array): Float32Array {
  const values = new Float32Array(integers.length);
  for (const [i, integer] of integers.entries()) values[i] = Number(integer);
  return values;
}

/** Row-major copy of a strided view; the innermost axis is a plain loop, the outer ones an odometer. */
function gather(stored: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const values = new Float32Array(elementCount(shape));
  const innerSize = shape.at(-1) ?? 1;
  const innerStride = strides.at(-1) ?? 1;
  const index = new Array<number>(Math.max(shape.length - 1, 0)).fill(0);
  let start = 0;
  for (let written = 0; written < values.length;) {
    for (let i = 0, from = start; i < innerSize; i++, from += innerStride) values[written++] = stored[from] ?? 0;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      const stride = strides[axis] ?? 0;
      start += stride;
      index[axis] = next;
      if (next < (shape[axis] ?? 1)) break;
      start -= next * stride;
      index[axis] = 0;
    }
  }
  return values;
}

function badShape(shape: readonly number[], reason: string): GanvasError {
  return new GanvasError('tensor-bad-shape', `[${shape.join(', ')}] is not the shape of a tensor: ${reason}.`);
}
