/** NumPy arrays and scalars inside pickles. */
import type { StoredDType, StoredTensor } from '../checkpoint.js';
import { numpyStrides, numpyTensor, parseNumpyDType, storedDTypeOf, type NumpyDType } from '../numpyArray.js';
import { elementCount, readTensor } from '../storedTensor.js';
import { bytesOf, callArguments, integersOf, textOf } from './interpretation.js';
import { PickleObject, type PickleValue } from './values.js';

const LONGEST_SCALAR = 16;

/** `numpy.dtype('f8', …)` followed by BUILD, whose state's second item is the byte order. */
function numpyDTypeOf(value: PickleValue | undefined): NumpyDType | null {
  const call = callArguments(value, 'numpy.dtype');
  const name = textOf(call?.[0]);
  const state = value instanceof PickleObject ? value.state : null;
  const byteOrder = Array.isArray(state) ? textOf(state[1]) : null;
  if (name === null) return null;
  return parseNumpyDType(/^[<>|=]/.test(name) ? name : `${byteOrder ?? ''}${name}`);
}

/**
 * A NumPy scalar as a number or boolean; `null` for any other record. Doubles and integers are exact up to 2^53.
 * @throws GanvasError `numpy-truncated`.
 */
export function numpyScalarOf(value: PickleValue | undefined): number | boolean | null {
  const call = callArguments(value, 'numpy.core.multiarray.scalar');
  const dtype = numpyDTypeOf(call?.[0]);
  const bytes = bytesOf(call?.[1], LONGEST_SCALAR);
  if (!dtype || !bytes) return null;
  const tensor = numpyTensor(dtype, [], false, bytes);
  return elementOf(tensor);
}

/** f32 would lose digits of `weight_gain` and the like, so doubles and long integers are read on their own. */
function elementOf(tensor: StoredTensor): number | boolean {
  const { dtype, bytes } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (dtype === 'f64') return view.getFloat64(0, true);
  if (dtype === 'i64') return Number(view.getBigInt64(0, true));
  if (dtype === 'i32') return view.getInt32(0, true);
  const [value] = readTensor(tensor);
  return dtype === 'bool' ? value !== 0 : (value ?? 0);
}

/**
 * A NumPy array as a tensor; `null` for any other record, and for arrays of more than `mostElements`. Known forms:
 * `_reconstruct(…)` with BUILD (version, shape, dtype, Fortran order, bytes), and protocol 5's `_frombuffer(bytes, dtype,
 * shape, order)`. The elements are looked at when they are first read.
 *
 * @throws GanvasError `tensor-bad-shape`; reading throws `numpy-truncated`, `numpy-out-of-range`.
 */
export function numpyArrayOf(value: PickleValue | undefined, mostElements = Infinity): StoredTensor | null {
  const buffer = callArguments(value, 'numpy.core.numeric._frombuffer');
  if (buffer) {
    const [data, dtype, shape, order] = buffer;
    return arrayFrom(dtype, shape, textOf(order) === 'F', data, mostElements);
  }
  if (!callArguments(value, 'numpy.core.multiarray._reconstruct')) return null;
  const state = value instanceof PickleObject ? value.state : null;
  if (!Array.isArray(state)) return null;
  const [, shape, dtype, fortranOrder, data] = state;
  // Python 2 wrote the flag as a number.
  return arrayFrom(dtype, shape, fortranOrder === true || fortranOrder === 1, data, mostElements);
}

/** A variable's value: an array, or one number as NumPy or Python has it, which becomes a tensor of shape []. */
export function numpyVariableOf(value: PickleValue | undefined): StoredTensor | null {
  const array = numpyArrayOf(value);
  if (array) return array;
  const scalar = typeof value === 'number' ? null : callArguments(value, 'numpy.core.multiarray.scalar');
  const dtype = numpyDTypeOf(scalar?.[0]);
  const bytes = bytesOf(scalar?.[1], LONGEST_SCALAR);
  if (dtype && bytes) return numpyTensor(dtype, [], false, bytes);
  if (typeof value !== 'number') return null;
  return { dtype: 'f64', shape: [], strides: null, bytes: new Uint8Array(Float64Array.of(value).buffer) };
}

function arrayFrom(
  dtypeValue: PickleValue | undefined,
  shapeValue: PickleValue | undefined,
  fortranOrder: boolean,
  data: PickleValue | undefined,
  mostElements: number,
): StoredTensor | null {
  const dtype = numpyDTypeOf(dtypeValue);
  const shape = integersOf(shapeValue);
  if (!dtype || !shape || elementCount(shape) > mostElements) return null;
  return new LazyNumpyArray(dtype, shape, fortranOrder, data);
}

/** Protocol 2 has no bytes, so that reading them there means a copy: it is made each time, and kept by nobody. */
class LazyNumpyArray implements StoredTensor {
  readonly dtype: StoredDType;
  readonly strides: readonly number[] | null;
  readonly #numpyDType: NumpyDType;
  readonly #data: PickleValue | undefined;

  constructor(
    dtype: NumpyDType,
    readonly shape: readonly number[],
    fortranOrder: boolean,
    data: PickleValue | undefined,
  ) {
    this.dtype = storedDTypeOf(dtype);
    this.strides = numpyStrides(shape, fortranOrder);
    this.#numpyDType = dtype;
    this.#data = data;
  }

  get bytes(): Uint8Array {
    const needed = elementCount(this.shape) * this.#numpyDType.size;
    const bytes = bytesOf(this.#data, needed) ?? new Uint8Array();
    return numpyTensor(this.#numpyDType, this.shape, false, bytes).bytes;
  }
}
