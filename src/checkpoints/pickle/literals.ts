import { GanvasError } from '../../engine/errors.js';
import type { ByteCursor } from './byteCursor.js';
import { Opcode } from './opcodes.js';
import { PickleText, decodeText, type PickleValue } from './values.js';

/** Text longer than this stays undecoded; attribute names and class names are far shorter. */
const EAGER_TEXT_BYTES = 1024;
/** A checkpoint's longest integer is torch's 80-bit magic number. Longer ones only cost time to convert. */
const LONGEST_INTEGER_BYTES = 256;

/** Value of an opcode that pushes one value taken from its own operand; `undefined` for every other opcode. */
export function readLiteral(opcode: number, cursor: ByteCursor): PickleValue | undefined {
  switch (opcode) {
    case Opcode.NONE:
      return null;
    case Opcode.NEWTRUE:
      return true;
    case Opcode.NEWFALSE:
      return false;
    case Opcode.BININT:
      return cursor.int32();
    case Opcode.BININT1:
      return cursor.uint8();
    case Opcode.BININT2:
      return cursor.uint16();
    case Opcode.LONG1:
      return binaryInteger(cursor, cursor.uint8());
    case Opcode.LONG4:
      return binaryInteger(cursor, cursor.uint32());
    case Opcode.INT:
    case Opcode.LONG:
      return decimalInteger(cursor);
    case Opcode.FLOAT:
      return decimalFloat(cursor);
    case Opcode.BINFLOAT:
      return cursor.float64();
    case Opcode.SHORT_BINUNICODE:
      return text(cursor.take(cursor.uint8()), 'utf-8');
    case Opcode.BINUNICODE:
      return text(cursor.take(cursor.uint32()), 'utf-8');
    case Opcode.BINUNICODE8:
      return text(cursor.take(cursor.length64()), 'utf-8');
    // Python 2 strings: bytes that stand for text most of the time, hence latin-1, which loses nothing.
    case Opcode.SHORT_BINSTRING:
      return text(cursor.take(cursor.uint8()), 'latin1');
    case Opcode.BINSTRING:
      return text(cursor.take(cursor.uint32()), 'latin1');
    case Opcode.STRING:
      return quotedString(cursor);
    case Opcode.UNICODE:
      return rawUnicodeEscape(decodeText(cursor.line(), 'latin1'));
    case Opcode.SHORT_BINBYTES:
      return cursor.take(cursor.uint8());
    case Opcode.BINBYTES:
      return cursor.take(cursor.uint32());
    case Opcode.BINBYTES8:
    case Opcode.BYTEARRAY8:
      return cursor.take(cursor.length64());
    default:
      return undefined;
  }
}

function text(bytes: Uint8Array, encoding: 'utf-8' | 'latin1'): string | PickleText {
  return bytes.length > EAGER_TEXT_BYTES ? new PickleText(bytes, encoding) : decodeText(bytes, encoding);
}

/** Two's complement, little-endian, any length; a `bigint` only where a number would lose digits. */
function binaryInteger(cursor: ByteCursor, length: number): number | bigint {
  const offset = cursor.offset;
  const bytes = cursor.take(length);
  if (length > LONGEST_INTEGER_BYTES) throw badNumber(offset, `an integer of ${length} bytes`);
  let value = 0n;
  for (const byte of [...bytes].reverse()) value = (value << 8n) | BigInt(byte);
  return compact(length > 0 ? BigInt.asIntN(8 * length, value) : 0n);
}

/** `I12`, `L12L`; `I00` and `I01` are how protocols 0 and 1 spell the two booleans. */
function decimalInteger(cursor: ByteCursor): number | bigint | boolean {
  const offset = cursor.offset;
  const line = cursor.line();
  const digits = line.length <= LONGEST_INTEGER_BYTES ? decodeText(line, 'latin1') : '';
  if (digits === '00') return false;
  if (digits === '01') return true;
  const match = /^\s*([+-]?)(\d+)L?\s*$/.exec(digits);
  if (!match?.[2]) throw badNumber(offset, 'text that is not an integer');
  const magnitude = BigInt(match[2]);
  return compact(match[1] === '-' ? -magnitude : magnitude);
}

function decimalFloat(cursor: ByteCursor): number {
  const offset = cursor.offset;
  const line = decodeText(cursor.line().subarray(0, LONGEST_INTEGER_BYTES), 'latin1').trim();
  if (line === 'nan' || line === '-nan') return NaN;
  if (line === 'inf') return Infinity;
  if (line === '-inf') return -Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(line)) throw badNumber(offset, 'text that is not a number');
  return Number(line);
}

function compact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const STRING_ESCAPE = /\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[^])/g;
const SIMPLE_ESCAPES = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['v', '\v'],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
]);

/** Protocol 0 string: a Python 2 literal in quotes. */
function quotedString(cursor: ByteCursor): string {
  const offset = cursor.offset;
  const line = decodeText(cursor.line(), 'latin1').trim();
  const quote = line.charAt(0);
  if ((quote !== "'" && quote !== '"') || line.length < 2 || !line.endsWith(quote)) {
    throw new GanvasError('pickle-bad-string', `The pickle has a string without its quotes at byte ${offset}.`, {
      offset,
    });
  }
  return line.slice(1, -1).replace(STRING_ESCAPE, (whole, escape: string) => {
    if (/^x/.test(escape)) return String.fromCharCode(parseInt(escape.slice(1), 16));
    if (/^[0-7]/.test(escape)) return String.fromCharCode(parseInt(escape, 8) & 0xff);
    return SIMPLE_ESCAPES.get(escape) ?? whole;
  });
}

/** Protocol 0 text: latin-1 with `\uXXXX` and `\UXXXXXXXX` for everything else. */
function rawUnicodeEscape(line: string): string {
  return line.replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (whole, short?: string, long?: string) => {
    const code = parseInt(short ?? long ?? '', 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function badNumber(offset: number, found: string): GanvasError {
  return new GanvasError('pickle-bad-number', `The pickle has ${found} at byte ${offset}, where a number belongs.`, {
    offset,
  });
}
