import { GanvasError } from '../../engine/errors.js';

const NEWLINE = 0x0a;

/** Reads a pickle from front to back; every read past the end is `pickle-truncated`. */
export class ByteCursor {
  readonly #view: DataView;

  constructor(
    readonly bytes: Uint8Array,
    public offset: number,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.bytes.subarray(start, start + length);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  /** An unsigned 64-bit length. No file is longer than 2^53 bytes, so a larger value is left to fail the bounds check. */
  length64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Big-endian: the one number a pickle does not store little-endian. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** The bytes up to the next newline, which is consumed. */
  line(): Uint8Array {
    const end = this.bytes.indexOf(NEWLINE, this.offset);
    if (end < 0) throw truncated(this.offset, this.bytes.length + 1 - this.offset, this.remaining);
    const line = this.take(end - this.offset);
    this.offset += 1;
    return line;
  }

  #advance(length: number): number {
    const start = this.offset;
    if (length > this.remaining) throw truncated(start, length, this.remaining);
    this.offset = start + length;
    return start;
  }
}

function truncated(offset: number, needed: number, remaining: number): GanvasError {
  return new GanvasError(
    'pickle-truncated',
    `The pickle is truncated: at byte ${offset} it needs at least ${needed} more bytes, and ${remaining} are left. ` +
      'Download or copy the file again.',
    { offset, needed, remaining },
  );
}
