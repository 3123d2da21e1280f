import { GanvasError } from '../engine/errors.js';
import type { Checkpoint, StoredDType, StoredTensor } from './checkpoint.js';
import { duplicateJsonKey, jsonDepth } from './jsonKeys.js';
import { ELEMENT_BYTES, elementCount } from './storedTensor.js';

/** Format: 8-byte little-endian header length, JSON header, then the data; https://huggingface.co/docs/safetensors */
const LENGTH_BYTES = 8;
const METADATA_KEY = '__metadata__';
/** The format's own limit on the header. */
const LONGEST_HEADER = 100_000_000;
/** The header, its entries, their lists. Deeper ones are bombs: a byte that opens a list costs many to hold. */
const DEEPEST_HEADER = 3;
/** Data starts at a multiple of this, so that every type is aligned. */
const ALIGNMENT = 8;

const DTYPES: ReadonlyMap<string, StoredDType> = new Map([
  ['F64', 'f64'],
  ['F32', 'f32'],
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['I64', 'i64'],
  ['I32', 'i32'],
  ['I16', 'i16'],
  ['I8', 'i8'],
  ['U8', 'u8'],
  ['BOOL', 'bool'],
]);

interface HeaderEntry {
  readonly name: string;
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** A plausible header length followed by the opening brace of the header. */
export function looksLikeSafetensors(bytes: Uint8Array): boolean {
  return bytes.length > 8 && bytes[8] === '{'.charCodeAt(0) && bytes[6] === 0 && bytes[7] === 0;
}

/**
 * Reads a `.safetensors` file: one network named `''`, its tensors views of `bytes`.
 *
 * @throws GanvasError `safetensors-truncated`, `safetensors-bad-header`, `safetensors-duplicate-key`,
 *   `safetensors-bad-tensor`, `safetensors-dtype-unsupported`, `safetensors-overlap`, `safetensors-unindexed-bytes`.
 */
export function readSafetensors(bytes: Uint8Array): Checkpoint {
  const { header, dataStart } = readHeader(bytes);
  const data = bytes.subarray(dataStart);
  const entries: HeaderEntry[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(header)) {
    if (name === METADATA_KEY) metadata = readMetadata(value);
    else entries.push(readEntry(name, value));
  }
  checkLayout(entries, data.length);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of entries) {
    tensors.set(name, { dtype, shape, strides: null, bytes: data.subarray(begin, end) });
  }
  return {
    format: 'safetensors',
    networks: [{ name: '', className: null, initKwargs: {}, attributes: new Map(), tensors }],
    metadata,
    inertGlobals: [],
  };
}

function readHeader(bytes: Uint8Array): { header: object; dataStart: number } {
  const { length } = bytes;
  if (length < LENGTH_BYTES) {
    throw new GanvasError(
      'safetensors-truncated',
      `The safetensors file is truncated: it has ${length} bytes, and the header length alone takes ${LENGTH_BYTES}.`,
      { bytes: length },
    );
  }
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (headerLength > LONGEST_HEADER) {
    throw badHeader(`it claims ${headerLength} bytes, and the format allows ${LONGEST_HEADER}`);
  }
  const dataStart = LENGTH_BYTES + headerLength;
  if (dataStart > length) {
    throw new GanvasError(
      'safetensors-truncated',
      `The safetensors file is truncated: its header takes ${dataStart} bytes, and the file has ${length}. ` +
        'Download or copy it again.',
      { needed: dataStart, bytes: length },
    );
  }
  return { header: parseHeader(bytes.subarray(LENGTH_BYTES, dataStart)), dataStart };
}

function parseHeader(bytes: Uint8Array): object {
  let text: string;
  let header: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    header = jsonDepth(text) > DEEPEST_HEADER ? null : JSON.parse(text);
  } catch (cause) {
    throw badHeader('it is not JSON', cause);
  }
  if (!isRecord(header)) throw badHeader('it is not a JSON object of entries');
  const duplicate = duplicateJsonKey(text);
  if (duplicate !== null) {
    throw new GanvasError(
      'safetensors-duplicate-key',
      `The safetensors header has ${JSON.stringify(duplicate)} twice, so the file does not say which one is meant.`,
      { key: duplicate },
    );
  }
  return header;
}

function readMetadata(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) throw badHeader(`${METADATA_KEY} is not a JSON object`);
  const entries: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string')
      throw badHeader(`${METADATA_KEY} holds ${JSON.stringify(key)}, which is not a string`);
    entries.push([key, text]);
  }
  // Defines own properties, so a key named __proto__ stays a key.
  return Object.fromEntries(entries);
}

