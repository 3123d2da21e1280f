import type { Checkpoint } from './checkpoint.js';
import { checkpointOf } from './torch/checkpointOf.js';
import { readLegacyTorchStream } from './torch/legacyStream.js';
import { readZippedTorch } from './torch/zipStream.js';

/**
 * Reads a `.pth`, `.pt` or `.bin` that `torch.save` wrote since torch 1.6: a zip archive. Tensors are views of `bytes`,
 * found when first read; shapes are known at once.
 *
 * @throws GanvasError `checkpoint-no-generator` when no network is in the file, `checkpoint-format-unsupported`,
 *   `checkpoint-too-complex`, `zip-*`, `pickle-*`; reading a damaged tensor throws `torch-*`.
 */
export function readTorchZip(bytes: Uint8Array): Checkpoint {
  return checkpointOf('torch-zip', readZippedTorch(bytes));
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
