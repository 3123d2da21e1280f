import { GanvasError } from '../engine/errors.js';
import { base64ToBytes, bytesToBase64 } from './base64.js';

/** The base64 of the numbers as little-endian f32, row-major: the `data` of a `vector` direction reference. */
export function encodeDirectionData(vectors: Float32Array): string {
  const bytes = new Uint8Array(vectors.length * 4);
  const view = new DataView(bytes.buffer);
  vectors.forEach((value, index) => view.setFloat32(index * 4, value, true));
  return bytesToBase64(bytes);
}

/**
 * Reads what `encodeDirectionData` wrote.
 * @throws GanvasError `invalid-direction-data` when the text is not base64, is empty, is no whole number of f32 values,
 * or holds a NaN or an infinity.
 */
export function decodeDirectionData(data: string): Float32Array<ArrayBuffer> {
  const bytes = base64ToBytes(data);
  if (!bytes) throw invalid('The numbers of a direction are not base64. Expected base64 of little-endian f32 values.');
  if (bytes.length === 0 || bytes.length % 4 !== 0) {
    throw invalid(
      `The numbers of a direction take ${bytes.length} bytes. Expected f32 values of 4 bytes, at least one.`,
    );
  }
  const view = new DataView(bytes.buffer);
  const vectors = Float32Array.from({ length: bytes.length / 4 }, (_, index) => view.getFloat32(index * 4, true));
  const bad = vectors.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw invalid(`Number ${bad} of a direction is ${String(vectors[bad])}. Expected finite numbers only.`);
  }
  return vectors;
}

function invalid(message: string): GanvasError {
  return new GanvasError('invalid-direction-data', message);
}
