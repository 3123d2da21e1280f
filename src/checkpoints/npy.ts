import { GanvasError } from '../engine/errors.js';
import type { StoredTensor } from './checkpoint.js';
import { numpyTensor, parseNumpyDType } from './numpyArray.js';
import { elementCount } from './storedTensor.js';

/** Format: numpy/lib/format.py; https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const PREFIX_BYTES = 8;
/** The header is padded so that the data starts at a multiple of this. */
const ALIGNMENT = 64;
/** NumPy's own limit; its headers have about a hundred bytes. */
const LONGEST_HEADER = 10_000;

/** Whether the bytes begin like a `.npy` file. */
export function isNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/** What a `.npy` file says of itself, and what follows: numbers, or for arrays of objects a pickle. */
export interface NpyParts {
  /** NumPy's name of the type, `<f4`, `|O`; null for records. */
  readonly descriptor: string | null;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  readonly data: Uint8Array;
}

/**
 * Takes a `.npy` file apart, versions 1 to 3.
 * @throws GanvasError `npy-not-npy`, `npy-version-unsupported`, `npy-bad-header`, `numpy-truncated`.
 */
export function npyParts(bytes: Uint8Array): NpyParts {
  if (!isNpy(bytes))
    throw new GanvasError('npy-not-npy', 'The file is not a .npy array: it lacks the NumPy signature.');
  const { text, dataStart } = readHeader(bytes);
  const descriptor = /'descr'\s*:\s*(?:'([^']*)'|"([^"]*)")/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text);
  const shapeText = /'shape'\s*:\s*\(([^)]*)\)/.exec(text);
  if (!order || shapeText?.[1] === undefined) throw badHeader('it lacks fortran_order or shape');
  return {
    descriptor: descriptor?.[1] ?? descriptor?.[2] ?? null,
    shape: readShape(shapeText[1]),
    fortranOrder: order[1] === 'True',
    data: bytes.subarray(dataStart),
  };
}

/**
 * Reads a `.npy` file of numbers: floats, integers and booleans, either byte order, C or Fortran order (which becomes
 * strides). The numbers come out with `readTensor`.
 *
 * @throws GanvasError `npy-dtype-unsupported`, `numpy-truncated`, `numpy-out-of-range`, and those of `npyParts`.
 */
export function readNpy(bytes: Uint8Array): StoredTensor {
  const { descriptor, shape, fortranOrder, data } = npyParts(bytes);
  const dtype = descriptor === null ? null : parseNumpyDType(descriptor);
  if (!dtype) {
    throw new GanvasError(
      'npy-dtype-unsupported',
      `The .npy array holds ${descriptor ?? 'records'}; floats (f2, f4, f8), integers and booleans can be read.`,
    );
  }
  return numpyTensor(dtype, shape, fortranOrder, data);
}

function readHeader(bytes: Uint8Array): { text: string; dataStart: number } {
  const version = bytes[MAGIC.length] ?? 0;
  if (version > 3 || (version < 1 && bytes.length > MAGIC.length)) {
    throw new GanvasError(
      'npy-version-unsupported',
      `The .npy file has format version ${version}; 1, 2 and 3 are known.`,
      {
        version,
      },
    );
  }
  // Version 1 has a 16-bit header length, the later ones 32 bits.
  const lengthBytes = version === 1 ? 2 : 4;
  const headerStart = PREFIX_BYTES + lengthBytes;
  if (bytes.length < headerStart) throw truncated(headerStart, bytes.length);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(PREFIX_BYTES, true) : view.getUint32(PREFIX_BYTES, true);
  if (length > LONGEST_HEADER) throw badHeader(`it claims ${length} bytes, and NumPy reads ${LONGEST_HEADER}`);
  const dataStart = headerStart + length;
  if (bytes.length < dataStart) throw truncated(dataStart, bytes.length);
  return { text: new TextDecoder().decode(bytes.subarray(headerStart, dataStart)), dataStart };
}

/** `2, 3`, `5,` or nothing at all; Python 2 wrote long integers as `5L`. */
function readShape(text: string): number[] {
  const items = text.split(',').map((item) => item.trim());
  if (items.at(-1) === '') items.pop();
  return items.map((item) => {
    if (!/^\d+L?$/.test(item)) throw badHeader(`shape (${text}) is not a tuple of whole numbers`);
    return parseInt(item, 10);
  });
}

/**
 * Writes numbers as a version 1 `.npy` file, little-endian float32 in C order.
 * @throws GanvasError `npy-bad-shape` when the shape does not hold exactly the values.
 */
export function writeNpy(shape: readonly number[], values: Float32Array): Uint8Array<ArrayBuffer> {
  if (elementCount(shape) !== values.length) {
    throw new GanvasError(
      'npy-bad-shape',
      `Shape [${shape.join(', ')}] has ${elementCount(shape)} elements, and ${values.length} values were given.`,
    );
  }
  const tuple = shape.length === 1 ? `${shape[0] ?? 0},` : shape.join(', ');
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const headerStart = PREFIX_BYTES + 2;
  const dataStart = Math.ceil((headerStart + dict.length + 1) / ALIGNMENT) * ALIGNMENT;
  const file = new Uint8Array(dataStart + values.byteLength);
  file.set([...MAGIC, 1, 0]);
  new DataView(file.buffer).setUint16(PREFIX_BYTES, dataStart - headerStart, true);
  const header = `${dict.padEnd(dataStart - headerStart - 1)}\n`;
  file.set(new TextEncoder().encode(header), headerStart);
  file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), dataStart);
  return file;
}

function badHeader(reason: string): GanvasError {
  return new GanvasError('npy-bad-header', `The header of the .npy file cannot be read: ${reason}.`);
}

function truncated(needed: number, length: number): GanvasError {
  return new GanvasError(
    'numpy-truncated',
    `The .npy file is truncated: its header takes ${needed} bytes, and the file has ${length}.`,
    { needed, available: length },
  );
}