function readEntry(name: string, value: unknown): HeaderEntry {
  if (!isRecord(value)) throw badTensor(name, 'its entry is not a JSON object');
  const { dtype: dtypeName, shape, data_offsets: offsets } = value;
  if (typeof dtypeName !== 'string') throw badTensor(name, 'it has no dtype');
  const dtype = DTYPES.get(dtypeName);
  if (!dtype) {
    throw new GanvasError(
      'safetensors-dtype-unsupported',
      `Tensor ${JSON.stringify(name)} has dtype ${dtypeName}; ${[...DTYPES.keys()].join(', ')} can be read.`,
      { tensor: name, dtype: dtypeName },
    );
  }
  if (!isNumberList(shape)) throw badTensor(name, 'its shape is not a list of whole numbers ≥ 0');
  const [begin, end, ...rest] = isNumberList(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || rest.length > 0 || end < begin) {
    throw badTensor(name, 'its data_offsets are not [begin, end]');
  }
  const needed = elementCount(shape) * ELEMENT_BYTES[dtype];
  if (end - begin !== needed) {
    throw badTensor(
      name,
      `shape [${shape.join(', ')}] of ${dtypeName} takes ${needed} bytes, and it has ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** The format wants every byte of the data to belong to exactly one tensor. */
function checkLayout(entries: readonly HeaderEntry[], dataLength: number): void {
  const sorted = [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  let previous = '';
  for (const { name, begin, end } of sorted) {
    if (end > dataLength) {
      throw new GanvasError(
        'safetensors-truncated',
        `The safetensors file is truncated: tensor ${JSON.stringify(name)} ends at byte ${end} of the data, and there ` +
          `are ${dataLength}. Download or copy it again.`,
        { tensor: name, needed: end, available: dataLength },
      );
    }
    if (begin < covered) {
      throw new GanvasError(
        'safetensors-overlap',
        `Tensors ${JSON.stringify(previous)} and ${JSON.stringify(name)} share bytes of the file; each must have its own.`,
        { tensor: name },
      );
    }
    if (begin > covered) throw unindexedBytes(covered, begin);
    covered = end;
    previous = name;
  }
  if (covered < dataLength) throw unindexedBytes(covered, dataLength);
}

/** Types that `writeSafetensors` writes. */
export type SafetensorsDType = 'F64' | 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'I16' | 'I8' | 'U8' | 'BOOL';

/** `data` holds the elements row-major, little-endian; for F16 its elements are bit patterns (`encodeHalves`). */
export interface TensorToWrite {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

/**
 * Writes a `.safetensors` file. Tensors follow one another from the largest element type to the smallest, otherwise
 * in the given order, so that each is aligned for its type.
 *
 * @throws GanvasError `safetensors-bad-tensor` when data and shape disagree or a name is reserved.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorToWrite>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const placed = [...tensors].sort(([, a], [, b]) => elementBytes(b.dtype) - elementBytes(a.dtype));
  const members: string[] = [];
  if (Object.keys(metadata).length > 0) members.push(member(METADATA_KEY, metadata));
  let dataLength = 0;
  for (const [name, { dtype, shape, data }] of placed) {
    checkWritable(name, dtype, shape, data);
    const end = dataLength + data.byteLength;
    members.push(member(name, { dtype, shape, data_offsets: [dataLength, end] }));
    dataLength = end;
  }
  const header = new TextEncoder().encode(`{${members.join(',')}}`);
  const headerLength = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(LENGTH_BYTES + headerLength + dataLength);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(' '.charCodeAt(0), LENGTH_BYTES, LENGTH_BYTES + headerLength);
  file.set(header, LENGTH_BYTES);
  let offset = LENGTH_BYTES + headerLength;
  for (const [, { data }] of placed) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return file;
}

/** One `"key": value`, written by hand because an object literal would lose a key named `__proto__`. */
function member(key: string, value: unknown): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`;
}

function elementBytes(dtype: SafetensorsDType): number {
  return ELEMENT_BYTES[DTYPES.get(dtype) ?? 'u8'];
}

function checkWritable(name: string, dtype: SafetensorsDType, shape: readonly number[], data: ArrayBufferView): void {
  if (name === METADATA_KEY) throw badTensor(name, 'the name is reserved for the file’s metadata');
  const needed = elementCount(shape) * elementBytes(dtype);
  if (data.byteLength !== needed) {
    throw badTensor(
      name,
      `shape [${shape.join(', ')}] of ${dtype} takes ${needed} bytes, and ${data.byteLength} were given`,
    );
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumberList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function badHeader(reason: string, cause?: unknown): GanvasError {
  return new GanvasError('safetensors-bad-header', `The safetensors header cannot be read: ${reason}.`, {}, { cause });
}

function badTensor(name: string, reason: string): GanvasError {
  return new GanvasError('safetensors-bad-tensor', `Tensor ${JSON.stringify(name)} is not valid: ${reason}.`, {
    tensor: name,
  });
}

function unindexedBytes(begin: number, end: number): GanvasError {
  return new GanvasError(
    'safetensors-unindexed-bytes',
    `Bytes ${begin} to ${end} of the data belong to no tensor; a safetensors file has none such. It is damaged or was ` +
      'cut and joined.',
    { begin, end },
  );
}
