import type { Checkpoint } from './checkpoint.js';
import { noGenerator } from './generatorChoice.js';
import { isNpz, readNpz } from './npz.js';
import { inertGlobalNames } from './pickle/interpretation.js';
import { checkpointOf } from './torch/checkpointOf.js';
import { readLegacyTorchStream } from './torch/legacyStream.js';
import { readScriptConstants, readScriptModule } from './torch/scriptModules.js';
import { isTorchScript, readZippedConstants, readZippedTorch, torchRootFolder } from './torch/zipStream.js';
import { ZipArchive } from './zipArchive.js';

/**
 * Reads a zip archive: what `torch.save` writes since torch 1.6 (`.pth`, `.pt`, `.bin`), a TorchScript program, or NumPy's
 * `.npz`. Tensors are views of `bytes`, found when first read; shapes are known at once.
 *
 * @throws GanvasError `checkpoint-no-generator` when no network is in the file, `checkpoint-format-unsupported`,
 *   `checkpoint-too-complex`, `zip-*`, `pickle-*`, `npy-*`; reading a damaged tensor throws `torch-*`.
 */
export function readZippedCheckpoint(bytes: Uint8Array): Checkpoint {
  const archive = new ZipArchive(bytes);
  if (isNpz(archive)) return readNpz(archive);
  const root = torchRootFolder(archive);
  return isTorchScript(archive, root)
    ? readTorchScript(archive, root)
    : checkpointOf('torch-zip', readZippedTorch(archive, root));
}

/** The parameters of a program are the network `''`; the tensors that its code names, if any, are `constants`. */
function readTorchScript(archive: ZipArchive, root: string): Checkpoint {
  const program = readZippedTorch(archive, root);
  const constants = readScriptConstants(readZippedConstants(archive, root));
  const networks = [readScriptModule(program), ...(constants ? [constants] : [])].filter(
    ({ tensors }) => tensors.size > 0,
  );
  const inertGlobals = inertGlobalNames(program.object.globals);
  if (networks.length === 0) throw noGenerator({ networks, inertGlobals, tensorCount: 0 });
  return { format: 'torchscript', networks, metadata: {}, inertGlobals };
}

/**
 * Reads a `.pth`, `.pt` or `.bin` of the form that torch wrote before version 1.6. Tensors are views of `bytes`.
 *
 * @throws GanvasError `checkpoint-no-generator` when no network is in the file, `checkpoint-too-complex`, `pickle-*`,
 *   `torch-*`.
 */
export function readTorchLegacy(bytes: Uint8Array): Checkpoint {
  return checkpointOf('torch-legacy', readLegacyTorchStream(bytes));
}
