import { zlibSync } from 'fflate';
import { GanvasError } from '../engine/errors.js';
import { inflateBounded } from '../latent/boundedInflate.js';

/** Names of sections refer to the PNG specification, third edition (W3C). */

export interface PngPicture {
  readonly width: number;
  readonly height: number;
  /** 8-bit samples, row-major, RGB or RGBA: which, follows from the length. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Text chunk of a saved picture that holds its recipe. */
export const recipeKeyword = 'ganvas-recipe';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const COLOR_TYPE = { 3: 2, 4: 6 } as const;
/** Texts from this length on are compressed. */
const COMPRESS_FROM = 1024;
/** Longest text read from a picture; a recipe with stored latents stays below. */
const MAX_TEXT_BYTES = 16 * 1024 * 1024;

/**
 * Writes a PNG with `text` as iTXt chunks: keyword → any UTF-8 text.
 * @throws GanvasError `invalid-picture` when the size does not fit the data; `invalid-png-keyword` when a keyword is
 * not 1–79 printable Latin-1 characters without spaces around it.
 */
export function encodePng(picture: PngPicture, text: Readonly<Record<string, string>> = {}): Uint8Array<ArrayBuffer> {
  const channels = channelsOf(picture);
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, picture.width);
  view.setUint32(4, picture.height);
  header.set([8, COLOR_TYPE[channels], 0, 0, 0], 8);
  return concatenate([
    SIGNATURE,
    chunk('IHDR', header),
    ...Object.entries(text).map(([keyword, value]) => chunk('iTXt', internationalText(keyword, value))),
    chunk('IDAT', zlibSync(filterRows(picture, channels), { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

/**
 * Reads the texts of a PNG (tEXt, zTXt and iTXt chunks); of a keyword that occurs twice, the first. Pixels are not read.
 * @throws GanvasError `invalid-png` when the bytes are not a PNG, end early, fail a checksum, or hold a broken text.
 */
export function readPngText(bytes: Uint8Array): Record<string, string> {
  if (!SIGNATURE.every((value, index) => bytes[index] === value)) {
    throw invalidPng('The file does not begin as a PNG does. Expected a PNG picture.');
  }
  const texts = new Map<string, string>();
  for (const { type, data } of chunksOf(bytes)) {
    const entry = textOf(type, data);
    if (entry && !texts.has(entry.keyword)) texts.set(entry.keyword, entry.value);
  }
  return Object.fromEntries(texts);
}

function channelsOf({ width, height, data }: PngPicture): 3 | 4 {
  const sized = [width, height].every((side) => Number.isInteger(side) && side > 0 && side < 2 ** 31);
  if (sized && data.length === width * height * 4) return 4;
  if (sized && data.length === width * height * 3) return 3;
  throw new GanvasError(
    'invalid-picture',
    `A picture of ${width} × ${height} was given ${data.length} samples. Expected 3 or 4 a pixel.`,
    { width, height, samples: data.length },
  );
}

/** Section 9.2: each row is preceded by its filter; the one with the smallest sum of absolute values is taken (12.7). */
function filterRows({ width, height, data }: PngPicture, channels: number): Uint8Array {
  const stride = width * channels;
  const filtered = new Uint8Array(height * (stride + 1));
  const candidate = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * stride, (y + 1) * stride);
    const above = y === 0 ? new Uint8Array(stride) : data.subarray((y - 1) * stride, y * stride);
    let smallest = Infinity;
    PREDICTORS.forEach((predict, filter) => {
      let sum = 0;
      for (let i = 0; i < stride; i++) {
        const left = i < channels ? 0 : (row[i - channels] ?? 0);
        const aboveLeft = i < channels ? 0 : (above[i - channels] ?? 0);
        const difference = ((row[i] ?? 0) - predict(left, above[i] ?? 0, aboveLeft)) & 0xff;
        candidate[i] = difference;
        sum += difference < 128 ? difference : 256 - difference;
      }
      if (sum >= smallest) return;
      smallest = sum;
      filtered[y * (stride + 1)] = filter;
      filtered.set(candidate, y * (stride + 1) + 1);
    });
  }
  return filtered;
}

/** None, Sub, Up, Average, Paeth: what a sample is predicted from, in the order of their numbers. */
const PREDICTORS: readonly ((left: number, above: number, aboveLeft: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, above) => above,
  (left, above) => (left + above) >> 1,
  (left, above, aboveLeft) => {
    const toLeft = Math.abs(above - aboveLeft);
    const toAbove = Math.abs(left - aboveLeft);
    const toAboveLeft = Math.abs(left + above - 2 * aboveLeft);
    if (toLeft <= toAbove && toLeft <= toAboveLeft) return left;
    return toAbove <= toAboveLeft ? above : aboveLeft;
  },
];

/** Section 11.3.3.4: keyword, 0, compressed?, method 0, language, 0, translated keyword, 0, UTF-8. */
function internationalText(keyword: string, value: string): Uint8Array {
  if (!/^[\x21-\x7e\xa1-\xff]([\x20-\x7e\xa1-\xff]{0,77}[\x21-\x7e\xa1-\xff])?$/.test(keyword)) {
    throw new GanvasError(
      'invalid-png-keyword',
      `"${keyword}" cannot name a text of a PNG. Expected 1 to 79 Latin-1 characters without spaces around them.`,
      { keyword },
    );
  }
  const plain = new TextEncoder().encode(value);
  const compressed = plain.length >= COMPRESS_FROM;
  const name = Uint8Array.from(keyword, (character) => character.charCodeAt(0));
  return concatenate([name, Uint8Array.of(0, compressed ? 1 : 0, 0, 0, 0), compressed ? zlibSync(plain) : plain]);
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(
    Uint8Array.from(type, (character) => character.charCodeAt(0)),
    4,
  );
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

interface PngChunk {
  readonly type: string;
  readonly data: Uint8Array;
}

function* chunksOf(bytes: Uint8Array): Generator<PngChunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = SIGNATURE.length;
  while (offset + 12 <= bytes.length) {
    const length = view.getUint32(offset);
    if (length > bytes.length - offset - 12) break;
    const type = latin1(bytes.subarray(offset + 4, offset + 8));
    if (offset === SIGNATURE.length && type !== 'IHDR') {
      throw invalidPng(`The PNG begins with the chunk "${type}". Expected "IHDR".`);
    }
    if (crc32(bytes.subarray(offset + 4, offset + 8 + length)) !== view.getUint32(offset + 8 + length)) {
      throw invalidPng(`The chunk "${type}" of the PNG fails its checksum; the file is damaged.`);
    }
    if (type === 'IEND') return;
    yield { type, data: bytes.subarray(offset + 8, offset + 8 + length) };
    offset += length + 12;
  }
  throw invalidPng('The PNG ends before its last chunk; the file is cut off.');
}

/** The keyword and text of a text chunk; null for any other chunk. */
function textOf(type: string, data: Uint8Array): { keyword: string; value: string } | null {
  if (type !== 'tEXt' && type !== 'zTXt' && type !== 'iTXt') return null;
  const keywordEnd = endOfString(data, 0);
  const keyword = latin1(data.subarray(0, keywordEnd));
  const rest = data.subarray(keywordEnd + 1);
  if (type === 'tEXt') return { keyword, value: latin1(rest) };
  if (type === 'zTXt') return { keyword, value: latin1(expand(rest[0], rest.subarray(1))) };
  const [compressed, method] = rest;
  const text = rest.subarray(endOfString(rest, endOfString(rest, 2) + 1) + 1);
  if (compressed !== 0 && compressed !== 1) throw invalidPng('A text of the PNG has an unknown compression flag.');
  return { keyword, value: utf8(compressed === 1 ? expand(method, text) : text) };
}

function endOfString(data: Uint8Array, start: number): number {
  const end = data.indexOf(0, start);
  if (end < 0) throw invalidPng('A text of the PNG has no end to its keyword or language.');
  return end;
}

function expand(method: number | undefined, compressed: Uint8Array): Uint8Array {
  const bytes = method === 0 ? inflateBounded(compressed, 'zlib', MAX_TEXT_BYTES) : null;
  if (!bytes) throw invalidPng(`A compressed text of the PNG is broken or longer than ${MAX_TEXT_BYTES} bytes.`);
  return bytes;
}

function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return text;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalidPng('A text of the PNG is not UTF-8.');
  }
}

/** Annex D: CRC-32 with the reversed polynomial 0xEDB88320. */
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb8_8320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffff_ffff) >>> 0;
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

function invalidPng(message: string): GanvasError {
  return new GanvasError('invalid-png', message);
}
