import { asGanvasError } from '../engine/errors.js';
import type { Checkpoint, StoredTensor } from './checkpoint.js';
import { noGenerator } from './generatorChoice.js';
import { readNpy } from './npy.js';
import type { ZipArchive } from './zipArchive.js';

const ARRAY_ENDING = '.npy';

/** Whether the archive is one of NumPy's: every entry an array. */
export function isNpz({ names }: ZipArchive): boolean {
  return names.length > 0 && names.every((name) => name.endsWith(ARRAY_ENDING));
}

/**
 * Reads a state dict that `numpy.savez` or `savez_compressed` wrote: one network named `''`, its tensors under the names
 * of the arrays. Arrays of text and objects are left out.
 *
 * @throws GanvasError `checkpoint-no-generator` when no array holds numbers, `npy-*`, `numpy-*`, `zip-*`.
 */
export function readNpz(archive: ZipArchive): Checkpoint {
  const tensors = new Map<string, StoredTensor>();
  for (const name of archive.names) {
    const tensor = readNumbers(archive.read(name) ?? new Uint8Array());
    if (tensor) tensors.set(name.slice(0, -ARRAY_ENDING.length), tensor);
  }
  if (tensors.size === 0) throw noGenerator({ networks: [], inertGlobals: [], tensorCount: 0 });
  const network = { name: '', className: null, initKwargs: {}, attributes: new Map(), tensors };
  return { format: 'npz', networks: [network], metadata: {}, inertGlobals: [] };
}

function readNumbers(file: Uint8Array): StoredTensor | null {
  try {
    return readNpy(file);
  } catch (thrown) {
    if (asGanvasError(thrown).code === 'npy-dtype-unsupported') return null;
    throw thrown;
  }
}
