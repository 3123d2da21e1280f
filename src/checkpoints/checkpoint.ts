/** Element types found in files. Engines convert to f32 when they upload. */
export type StoredDType = 'f64' | 'f32' | 'f16' | 'bf16' | 'i64' | 'i32' | 'i16' | 'i8' | 'u8' | 'bool';

/**
 * A tensor of a file, as a view of the file's own bytes: nothing is copied until `readTensor` asks for numbers.
 * `strides` are in elements; contiguous row-major when `strides` is null.
 */
export interface StoredTensor {
  readonly dtype: StoredDType;
  readonly shape: readonly number[];
  readonly strides: readonly number[] | null;
  /** The storage: its first element is element 0 of the tensor, little-endian. */
  readonly bytes: Uint8Array;
}

/** One network of a file: a flat state dict plus what the file says about how it was built. */
export interface StoredNetwork {
  /** Name in the file: `G_ema`, `G`, `D`, `g_ema`, `Gs`; `''` when the file is one bare state dict. */
  readonly name: string;
  /** Class name the file gives, or null. Never used to decide the architecture alone. */
  readonly className: string | null;
  /** Constructor arguments the file gives (NVIDIA `_init_kwargs`, TensorFlow `static_kwargs`), plain JSON values only. */
  readonly initKwargs: Readonly<Record<string, unknown>>;
  /** Scalar attributes of the modules, by dotted path: `synthesis.b4.conv1.conv_clamp` → 256. */
  readonly attributes: ReadonlyMap<string, string | number | boolean | null>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** What a reader returns: everything found, nothing executed. */
export interface Checkpoint {
  readonly format:
    'safetensors' | 'nvidia-pickle' | 'tensorflow-pickle' | 'torch-zip' | 'torch-legacy' | 'torchscript' | 'npz';
  readonly networks: readonly StoredNetwork[];
  /** String metadata of the container (safetensors `__metadata__`). */
  readonly metadata: Readonly<Record<string, string>>;
  /** Globals a pickle named that are not on the allow-list; they became inert records and were never called. */
  readonly inertGlobals: readonly string[];
}
