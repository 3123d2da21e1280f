import { sizeOf, type Shape } from '../../src/engine/shape.js';
import type { Fed } from './evaluate.js';

/**
 * Reproducible numbers around ±1.3 without pattern (a hashed sine), the same for the same shape and seed.
 * They are f32, so that the GPU and the f64 reference start from the same values.
 */
export function numbers(shape: Shape, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: sizeOf(shape) }, (_, index) => {
    const hash = Math.sin((index + 1) * 12.9898 + (seed + 1) * 78.233) * 43758.5453;
    return ((hash - Math.floor(hash)) * 2 - 1) * 1.3;
  });
}

export function fed(shape: Shape, seed: number): Fed {
  return { shape, values: numbers(shape, seed) };
}

/** Numbers from `low` to `low + 1.3`: for functions that want a positive argument. */
export function fedFrom(low: number, shape: Shape, seed: number): Fed {
  return { shape, values: numbers(shape, seed).map((value) => low + (value + 1.3) / 2) };
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? NaN) * (b[i] ?? NaN);
  return sum;
}
