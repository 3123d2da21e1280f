/**
 * SHA-256 (FIPS 180-4, §6.2) of what comes in pieces. The browser's own wants everything at once, and a checkpoint of
 * several hundred megabytes should never be held in memory for its name alone.
 */
export class Sha256 {
  private readonly state = Int32Array.from(initialState);
  private readonly schedule = new Int32Array(64);
  private readonly block = new Uint8Array(64);
  private readonly view = new DataView(this.block.buffer);
  private filled = 0;
  private length = 0;

  update(bytes: Uint8Array): this {
    this.length += bytes.length;
    let from = 0;
    while (from < bytes.length) {
      const taken = Math.min(64 - this.filled, bytes.length - from);
      this.block.set(bytes.subarray(from, from + taken), this.filled);
      this.filled += taken;
      from += taken;
      if (this.filled === 64) this.compress();
    }
    return this;
  }

  /** 64 lower-case hexadecimal digits; nothing can be added afterwards. */
  hex(): string {
    const bits = this.length * 8;
    this.update(Uint8Array.of(0x80));
    while (this.filled !== 56) this.update(Uint8Array.of(0));
    const tail = new DataView(new ArrayBuffer(8));
    tail.setUint32(0, Math.floor(bits / 2 ** 32));
    tail.setUint32(4, bits >>> 0);
    this.update(new Uint8Array(tail.buffer));
    return Array.from(this.state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  private compress(): void {
    const { schedule: w, state } = this;
    for (let t = 0; t < 16; t++) w[t] = this.view.getInt32(t * 4);
    for (let t = 16; t < 64; t++) {
      const [early, late] = [w[t - 15] ?? 0, w[t - 2] ?? 0];
      const s0 = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
      const s1 = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
      w[t] = ((w[t - 16] ?? 0) + s0 + (w[t - 7] ?? 0) + s1) | 0;
    }
    const word = (index: number): number => state[index] ?? 0;
    let [a, b, c, d] = [word(0), word(1), word(2), word(3)];
    let [e, f, g, h] = [word(4), word(5), word(6), word(7)];
    for (let t = 0; t < 64; t++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
      const first = (h + s1 + ((e & f) ^ (~e & g)) + (constants[t] ?? 0) + (w[t] ?? 0)) | 0;
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
      const second = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    state[0] = word(0) + a;
    state[1] = word(1) + b;
    state[2] = word(2) + c;
    state[3] = word(3) + d;
    state[4] = word(4) + e;
    state[5] = word(5) + f;
    state[6] = word(6) + g;
    state[7] = word(7) + h;
    this.filled = 0;
  }
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first primes: the constants are made of their roots. */
const primes = Array.from({ length: 312 }, (_, n) => n).filter(
  (n) => n > 1 && Array.from({ length: n }, (_, d) => d).every((d) => d < 2 || n % d !== 0),
);

/** The first 32 bits behind the point. */
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32);

const initialState = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const constants = Int32Array.from(primes.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));

/** Of a file, in pieces; `onProgress` is given the bytes done. */
export async function sha256Of(file: Blob, onProgress: (bytes: number) => void = () => undefined): Promise<string> {
  const hash = new Sha256();
  let done = 0;
  const reader = file.stream().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    hash.update(part.value);
    done += part.value.length;
    onProgress(done);
  }
  return hash.hex();
}
