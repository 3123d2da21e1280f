import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { StoredTensor } from './checkpoint.js';
import { readTensor } from './storedTensor.js';

/** torch.nn.functional.normalize's guard against a vector of zeros, as layers.py: SN passes it on. */
const epsilon = 1e-12;

/**
 * The vectors of spectral norm after one power iteration from `start`: v = normalised startᵀW, u = normalised Wv, for W
 * [outputs, everything else] (BigGAN-PyTorch layers.py: power_iteration). Computed when they are first read, in f64.
 */
export function iteratedSpectralVectors(
  weight: StoredTensor,
  start: StoredTensor,
): { readonly u: StoredTensor; readonly v: StoredTensor } {
  const rows = at([...weight.shape, 1], 0);
  const columns = sizeOf(weight.shape.slice(1));
  let known: { readonly u: Float32Array<ArrayBuffer>; readonly v: Float32Array<ArrayBuffer> } | null = null;
  const both = (): NonNullable<typeof known> =>
    (known ??= iterate(readTensor(weight), readTensor(start), rows, columns));
  return {
    u: computedTensor([rows], () => both().u),
    v: computedTensor([columns], () => both().v),
  };
}

function iterate(
  weight: Float32Array,
  start: Float32Array,
  rows: number,
  columns: number,
): { readonly u: Float32Array<ArrayBuffer>; readonly v: Float32Array<ArrayBuffer> } {
  const v = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const factor = start[row] ?? 0;
    for (let column = 0; column < columns; column++) {
      v[column] = (v[column] ?? 0) + factor * (weight[row * columns + column] ?? 0);
    }
  }
  normalise(v);
  const u = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += (weight[row * columns + column] ?? 0) * (v[column] ?? 0);
    u[row] = sum;
  }
  normalise(u);
  return { u: Float32Array.from(u), v: Float32Array.from(v) };
}

function normalise(vector: Float64Array): void {
  const length = Math.max(Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0)), epsilon);
  vector.forEach((value, index) => (vector[index] = value / length));
}

function computedTensor(shape: Shape, values: () => Float32Array<ArrayBuffer>): StoredTensor {
  return {
    dtype: 'f32',
    shape,
    strides: null,
    get bytes() {
      return new Uint8Array(values().buffer);
    },
  };
}
