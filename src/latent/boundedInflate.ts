import { Inflate, Unzlib } from 'fflate';

/** `deflate` is the bare format of RFC 1951, `zlib` has the header of RFC 1950. */
export type DeflateContainer = 'deflate' | 'zlib';

/** Small enough that one piece, expanded at deflate's greatest ratio (about 1030), stays a matter of megabytes. */
const PIECE = 4096;

/**
 * Decompresses text from strangers (links, picture metadata) without letting a few bytes become gigabytes.
 * Returns null when the data are broken, truncated, or longer than `maxBytes` once expanded.
 */
export function inflateBounded(
  compressed: Uint8Array,
  container: DeflateContainer,
  maxBytes: number,
): Uint8Array<ArrayBuffer> | null {
  const pieces: Uint8Array[] = [];
  let total = 0;
  let ended = false;
  const collect = (piece: Uint8Array, final: boolean): void => {
    total += piece.length;
    ended = final;
    if (total <= maxBytes) pieces.push(piece);
  };
  const stream = container === 'zlib' ? new Unzlib(collect) : new Inflate(collect);
  try {
    for (let start = 0; start < compressed.length && total <= maxBytes; start += PIECE) {
      stream.push(compressed.slice(start, start + PIECE), start + PIECE >= compressed.length);
    }
  } catch {
    return null;
  }
  if (total > maxBytes || !ended) return null;
  const bytes = new Uint8Array(total);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
