import { GanvasError } from '../../engine/errors.js';
import type { StoredDType } from '../checkpoint.js';
import { integerOf, itemsOf, textOf } from '../pickle/interpretation.js';
import type { ReadPickle } from '../pickle/machine.js';
import { PersistentId, PickleGlobal, type PickleValue } from '../pickle/values.js';

/** The elements behind one or more tensors. `bytes` is a view of the file wherever the file has them as bytes. */
export interface TorchStorage {
  readonly dtype: StoredDType;
  readonly bytes: Uint8Array;
}

/** Finds the storage that a tensor's record refers to; each container has its own way of keeping them. */
export type StorageLookup = (reference: PickleValue) => TorchStorage;

/** What a torch file is, whatever its container: the pickled object, and where its storages are. */
export interface TorchContent {
  readonly object: ReadPickle;
  readonly lookup: StorageLookup;
}

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
  const parts = reference instanceof PersistentId && Array.isArray(reference.id) ? reference.id : null;
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

export function badStorage(reason: string): GanvasError {
  return new GanvasError('torch-bad-storage', `The tensors of the file cannot be read: ${reason}.`);
}
