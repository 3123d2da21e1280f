import { checkNotCancelled } from '../discovery/cancellation.js';

/** A read is cancelled, and its progress shown, after pieces of this size. */
const PIECE_BYTES = 8 * 2 ** 20;

/**
 * The bytes of a file, read piece by piece into one array, so that no more than the file and a piece is held.
 * @param onRead told the bytes that are there after every piece
 * @throws GanvasError `cancelled`; what the browser says of a file that it cannot read any more (`NotReadableError`)
 */
export async function readModel(
  file: Blob,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(file.size);
  for (let start = 0; start < file.size; start += PIECE_BYTES) {
    const piece = await file.slice(start, start + PIECE_BYTES).arrayBuffer();
    checkNotCancelled(signal, 'Opening the model');
    bytes.set(new Uint8Array(piece), start);
    onRead(start + piece.byteLength);
    giveBack(piece);
  }
  return bytes;
}

/** Frees it at once: before the collector comes by, a hundred megabytes of pieces may lie about. Node 20 cannot. */
function giveBack(piece: ArrayBuffer & { transfer?: (length: number) => ArrayBuffer }): void {
  piece.transfer?.(0);
}
