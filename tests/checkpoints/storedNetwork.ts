/** Networks as a reader would give them, without a file around them. */
import type { Checkpoint, StoredNetwork, StoredTensor } from '../../src/checkpoints/checkpoint.js';

/** One number everywhere, so that a network of true shapes takes four bytes a tensor. */
export function constantTensor(shape: readonly number[], value = 0.5): StoredTensor {
  const bytes = new Uint8Array(Float32Array.of(value).buffer);
  return { dtype: 'f32', shape, strides: shape.map(() => 0), bytes };
}

/** Fails the test when its numbers are asked for. */
export function untouchableTensor(shape: readonly number[]): StoredTensor {
  return {
    shape,
    strides: null,
    get dtype(): never {
      throw new Error('this tensor is not to be read');
    },
    get bytes(): never {
      throw new Error('this tensor is not to be read');
    },
  };
}

export function storedNetwork(tensors: Iterable<readonly [string, StoredTensor]>, name = ''): StoredNetwork {
  return { name, className: null, initKwargs: {}, attributes: new Map(), tensors: new Map(tensors) };
}

export function checkpointWith(...networks: readonly StoredNetwork[]): Checkpoint {
  return { format: 'torch-zip', networks, metadata: {}, inertGlobals: [] };
}
