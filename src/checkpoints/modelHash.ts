import type { StoredTensor } from './checkpoint.js';
import { f32Bytes, readTensor } from './storedTensor.js';

/**
 * Identity of a network: SHA-256, as 64 hex digits, over one line per tensor, sorted by name:
 * `name [shape] sha256(values as little-endian f32, row-major)`, and one of the form `text sha256(text)` where there is
 * one. It does not depend on the container, the order,
 * strides or alignment, so a `.pkl` and the f32 `.safetensors` made from it hash alike; a rounded f16 copy does not.
 *
 * @param text what was said of the network beside its tensors and changes its pictures (`RecognisedGenerator.hashedText`)
 * @throws GanvasError when a tensor cannot be read (see `readTensor`).
 */
export async function modelHash(
  tensors: ReadonlyMap<string, StoredTensor>,
  text: string | null = null,
): Promise<string> {
  const names = [...tensors.keys()].sort();
  let lines = '';
  for (const name of names) {
    const tensor = tensors.get(name);
    // One after another: a large model hashed all at once would hold every copied tensor at the same time.
    if (tensor) lines += `${JSON.stringify(name)} [${tensor.shape.join(',')}] ${await sha256(valueBytes(tensor))}\n`;
  }
  if (text !== null) lines += `text ${await sha256(utf8(text))}\n`;
  return sha256(utf8(lines));
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function valueBytes(tensor: StoredTensor): Uint8Array<ArrayBuffer> {
  const plain = f32Bytes(tensor);
  if (plain?.buffer instanceof ArrayBuffer) return new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
  const values = readTensor(tensor);
  // A fresh buffer: crypto.subtle does not take shared memory, and the file may live in some.
  return new Uint8Array(new Float32Array(values).buffer);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
