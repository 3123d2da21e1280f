import type { StoredNetwork, StoredTensor } from '../../src/checkpoints/checkpoint.js';
import type { Shape } from '../../src/engine/shape.js';
import { storedNetwork } from '../checkpoints/storedNetwork.js';
import { numbers } from '../ops/numbers.js';

/** Numbers as a file would hold them. */
export function storedValues(shape: Shape, values: ArrayLike<number>): StoredTensor {
  return { dtype: 'f32', shape, strides: null, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

/**
 * A network of random numbers as a reader gives it, and its numbers. Weights keep the size of activations; what is called
 * a variance is positive.
 */
export function randomNetwork(shapes: Readonly<Record<string, Shape>>): {
  readonly network: StoredNetwork;
  readonly values: (name: string) => Float32Array;
} {
  const values = new Map(
    Object.entries(shapes).map(([name, shape], seed) => [name, randomValues(name, shape, seed)] as const),
  );
  const tensors = Object.entries(shapes).map(
    ([name, shape]) => [name, storedValues(shape, values.get(name) ?? [])] as const,
  );
  return { network: storedNetwork(tensors), values: (name) => values.get(name) ?? new Float32Array() };
}

function randomValues(name: string, shape: Shape, seed: number): Float32Array {
  const inputs = shape.slice(1).reduce((product, extent) => product * extent, 1);
  const drawn = numbers(shape, seed + 1);
  if (/_vars?$/.test(name)) return Float32Array.from(drawn, (value) => 0.6 + 0.5 * Math.abs(value));
  if (shape.length < 2) return Float32Array.from(drawn, (value) => value * 0.3 + (/gain$|weight$/.test(name) ? 1 : 0));
  return Float32Array.from(drawn, (value) => value * Math.sqrt(3 / inputs));
}
