import { GanvasError } from '../../engine/errors.js';
import { readPickle } from '../pickle/machine.js';
import { decodeText, type PickleValue } from '../pickle/values.js';
import { ELEMENT_BYTES } from '../storedTensor.js';
import type { ZipArchive } from '../zipArchive.js';
import { badStorage, readStorageReference, type TorchContent, type TorchStorage } from './storages.js';

/**
 * Reads what `torch.save` writes since torch 1.6: a zip archive with one folder, and in it `data.pkl`, each storage raw
 * under `data/<key>`, and, since torch 2.1, `byteorder`. Storages are views of the file, unless someone compressed the
 * archive again: then each is unpacked when it is first looked up.
 *
 * @param root the folder of `data.pkl` (`torchRootFolder`).
 * @throws GanvasError `checkpoint-format-unsupported` for a big-endian file, `zip-*`, `pickle-*`; the lookup throws
 *   `torch-bad-storage`, `torch-truncated`, `torch-dtype-unsupported`.
 */
export function readZippedTorch(archive: ZipArchive, root: string): TorchContent {
  return readStoredPickle(archive, root, 'data');
}

/** What a TorchScript program keeps beside its code and the objects of `data.pkl`: the tensors that the code names. */
export function readZippedConstants(archive: ZipArchive, root: string): TorchContent {
  return readStoredPickle(archive, root, 'constants');
}

/** Programs have their constants apart; files of `torch.save` never do. */
export function isTorchScript({ names }: ZipArchive, root: string): boolean {
  return names.includes(`${root}constants.pkl`);
}

/** `<root><name>.pkl`, its storages under `<root><name>/<key>`. */
function readStoredPickle(archive: ZipArchive, root: string, name: string): TorchContent {
  const order = archive.read(`${root}byteorder`);
  if (order && decodeText(order, 'latin1').trim() !== 'little') {
    throw notReadable('it was written on a big-endian machine', 'Save it again on a little-endian one');
  }
  const pickle = archive.read(`${root}${name}.pkl`) ?? new Uint8Array();
  const lookup = (reference: PickleValue): TorchStorage => findStorage(archive, `${root}${name}/`, reference);
  return { object: readPickle(pickle), lookup };
}

/**
 * The folder of `data.pkl`, `''` or ending in a slash; it is named after the file as it was first called.
 * @throws GanvasError `checkpoint-format-unsupported` for another kind of archive.
 */
export function torchRootFolder({ names }: ZipArchive): string {
  const pickles = names.filter((name) => /(^|\/)data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined) {
    throw notReadable(
      'it is a zip archive with neither the data.pkl of a PyTorch file nor NumPy arrays',
      'Unpack it and open the checkpoint',
    );
  }
  if (pickles.length > 1) throw notReadable('it is an archive of several PyTorch files', 'Unpack it and open one');
  return pickle.slice(0, -'data.pkl'.length);
}

function findStorage(archive: ZipArchive, folder: string, value: PickleValue): TorchStorage {
  const { key, dtype, elements } = readStorageReference(value);
  const content = archive.read(`${folder}${key}`);
  if (!content) throw badStorage(`storage ${key} is not in the file`);
  const needed = elements * ELEMENT_BYTES[dtype];
  if (needed > content.length) {
    throw new GanvasError(
      'torch-truncated',
      `Storage ${key} has ${content.length} bytes; ${needed} were expected from the number and type of its elements.`,
      { needed, available: content.length },
    );
  }
  return { dtype, bytes: content.subarray(0, needed) };
}

function notReadable(reason: string, advice: string): GanvasError {
  return new GanvasError('checkpoint-format-unsupported', `The file cannot be opened: ${reason}. ${advice}.`);
}
