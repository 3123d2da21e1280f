import { inflateSync } from 'fflate';
import { GanvasError } from '../engine/errors.js';

/** Record layouts and signatures: PKWARE APPNOTE.TXT, sections 4.3.7, 4.3.12 and 4.3.14 to 4.3.16. */
const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 } as const;
const DIRECTORY_ENTRY = { signature: 0x02014b50, bytes: 46 } as const;
const END = { signature: 0x06054b50, bytes: 22, longestComment: 0xffff } as const;
const ZIP64_LOCATOR = { signature: 0x07064b50, bytes: 20 } as const;
const ZIP64_END = { signature: 0x06064b50, bytes: 56 } as const;
const ZIP64_EXTRA = 0x0001;
/** A 32-bit field of this value has its number in the zip64 extra field. */
const IN_ZIP64 = 0xffffffff;

const ENCRYPTED = 0x0001;
const STORED = 0;
const DEFLATED = 8;
/**
 * Trained weights hardly compress; those that were rounded to half precision do to about a half. What grows beyond this
 * multiple of the file, all entries together, is a bomb, or at least not weights.
 */
const MOST_GROWTH = 3;
/** Small archives may grow by more: debug text and rows of zeros compress well. */
const ALWAYS_INFLATED = 2 ** 20;

interface ZipEntry {
  readonly name: string;
  readonly method: number;
  /** Bytes in the archive. */
  readonly packed: number;
  /** Bytes of the content. */
  readonly size: number;
  /** Where its local header begins. */
  readonly header: number;
}

interface Directory {
  readonly offset: number;
  readonly bytes: number;
  readonly entries: number;
}

/**
 * A zip archive, read in place: stored entries are views of its bytes, deflated ones are unpacked when first asked for.
 * Checksums are not compared: torch neither looks at them nor always writes true ones.
 */
export class ZipArchive {
  readonly #entries: ReadonlyMap<string, { readonly entry: ZipEntry; readonly packed: Uint8Array }>;
  readonly #inflated = new Map<string, Uint8Array>();
  /** Bytes that may still be unpacked. */
  #allowance: number;

  /**
   * Reads the directory, zip64 included, and checks that every entry lies within the archive and has its bytes to itself.
   * @throws GanvasError `zip-truncated`, `zip-damaged`, `zip-unsupported` (encrypted, or split over several files).
   */
  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#allowance = Math.max(ALWAYS_INFLATED, MOST_GROWTH * bytes.length);
    const directory = findDirectory(view);
    const located = locateEntries(view, directory);
    this.#entries = new Map(
      located.map(({ entry, begin }) => [entry.name, { entry, packed: bytes.subarray(begin, begin + entry.packed) }]),
    );
  }

  /** Names with their folders, in the order of the archive. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /**
   * Content of an entry, or `null` when there is none of this name.
   * @throws GanvasError `zip-unsupported` (a compression other than deflate), `zip-damaged`.
   */
  read(name: string): Uint8Array | null {
    const found = this.#entries.get(name);
    if (!found) return null;
    const { entry, packed } = found;
    if (entry.method === STORED) return packed;
    const known = this.#inflated.get(name);
    if (known) return known;
    if (entry.size > this.#allowance) {
      throw damaged(`${JSON.stringify(name)} claims ${entry.size} bytes, and ${this.#allowance} more may be unpacked`);
    }
    this.#allowance -= entry.size;
    const content = inflate(entry, packed);
    this.#inflated.set(name, content);
    return content;
  }
}

function findDirectory(view: DataView): Directory {
  const end = findEnd(view);
  const locator = end - ZIP64_LOCATOR.bytes;
  if (locator >= 0 && view.getUint32(locator, true) === ZIP64_LOCATOR.signature) return zip64Directory(view, locator);
  const [disk, directoryDisk] = [view.getUint16(end + 4, true), view.getUint16(end + 6, true)];
  if (disk !== 0 || directoryDisk !== 0) throw unsupported('it is one part of several');
  const directory = {
    entries: view.getUint16(end + 10, true),
    bytes: view.getUint32(end + 12, true),
    offset: view.getUint32(end + 16, true),
  };
  return checkedDirectory(directory, end);
}

/** The end record is the last thing in the file, save for a comment, which torch does not write. */
function findEnd(view: DataView): number {
  const last = view.byteLength - END.bytes;
  for (let offset = last; offset >= Math.max(0, last - END.longestComment); offset--) {
    if (view.getUint32(offset, true) !== END.signature) continue;
    if (offset + END.bytes + view.getUint16(offset + 20, true) === view.byteLength) return offset;
  }
  throw new GanvasError(
    'zip-truncated',
    `The zip archive is truncated: of its ${view.byteLength} bytes, the last are not its end. Download or copy the file again.`,
    { bytes: view.byteLength },
  );
}

function zip64Directory(view: DataView, locator: number): Directory {
  const end = number64(view, locator + 8);
  if (end + ZIP64_END.bytes > locator || view.getUint32(end, true) !== ZIP64_END.signature) {
    throw damaged(`its zip64 end record is not at byte ${end}`);
  }
  if (view.getUint32(end + 16, true) !== 0 || view.getUint32(end + 20, true) !== 0) {
    throw unsupported('it is one part of several');
  }
  const directory = {
    entries: number64(view, end + 32),
    bytes: number64(view, end + 40),
    offset: number64(view, end + 48),
  };
  return checkedDirectory(directory, end);
}

