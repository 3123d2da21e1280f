import type { StoredTensor } from './checkpoint.js';
import { readTensor } from './storedTensor.js';

/**
 * Identity of a network's weights: SHA-256, as 64 hex digits, over one line per tensor, sorted by name:
 * `name [shape] sha256(values as little-endian f32, row-major)`. It does not depend on the container, the order,
 * strides or alignment, so a `.pkl` and the f32 `.safetensors` made from it hash alike; a rounded f16 copy does not.
 *
 * @throws GanvasError when a tensor cannot be read (see `readTensor`).
 */
export async function modelHash(tensors: ReadonlyMap<string, StoredTensor>): Promise<string> {
  const names = [...tensors.keys()].sort();
  let lines = '';
  for (const name of names) {
    const tensor = tensors.get(name);
    // One after another: a large model hashed all at once would hold every copied tensor at the same time.
    if (tensor) lines += `${JSON.stringify(name)} [${tensor.shape.join(',')}] ${await sha256(valueBytes(tensor))}\n`;
  }
  return sha256(new TextEncoder().encode(lines));
}

function valueBytes(tensor: StoredTensor): Uint8Array<ArrayBuffer> {
  const values = readTensor(tensor);
  // A fresh buffer: crypto.subtle does not take shared memory, and the file may live in some.
  return new Uint8Array(new Float32Array(values).buffer);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
