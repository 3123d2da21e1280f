import { GanvasError } from '../engine/errors.js';
import type { Checkpoint } from './checkpoint.js';
import { withName } from './namedErrors.js';
import { readNvidiaPickle } from './nvidiaPickle.js';
import { readPickle } from './pickle/machine.js';
import { HIGHEST_PROTOCOL, Opcode } from './pickle/opcodes.js';
import { looksLikeSafetensors, readSafetensors } from './safetensors.js';
import { readTensorflowPickle } from './tensorflowPickle.js';
import { readTorchLegacy, readZippedCheckpoint } from './torchFile.js';

export { chooseGenerator } from './generatorChoice.js';

/**
 * One kind of file. To add a reader, write its module and give its row here a `read`; the rows are asked in order,
 * and they look at the bytes only, because names lie.
 */
interface FileKind {
  /** As it reads in a sentence: "This is …". */
  readonly description: string;
  readonly matches: (bytes: Uint8Array) => boolean;
  readonly read?: (bytes: Uint8Array) => Checkpoint;
  /** What to do with a file that is recognised but not read. */
  readonly advice?: string;
}

const OPENABLE =
  '.safetensors files, NVIDIA .pkl snapshots, PyTorch files (.pth, .pt, .bin) and NumPy archives (.npz) can be opened.';

const FILE_KINDS: readonly FileKind[] = [
  { description: 'a safetensors file', matches: looksLikeSafetensors, read: readSafetensors },
  { description: 'a PyTorch file of the form used before torch 1.6', matches: isLegacyTorch, read: readTorchLegacy },
  { description: 'a pickle', matches: hasPickleProtocol, read: readPlainPickle },
  { description: 'a zip archive', matches: beginsWith('PK\x03\x04'), read: readZippedCheckpoint },
  {
    description: 'an HDF5 file',
    matches: beginsWith('\x89HDF\r\n\x1a\n'),
    advice: 'Convert it to .safetensors first.',
  },
  {
    description: 'a NumPy array (.npy)',
    matches: beginsWith('\x93NUMPY'),
    advice: 'It can hold latents or directions.',
  },
  { description: 'a PNG picture', matches: beginsWith('\x89PNG\r\n\x1a\n') },
  { description: 'a JPEG picture', matches: beginsWith('\xff\xd8\xff') },
  { description: 'a WebP picture', matches: (bytes) => beginsWith('RIFF')(bytes) && beginsWith('WEBP', 8)(bytes) },
  { description: 'a gzip archive', matches: beginsWith('\x1f\x8b'), advice: 'Unpack it first.' },
  {
    description: 'a Git LFS pointer, a note that stands in for the real file',
    matches: beginsWith('version https://git-lfs'),
    advice: 'Fetch the file itself with `git lfs pull`.',
  },
  {
    description: 'a web page, probably an answer in place of the file',
    matches: (bytes) => /^\s*<(!doctype html|html)/i.test(latin1(bytes.subarray(0, 256))),
    advice: 'Open the address in a browser and save the file from there.',
  },
];

/**
 * Reads a checkpoint whatever its name says: a `.safetensors` file, an NVIDIA snapshot `.pkl` of PyTorch,
 * TensorFlow or Theano, what `torch.save` or `torch.jit.save` writes (`.pth`, `.pt`, `.bin`), or `.npz`. Nothing in the
 * file is executed. `name` appears in messages only.
 *
 * @throws GanvasError `checkpoint-empty`, `checkpoint-format-unsupported` (recognised, not read),
 *   `checkpoint-format-unknown`, `checkpoint-no-generator`, and the readers' own `safetensors-*`, `pickle-*`,
 *   `zip-*`, `torch-*`, `npy-*`, `numpy-*` codes; always a GanvasError.
 */
export function readCheckpoint(bytes: Uint8Array, name: string): Checkpoint {
  if (bytes.length === 0) {
    throw new GanvasError('checkpoint-empty', `${name} is empty. A checkpoint is expected: ${OPENABLE}`, {
      name,
    });
  }
  const kind = FILE_KINDS.find(({ matches }) => matches(bytes));
  const { read } = kind ?? {};
  if (read) return withName(name, () => read(bytes));
  if (kind) {
    throw new GanvasError(
      'checkpoint-format-unsupported',
      `${name} is ${kind.description}. ${OPENABLE}` + (kind.advice ? ` ${kind.advice}` : ''),
      { name, format: kind.description },
    );
  }
  if (isProtocol0Pickle(bytes)) return withName(name, () => readPlainPickle(bytes));
  throw new GanvasError(
    'checkpoint-format-unknown',
    `${name} is neither a .safetensors file nor a pickle: it begins with ${hex(bytes.subarray(0, 8))}. ${OPENABLE}`,
    { name },
  );
}

/** A pickle that is no torch file: TensorFlow's networks if it has any, else PyTorch's. */
function readPlainPickle(bytes: Uint8Array): Checkpoint {
  const object = readPickle(bytes);
  return readTensorflowPickle(object) ?? readNvidiaPickle(object);
}

function hasPickleProtocol(bytes: Uint8Array): boolean {
  // One more than known, so that the next protocol is reported as such and not as an unknown file.
  return bytes[0] === Opcode.PROTO && (bytes[1] ?? 0) <= HIGHEST_PROTOCOL + 1;
}

/** PROTO, then LONG1 with torch's magic number. */
function isLegacyTorch(bytes: Uint8Array): boolean {
  return bytes[0] === Opcode.PROTO && beginsWith('\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19', 2)(bytes);
}

/** Protocols 0 and 1 have no signature: it is a pickle if it reads as one from beginning to `STOP`. */
function isProtocol0Pickle(bytes: Uint8Array): boolean {
  try {
    readPickle(bytes);
    return true;
  } catch {
    return false;
  }
}

function beginsWith(signature: string, offset = 0): (bytes: Uint8Array) => boolean {
  return (bytes) => latin1(bytes.subarray(offset, offset + signature.length)) === signature;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
