/** Damages files: bits, bytes, lengths, ends, slices, opcodes. Every damage follows from a seed. */
import { Opcode } from '../../src/checkpoints/pickle/opcodes.js';
import { ZipArchive } from '../../src/checkpoints/zipArchive.js';
import { joined } from './pickleWriter.js';
import { writeZip } from './torchWriter.js';

/** splitmix32 (public domain, after Steele, Lea and Flood): good enough to choose bytes by, and the same everywhere. */
export class SeededRandom {
  #state: number;

  constructor(seed: number, index: number) {
    this.#state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b)) | 0;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return Math.floor((((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32) * limit);
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }
}

type Mutation = (bytes: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]) => Uint8Array;

const OPCODES = Object.values(Opcode);
const LENGTHS = [0n, 1n, 7n, 255n, 256n, 65535n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 53n, 2n ** 64n - 1n];
/** Opcodes that build, nest, remember and recall; runs of them are bombs and cycles. */
const NESTING = [
  [Opcode.EMPTY_LIST],
  [Opcode.EMPTY_DICT],
  [Opcode.MARK],
  [Opcode.MARK, Opcode.EMPTY_DICT, Opcode.DUP, Opcode.MEMOIZE],
  [Opcode.TUPLE1],
  [Opcode.DUP, Opcode.TUPLE2],
  [Opcode.MEMOIZE, Opcode.BINGET, 0],
  [Opcode.BINGET, 0, Opcode.APPEND],
  [Opcode.BINGET, 1, Opcode.BUILD],
];

const flipBits: Mutation = (bytes, random) => {
  for (let flips = 1 + random.below(8); flips > 0; flips--) {
    const at = random.below(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  }
  return bytes;
};

const setBytes: Mutation = (bytes, random) => {
  const value = random.pick([0x00, 0x01, 0x7f, 0x80, 0xff]);
  const start = random.below(bytes.length);
  return bytes.fill(value, start, start + 1 + random.below(16));
};

const truncate: Mutation = (bytes, random) => bytes.subarray(0, random.below(bytes.length));

const setLength: Mutation = (bytes, random) => {
  const width = random.pick([1, 2, 4, 8]);
  const at = random.below(bytes.length);
  let value = random.pick([...LENGTHS, BigInt(bytes.length), BigInt(bytes.length - at), BigInt(random.below(2 ** 32))]);
  for (let byte = at; byte < Math.min(at + width, bytes.length); byte++, value >>= 8n)
    bytes[byte] = Number(value & 255n);
  return bytes;
};

const setOpcode: Mutation = (bytes, random) => {
  bytes[random.below(bytes.length)] = random.pick(OPCODES);
  return bytes;
};

const removeSlice: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  return joined([bytes.subarray(0, start), bytes.subarray(start + 1 + random.below(64))]);
};

const repeatSlice: Mutation = (bytes, random) => {
  const start = random.below(bytes.length);
  const slice = bytes.subarray(start, start + 1 + random.below(256));
  const copies = Array.from({ length: 1 + random.below(8) }, () => slice);
  return joined([bytes.subarray(0, start), ...copies, bytes.subarray(start)]);
};

const insertNesting: Mutation = (bytes, random) => {
  const unit = random.pick(NESTING);
  const run = Uint8Array.from(Array.from({ length: 1 + random.below(2000) }, () => unit).flat());
  const at = random.below(bytes.length);
  return joined([bytes.subarray(0, at), run, bytes.subarray(at)]);
};

const splice: Mutation = (bytes, random, others) => {
  const other = random.pick(others);
  return joined([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))]);
};

const MUTATIONS: readonly Mutation[] = [
  flipBits,
  flipBits,
  setBytes,
  truncate,
  setLength,
  setLength,
  setOpcode,
  removeSlice,
  repeatSlice,
  insertNesting,
  splice,
];

/** A damaged copy: one to four of the damages, one after the other, mostly few. */
export function mutate(file: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]): Uint8Array {
  let bytes: Uint8Array = file.slice();
  for (let count = 1 + random.below(1 + random.below(4)); count > 0 && bytes.length > 0; count--) {
    bytes = random.pick(MUTATIONS)(bytes, random, others);
  }
  return bytes;
}

/** A damaged copy of a valid file. Every other one has a container that is whole, so that damage is met further in. */
export function mutateInside(file: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]): Uint8Array {
  const isInside = random.below(2) === 0;
  if (isInside && file[0] === 0x50) return damageEntry(file, random, others);
  if (isInside && file[8] === '{'.charCodeAt(0)) return damageHeader(file, random, others);
  return mutate(file, random, others);
}

function damageEntry(file: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]): Uint8Array {
  const archive = new ZipArchive(file);
  const chosen = random.below(archive.names.length);
  const entries = archive.names.map((name, index) => {
    const content = archive.read(name) ?? new Uint8Array();
    return { name, content: index === chosen ? mutate(content, random, others) : content };
  });
  return writeZip(entries);
}

/** The JSON of a safetensors file, with its length put right. */
function damageHeader(file: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]): Uint8Array {
  const end = 8 + Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  const header = mutate(file.subarray(8, end), random, others);
  return joined([new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer), header, file.subarray(end)]);
}
