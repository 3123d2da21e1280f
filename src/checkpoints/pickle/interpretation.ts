/**
 * Meaning of the few records that checkpoints are made of. Everything else stays an inert record; the functions
 * here answer `null` for what they do not know.
 */
import {
  PickleDict,
  type PickleGlobal,
  PickleObject,
  PickleSet,
  PickleText,
  decodeText,
  type PickleValue,
} from './values.js';

/** NumPy's and torch's own limit. */
const MOST_AXES = 64;
const TORCH_STORAGE = /^torch\.[A-Z][A-Za-z0-9]*Storage$/;

/** Classes of a TorchScript program, and the types of its lists; what matters of them is in their state. */
const TORCH_SCRIPT = /^(__torch__|torch\.jit\._pickle)\./;

/** Globals whose meaning the readers know. Knowing means reading the record; nothing is called. */
const INTERPRETED_GLOBALS: ReadonlySet<string> = new Set([
  '_codecs.encode',
  'argparse.Namespace',
  'builtins.bytearray',
  'builtins.bytes',
  'builtins.dict',
  'builtins.frozenset',
  'builtins.list',
  'builtins.object',
  'builtins.set',
  'builtins.tuple',
  'collections.OrderedDict',
  'copyreg._reconstructor',
  'dnnlib.tflib.network.Network',
  'dnnlib.util.EasyDict',
  'network.Network',
  'numpy.core.multiarray._reconstruct',
  'numpy.core.multiarray.scalar',
  'numpy.core.numeric._frombuffer',
  'numpy.dtype',
  'numpy.ndarray',
  'tfutil.Network',
  'torch.Size',
  'torch.Tensor',
  'torch.device',
  'torch._tensor._rebuild_from_type_v2',
  'torch._utils._rebuild_parameter',
  'torch._utils._rebuild_parameter_with_state',
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch.nn.parameter.Parameter',
  'torch.storage.UntypedStorage',
  'torch.storage._load_from_bytes',
  'torch_utils.persistence._reconstruct_persistent_obj',
]);

/**
 * One name for one thing: NumPy 2 moved `numpy.core` to `numpy._core`, and what Python programs call `os.system` is
 * written as `posix.system` or `nt.system`, after the system the file was made on.
 */
function canonicalName(qualifiedName: string): string {
  return qualifiedName.replace(/^numpy\._core\./, 'numpy.core.').replace(/^(posix|nt)\./, 'os.');
}

/** Names of the globals that are not understood here, in order of appearance. */
export function inertGlobalNames(globals: readonly PickleGlobal[]): string[] {
  const names = globals.map((global) => canonicalName(global.qualifiedName));
  return [...new Set(names)].filter((name) => !isInterpreted(name));
}

function isInterpreted(name: string): boolean {
  return INTERPRETED_GLOBALS.has(name) || TORCH_STORAGE.test(name) || TORCH_SCRIPT.test(name);
}

/** Arguments when `value` is a recorded call of one of `names`, else `null`. */
export function callArguments(value: PickleValue | undefined, ...names: string[]): readonly PickleValue[] | null {
  if (!(value instanceof PickleObject)) return null;
  return names.includes(canonicalName(value.qualifiedName)) ? value.args : null;
}

/** A name or other short text. Long ones (`PickleText`) are none: decoding those again and again takes forever. */
export function textOf(value: PickleValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

/** An integer that a number holds exactly, else `null`. */
export function integerOf(value: PickleValue | undefined): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

/** A shape or strides: a short tuple of integers, else `null`. */
export function integersOf(value: PickleValue | undefined): number[] | null {
  const items = callArguments(value, 'torch.Size')?.[0] ?? value;
  if (!Array.isArray(items) || items.length > MOST_AXES) return null;
  const integers = items.map(integerOf);
  return integers.every((integer) => integer !== null) ? integers : null;
}

/**
 * A byte string: a view of the file for protocols 3 and up. Protocol 2 has none and writes `_codecs.encode(text,
 * 'latin1')`, the text being UTF-8 in the file: that one is a copy, made here.
 *
 * @param longest refuse to copy more than about this many bytes, where only a few can be meant.
 */
export function bytesOf(value: PickleValue | undefined, longest = Infinity): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  const call = callArguments(value, '_codecs.encode');
  if (call) return textOf(call[1]) === 'latin1' ? latin1Bytes(call[0], longest) : null;
  const built = callArguments(value, 'builtins.bytes', 'builtins.bytearray');
  if (built) return built.length === 0 ? new Uint8Array() : built[0] instanceof Uint8Array ? built[0] : null;
  // Python 2 byte strings arrive as latin-1 text.
  return latin1Bytes(value, longest);
}

function latin1Bytes(value: PickleValue | undefined, longest: number): Uint8Array | null {
  if (value instanceof PickleText && value.bytes.length > 2 * longest) return null;
  if (value instanceof PickleText) return value.encoding === 'latin1' ? value.bytes : narrowUtf8(value.bytes);
  if (typeof value !== 'string') return null;
  const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
  return decodeText(bytes, 'latin1') === value ? bytes : null;
}

/** UTF-8 of U+0000 … U+00FF to one byte a character, without a string of the same size in between. */
function narrowUtf8(utf8: Uint8Array): Uint8Array | null {
  const bytes = new Uint8Array(utf8.length);
  let length = 0;
  for (let i = 0; i < utf8.length; i++) {
    const lead = utf8[i] ?? 0;
    if (lead < 0x80) {
      bytes[length++] = lead;
      continue;
    }
    const next = utf8[++i] ?? 0;
    if ((lead !== 0xc2 && lead !== 0xc3) || (next & 0xc0) !== 0x80) return null;
    bytes[length++] = ((lead & 0x03) << 6) | (next & 0x3f);
  }
  return bytes.subarray(0, length);
}

/** The entries of a dict, of a known dict subclass, or of a namespace. */
export function dictOf(value: PickleValue | undefined): PickleDict | null {
  if (value instanceof PickleDict) return value;
  if (!(value instanceof PickleObject)) return null;
  if (callArguments(value, 'argparse.Namespace')) return value.state instanceof PickleDict ? value.state : null;
  if (callArguments(value, 'collections.OrderedDict', 'dnnlib.util.EasyDict', 'builtins.dict')) {
    // Kept on the record, so that a file that shares one long list of pairs is not converted again and again.
    return (value.entries ??= pairsToDict(value.args[0]));
  }
  // Protocols 0 and 1 write dict subclasses as _reconstructor(cls, dict, content).
  const content = callArguments(value, 'copyreg._reconstructor')?.[2];
  return content instanceof PickleDict ? content : null;
}

/** `OrderedDict([[key, value], …])`, Python 2's way of writing it. */
function pairsToDict(pairs: PickleValue | undefined): PickleDict {
  const dict = new PickleDict();
  if (pairs instanceof PickleDict) return pairs;
  if (!Array.isArray(pairs)) return dict;
  for (const pair of pairs) {
    if (Array.isArray(pair) && pair.length === 2) dict.set(textOf(pair[0]) ?? pair[0] ?? null, pair[1] ?? null);
  }
  return dict;
}

/** The items of a list, tuple or set, also where protocols below 4 write sets as `set([…])`. */
export function itemsOf(value: PickleValue | undefined): readonly PickleValue[] | null {
  if (Array.isArray(value)) return value;
  if (value instanceof PickleSet) return [...value];
  const call = callArguments(
    value,
    'builtins.set',
    'builtins.frozenset',
    'builtins.list',
    'builtins.tuple',
    'torch.Size',
  );
  if (!call) return null;
  return Array.isArray(call[0]) ? call[0] : [];
}