function checkedDirectory(directory: Directory, end: number): Directory {
  const { offset, bytes, entries } = directory;
  if (offset + bytes > end) throw damaged(`its directory ends at byte ${offset + bytes}, beyond byte ${end}`);
  if (entries * DIRECTORY_ENTRY.bytes > bytes) {
    throw damaged(`its directory of ${bytes} bytes cannot hold the ${entries} entries that it claims`);
  }
  return directory;
}

/** Every entry with the offset of its content, in the order of the archive. */
function locateEntries(view: DataView, directory: Directory): { entry: ZipEntry; begin: number }[] {
  const entries = readDirectory(view, directory).sort((a, b) => a.header - b.header);
  const names = new Set<string>();
  let free = 0;
  return entries.map((entry) => {
    const { name, header, packed } = entry;
    if (names.has(name)) throw damaged(`it has two entries called ${JSON.stringify(name)}`);
    names.add(name);
    if (header < free) throw damaged(`${JSON.stringify(name)} shares bytes with the entry before it`);
    const begin = contentOffset(view, entry, directory.offset);
    if (begin + packed > directory.offset) {
      throw damaged(`${JSON.stringify(name)} reaches beyond byte ${directory.offset}, where the entries end`);
    }
    free = begin + packed;
    return { entry, begin };
  });
}

/** The lengths in the local header can differ from the directory's: torch pads there, to align what follows. */
function contentOffset(view: DataView, { name, header }: ZipEntry, limit: number): number {
  if (header + LOCAL_HEADER.bytes > limit || view.getUint32(header, true) !== LOCAL_HEADER.signature) {
    throw damaged(`${JSON.stringify(name)} does not begin at byte ${header}`);
  }
  return header + LOCAL_HEADER.bytes + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
}

function readDirectory(view: DataView, { offset, bytes, entries }: Directory): ZipEntry[] {
  const end = offset + bytes;
  const found: ZipEntry[] = [];
  let at = offset;
  while (found.length < entries) {
    if (at + DIRECTORY_ENTRY.bytes > end || view.getUint32(at, true) !== DIRECTORY_ENTRY.signature) {
      throw damaged(`entry ${found.length} of its directory is not at byte ${at}`);
    }
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const extra = at + DIRECTORY_ENTRY.bytes + nameBytes;
    const next = extra + extraBytes + view.getUint16(at + 32, true);
    if (next > end) throw damaged(`entry ${found.length} of its directory is cut off`);
    const name = textAt(view, at + DIRECTORY_ENTRY.bytes, nameBytes);
    if ((view.getUint16(at + 8, true) & ENCRYPTED) !== 0) throw unsupported(`${JSON.stringify(name)} is encrypted`);
    found.push({ name, method: view.getUint16(at + 10, true), ...readSizes(view, at, extra, extra + extraBytes) });
    at = next;
  }
  return found;
}

/** The zip64 extra field holds, in this order, those of the three numbers that do not fit their 32 bits. */
function readSizes(view: DataView, entry: number, extra: number, end: number): Omit<ZipEntry, 'name' | 'method'> {
  let wide = zip64Field(view, extra, end);
  const read = (offset: number): number => {
    const value = view.getUint32(offset, true);
    if (value !== IN_ZIP64) return value;
    if (wide.bytes < 8) throw damaged('a size beyond 4 GiB has no zip64 field');
    const value64 = number64(view, wide.offset);
    wide = { offset: wide.offset + 8, bytes: wide.bytes - 8 };
    return value64;
  };
  const size = read(entry + 24);
  const packed = read(entry + 20);
  return { size, packed, header: read(entry + 42) };
}

function zip64Field(view: DataView, extra: number, end: number): { offset: number; bytes: number } {
  for (let at = extra; at + 4 <= end;) {
    const bytes = view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === ZIP64_EXTRA && at + 4 + bytes <= end) return { offset: at + 4, bytes };
    at += 4 + bytes;
  }
  return { offset: end, bytes: 0 };
}

function inflate({ name, method, size }: ZipEntry, packed: Uint8Array): Uint8Array {
  if (method !== DEFLATED) {
    throw unsupported(`${JSON.stringify(name)} is compressed by method ${method}; stored and deflated can be read`);
  }
  let content: Uint8Array;
  try {
    // One byte more than needed, so that content which is too long shows.
    content = inflateSync(packed, { out: new Uint8Array(size + 1) });
  } catch (cause) {
    throw damaged(`${JSON.stringify(name)} cannot be unpacked`, cause);
  }
  if (content.length !== size) throw damaged(`${JSON.stringify(name)} does not unpack to its ${size} bytes`);
  return content;
}

/** No file is longer than 2^53 bytes, so a larger number is left to fail the bounds checks. */
function number64(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

function textAt(view: DataView, offset: number, length: number): string {
  return new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + offset, length));
}

function damaged(reason: string, cause?: unknown): GanvasError {
  return new GanvasError(
    'zip-damaged',
    `The zip archive cannot be read: ${reason}. It is damaged; download or copy the file again.`,
    {},
    { cause },
  );
}

function unsupported(reason: string): GanvasError {
  return new GanvasError('zip-unsupported', `The zip archive cannot be read: ${reason}. Save it as one plain archive.`);
}
