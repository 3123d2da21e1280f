import { GanvasError } from '../../engine/errors.js';
import { readPickle } from '../pickle/machine.js';
import { decodeText, type PickleValue } from '../pickle/values.js';
import { ELEMENT_BYTES } from '../storedTensor.js';
import { ZipArchive } from '../zipArchive.js';
import { badStorage, readStorageReference, type TorchContent, type TorchStorage } from './storages.js';

/**
 * Reads what `torch.save` writes since torch 1.6: a zip archive with one folder, and in it `data.pkl`, each storage raw
 * under `data/<key>`, and, since torch 2.1, `byteorder`. Storages are views of `bytes`, unless someone compressed the
 * archive again: then each is unpacked when it is first looked up.
 *
 * @throws GanvasError `checkpoint-format-unsupported` for another kind of archive, `zip-*`, `pickle-*`; the lookup
 *   throws `torch-bad-storage`, `torch-truncated`, `torch-dtype-unsupported`.
 */
export function readZippedTorch(bytes: Uint8Array): TorchContent {
  const archive = new ZipArchive(bytes);
  const root = rootFolder(archive);
  const order = archive.read(`${root}byteorder`);
  if (order && decodeText(order, 'latin1').trim() !== 'little') {
    throw notReadable('it was written on a big-endian machine', 'Save it again on a little-endian one');
  }
  const pickle = archive.read(`${root}data.pkl`) ?? new Uint8Array();
  return { object: readPickle(pickle), lookup: (reference) => findStorage(archive, root, reference) };
}

/** The folder of `data.pkl`, `''` or ending in a slash; it is named after the file as it was first called. */
function rootFolder({ names }: ZipArchive): string {
  const pickles = names.filter((name) => /(^|\/)data\.pkl$/.test(name));
  const [pickle] = pickles;
  if (pickle === undefined) {
    throw names.some((name) => name.endsWith('.npy'))
      ? notReadable('it is an archive of NumPy arrays (.npz)', 'Save the network’s state_dict() with torch.save')
      : notReadable('it is a zip archive without the data.pkl of a PyTorch file', 'Unpack it and open the checkpoint');
  }
  if (pickles.length > 1) throw notReadable('it is an archive of several PyTorch files', 'Unpack it and open one');
  const root = pickle.slice(0, -'data.pkl'.length);
  if (names.includes(`${root}constants.pkl`)) {
    throw notReadable(
      'it is a TorchScript program, and ganvas never runs code from a file',
      'Save the network’s state_dict() with torch.save',
    );
  }
  return root;
}

function findStorage(archive: ZipArchive, root: string, value: PickleValue): TorchStorage {
  const { key, dtype, elements } = readStorageReference(value);
  const content = archive.read(`${root}data/${key}`);
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
