import { GanvasError } from '../../engine/errors.js';
import type { StoredDType } from '../checkpoint.js';
import { integerOf, itemsOf, textOf, dictOf } from '../pickle/interpretation.js';
import { readPickle, type ReadPickle } from '../pickle/machine.js';
import { PersistentId, PickleGlobal, type PickleValue } from '../pickle/values.js';
import { ELEMENT_BYTES } from '../storedTensor.js';

/** The elements behind one or more tensors. `bytes` is a view of the file wherever the file has them as bytes. */
export interface TorchStorage {
  readonly dtype: StoredDType;
  readonly bytes: Uint8Array;
}

/** Finds the storage that a tensor's record refers to; each container has its own way of keeping them. */
export type StorageLookup = (reference: PickleValue) => TorchStorage;

const STORAGE_DTYPES: ReadonlyMap<string, StoredDType> = new Map([
  ['DoubleStorage', 'f64'],
  ['FloatStorage', 'f32'],
  ['HalfStorage', 'f16'],
  ['BFloat16Storage', 'bf16'],
  ['LongStorage', 'i64'],
  ['IntStorage', 'i32'],
  ['ShortStorage', 'i16'],
  ['CharStorage', 'i8'],
  ['ByteStorage', 'u8'],
  ['BoolStorage', 'bool'],
]);

/** First pickle of every legacy torch file (torch/serialization.py, MAGIC_NUMBER). */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
const COUNT_BYTES = 8;

/** What a persistent id of torch says: ('storage', class, key, device, element count[, view]). */
export interface StorageReference {
  readonly key: string;
  readonly dtype: StoredDType;
  readonly elements: number;
  /** Part of the storage called `key`, in elements; null for all of it. */
  readonly view: { readonly offset: number; readonly elements: number } | null;
}

/**
 * Reads the persistent id of a torch storage.
 * @throws GanvasError `torch-bad-storage`, `torch-dtype-unsupported`.
 */
export function readStorageReference(reference: PickleValue): StorageReference {
  const parts = reference instanceof PersistentId ? itemsOf(reference.id) : null;
  const [tag, storageClass, key, , elements, view] = parts ?? [];
  const keyText = textOf(key);
  const count = integerOf(elements);
  if (
    textOf(tag) !== 'storage' ||
    !(storageClass instanceof PickleGlobal) ||
    keyText === null ||
    count === null ||
    count < 0
  ) {
    throw badStorage('a tensor refers to something that is not a storage');
  }
  const dtype = STORAGE_DTYPES.get(storageClass.name);
  if (storageClass.module !== 'torch' || !dtype) {
    throw new GanvasError(
      'torch-dtype-unsupported',
      `A tensor is stored as ${storageClass.qualifiedName}; ${[...STORAGE_DTYPES.keys()].join(', ')} can be read.`,
      { storage: storageClass.qualifiedName },
    );
  }
  return { key: keyText, dtype, elements: count, view: readView(view) };
}

/** Legacy files can store a part of a storage: (key, offset, element count). */
function readView(value: PickleValue | undefined): StorageReference['view'] {
  if (value === null || value === undefined) return null;
  const [, offset, elements] = itemsOf(value) ?? [];
  const start = integerOf(offset);
  const count = integerOf(elements);
  if (start === null || count === null || start < 0 || count < 0) throw badStorage('a storage view has no valid range');
  return { offset: start, elements: count };
}

/** A legacy (before torch 1.6) stream: the pickled object and the storages that follow it. */
export interface LegacyTorchStream {
  readonly object: ReadPickle;
  readonly lookup: StorageLookup;
}

/**
 * Reads a legacy torch stream: five pickles (magic number, protocol 1001, system info, the object, the storage keys),
 * then per key an int64 element count and the raw elements. This is also what `torch.storage._load_from_bytes` gets.
 *
 * @throws GanvasError `torch-bad-stream`, `torch-truncated`, `torch-bad-storage`, `torch-dtype-unsupported`, `pickle-*`.
 */
export function readLegacyTorchStream(bytes: Uint8Array): LegacyTorchStream {
  const magic = readPickle(bytes, 0);
  if (magic.value !== LEGACY_MAGIC) throw badStream('it does not begin with torch’s magic number');
  const protocol = readPickle(bytes, magic.end);
  if (protocol.value !== LEGACY_PROTOCOL) throw badStream(`its version is not ${LEGACY_PROTOCOL}`);
  const system = readPickle(bytes, protocol.end);
  if (dictOf(system.value)?.get('little_endian') === false) throw badStream('it was written on a big-endian machine');
  const object = readPickle(bytes, system.end);
  const keys = readPickle(bytes, object.end);
  const storages = readRawStorages(bytes, keys, object.persistentIds.map(readStorageReference));
  return { object, lookup: (reference) => selectStorage(storages, readStorageReference(reference)) };
}

function readRawStorages(
  bytes: Uint8Array,
  keys: ReadPickle,
  references: readonly StorageReference[],
): ReadonlyMap<string, TorchStorage> {
  const dtypes = new Map(references.map((reference) => [reference.key, reference.dtype]));
  const storages = new Map<string, TorchStorage>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = keys.end;
  for (const item of itemsOf(keys.value) ?? []) {
    const key = textOf(item);
    const dtype = key === null ? undefined : dtypes.get(key);
    if (key === null || dtype === undefined) throw badStream('it lists a storage that no tensor uses');
    if (offset + COUNT_BYTES > bytes.length) throw truncated(offset, COUNT_BYTES, bytes.length);
    const elements = Number(view.getBigInt64(offset, true));
    offset += COUNT_BYTES;
    if (elements < 0) throw badStream(`storage ${key} has ${elements} elements`);
    const length = elements * ELEMENT_BYTES[dtype];
    if (length > bytes.length - offset) throw truncated(offset, length, bytes.length);
    storages.set(key, { dtype, bytes: bytes.subarray(offset, offset + length) });
    offset += length;
  }
  return storages;
}

function selectStorage(storages: ReadonlyMap<string, TorchStorage>, reference: StorageReference): TorchStorage {
  const storage = storages.get(reference.key);
  if (!storage) throw badStorage(`storage ${reference.key} is not in the file`);
  if (!reference.view) return storage;
  const size = ELEMENT_BYTES[storage.dtype];
  const begin = reference.view.offset * size;
  const end = begin + reference.view.elements * size;
  if (end > storage.bytes.length) throw badStorage(`a view reaches beyond storage ${reference.key}`);
  return { dtype: storage.dtype, bytes: storage.bytes.subarray(begin, end) };
}

function badStorage(reason: string): GanvasError {
  return new GanvasError('torch-bad-storage', `The tensors of the file cannot be read: ${reason}.`);
}

function badStream(reason: string): GanvasError {
  return new GanvasError('torch-bad-stream', `The torch stream cannot be read: ${reason}.`);
}

function truncated(offset: number, needed: number, length: number): GanvasError {
  return new GanvasError(
    'torch-truncated',
    `The torch stream is truncated: at byte ${offset} it needs ${needed} more bytes, and ${length - offset} are left.`,
    { offset, needed, remaining: length - offset },
  );
}
