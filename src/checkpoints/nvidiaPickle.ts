import type { Checkpoint } from './checkpoint.js';
import { checkpointOf } from './torch/checkpointOf.js';
import { embeddedStorages } from './torch/tensors.js';
import type { ReadPickle } from './pickle/machine.js';

/**
 * Reads a snapshot of NVIDIA's StyleGAN2-ADA and StyleGAN3 training code: one plain pickle of a dict whose values are
 * networks (`G`, `D`, `G_ema`) or settings, or of one bare network (named `''`). Networks are persistent objects, whose
 * stored source text is never looked at, ordinary torch modules, or state dicts.
 *
 * Tensors know their shape at once; `dtype` and `bytes` parse the tensor's storage when first read, so asking for
 * `G_ema` leaves the storages of `G` and `D` alone.
 *
 * @throws GanvasError `checkpoint-no-generator` when no network is in the file, `checkpoint-too-complex`; reading
 *   a damaged tensor throws `torch-*`.
 */
export function readNvidiaPickle(object: ReadPickle): Checkpoint {
  return checkpointOf('nvidia-pickle', { object, lookup: embeddedStorages() });
}
