import { GanvasError } from '../../engine/errors.js';
import { dictOf, itemsOf, textOf } from '../pickle/interpretation.js';
import { readPickle, type ReadPickle } from '../pickle/machine.js';
import type { PersistentId } from '../pickle/values.js';
import { ELEMENT_BYTES } from '../storedTensor.js';
import {
  badStorage,
  readStorageReference,
  type StorageReference,
  type TorchContent,
  type TorchStorage,
} from './storages.js';

/** First pickle of every legacy torch file (torch/serialization.py, MAGIC_NUMBER). */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;
const COUNT_BYTES = 8;

/**
 * Reads a legacy torch stream: five pickles (magic number, protocol 1001, system info, the object, the storage keys),
 * then per key an int64 element count and the raw elements. This is also what `torch.storage._load_from_bytes` gets.
 *
 * @param mostOpcodes of each pickle.
 * @throws GanvasError `torch-bad-stream`, `torch-truncated`, `torch-bad-storage`, `torch-dtype-unsupported`, `pickle-*`.
 */
export function readLegacyTorchStream(bytes: Uint8Array, mostOpcodes?: number): TorchContent {
  const magic = readPickle(bytes, 0, mostOpcodes);
  if (magic.value !== LEGACY_MAGIC) throw badStream('it does not begin with torch’s magic number');
  const protocol = readPickle(bytes, magic.end, mostOpcodes);
  if (protocol.value !== LEGACY_PROTOCOL) throw badStream(`its version is not ${LEGACY_PROTOCOL}`);
  const system = readPickle(bytes, protocol.end, mostOpcodes);
  if (dictOf(system.value)?.get('little_endian') === false) throw badStream('it was written on a big-endian machine');
  const object = readPickle(bytes, system.end, mostOpcodes);
  const keys = readPickle(bytes, object.end, mostOpcodes);
  const references = object.persistentIds.filter(isStorageReference).map(readStorageReference);
  const storages = readRawStorages(bytes, keys, references);
  return { object, lookup: (reference) => selectStorage(storages, readStorageReference(reference)) };
}

/** Files of whole modules also refer to their classes this way: ('module', class, file, source text). */
function isStorageReference({ id }: PersistentId): boolean {
  return !Array.isArray(id) || textOf(id[0]) !== 'module';
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
