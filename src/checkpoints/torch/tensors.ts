import { GanvasError } from '../../engine/errors.js';
import type { StoredDType, StoredTensor } from '../checkpoint.js';
import { bytesOf, callArguments, integerOf, integersOf } from '../pickle/interpretation.js';
import { PickleGlobal, PickleObject, type PickleValue } from '../pickle/values.js';
import { ELEMENT_BYTES, elementCount, isContiguous, storageExtent } from '../storedTensor.js';
import { readLegacyTorchStream } from './legacyStream.js';
import type { StorageLookup, TorchStorage } from './storages.js';

/** Names of the calls that stand for one tensor each; their count is the number of tensors of a pickle. */
export const REBUILD_TENSOR = [
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch._utils._rebuild_tensor',
] as const;

/** The stream of one storage has some dozen; a file can refer to one stream a hundred thousand times. */
const OPCODES_OF_A_STORAGE = 1024;

/** 4 MiB of f32. Larger tensors that repeat elements (expanded ones) would make much memory of few bytes. */
const MOST_REPEATED = 2 ** 20;

const REBUILD_PARAMETER = ['torch._utils._rebuild_parameter', 'torch._utils._rebuild_parameter_with_state'] as const;

/**
 * The tensor that a record describes, or `null` when it describes none. A parameter is a tensor wrapped once more.
 * Shape and strides are checked now; the storage is looked up only when `dtype` or `bytes` is read.
 *
 * @throws GanvasError `torch-bad-tensor`, `tensor-bad-shape`, `tensor-bad-strides`, `tensor-too-large` where few stored
 *   elements stand for many.
 */
export function torchTensor(value: PickleValue | undefined, lookup: StorageLookup): StoredTensor | null {
  const inner = withoutSubclass(callArguments(value, ...REBUILD_PARAMETER)?.[0] ?? value);
  const call = callArguments(inner, ...REBUILD_TENSOR);
  if (!call) return null;
  const [storage, offset, shape, strides] = call;
  const start = integerOf(offset);
  const sizes = integersOf(shape);
  const steps = integersOf(strides);
  if (storage === undefined || start === null || start < 0 || !sizes || !steps) {
    throw new GanvasError('torch-bad-tensor', 'A tensor of the file has no valid offset, shape and strides.');
  }
  return new LazyTorchTensor(sizes, steps, start, storage, lookup);
}

/** A tensor with attributes of its own comes as (function, class, arguments of the function, state). */
function withoutSubclass(value: PickleValue | undefined): PickleValue | undefined {
  const [rebuild, , args] = callArguments(value, 'torch._tensor._rebuild_from_type_v2') ?? [];
  if (!(rebuild instanceof PickleGlobal) || !Array.isArray(args)) return value;
  return new PickleObject(rebuild.module, rebuild.name, args);
}

class LazyTorchTensor implements StoredTensor {
  readonly strides: readonly number[] | null;
  readonly #extent: number;
  readonly #offset: number;
  readonly #reference: PickleValue;
  readonly #lookup: StorageLookup;

  constructor(
    readonly shape: readonly number[],
    strides: readonly number[],
    offset: number,
    reference: PickleValue,
    lookup: StorageLookup,
  ) {
    this.#extent = storageExtent(shape, strides);
    const elements = elementCount(shape);
    if (elements > Math.max(this.#extent, MOST_REPEATED)) {
      throw new GanvasError(
        'tensor-too-large',
        `A tensor of shape [${shape.join(', ')}] makes ${elements} elements of ${this.#extent} that are stored. ` +
          'Save it again after `.contiguous()`.',
        { elements, stored: this.#extent },
      );
    }
    this.strides = isContiguous(shape, strides) ? null : strides;
    this.#offset = offset;
    this.#reference = reference;
    this.#lookup = lookup;
  }

  get dtype(): StoredDType {
    return this.#lookup(this.#reference).dtype;
  }

  /** @throws GanvasError `torch-truncated` when the storage is too short, and whatever its container throws. */
  get bytes(): Uint8Array {
    const { dtype, bytes } = this.#lookup(this.#reference);
    const size = ELEMENT_BYTES[dtype];
    const begin = this.#offset * size;
    const end = begin + this.#extent * size;
    if (end > bytes.length) {
      throw new GanvasError(
        'torch-truncated',
        `A tensor of shape [${this.shape.join(', ')}] needs ${end} bytes of its storage, which has ${bytes.length}.`,
        { needed: end, available: bytes.length },
      );
    }
    return bytes.subarray(begin, end);
  }
}

/**
 * Storages that a plain pickle carries in itself: `torch.storage._load_from_bytes(bytes)`, the bytes being a legacy
 * torch stream of one storage. Each stream is read when it is first needed, and once.
 */
export function embeddedStorages(): StorageLookup {
  const known = new Map<PickleValue, TorchStorage>();
  return (reference) => {
    const cached = known.get(reference);
    if (cached) return cached;
    const bytes = bytesOf(callArguments(reference, 'torch.storage._load_from_bytes')?.[0]);
    if (!bytes) {
      throw new GanvasError('torch-bad-storage', 'A tensor of the file has its storage in a form that is not known.');
    }
    const { object, lookup } = readLegacyTorchStream(bytes, OPCODES_OF_A_STORAGE);
    const storage = lookup(object.value);
    known.set(reference, storage);
    return storage;
  };
}
