/** Files of directions, whoever wrote them: told by their bytes, read without running anything. */
import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import type { StoredTensor } from './checkpoint.js';
import { isClosedFormFactor, readClosedFormFactor } from './closedFormFactor.js';
import { readDirections } from './directionFile.js';
import { isGanspace, readGanspaceComponents } from './ganspaceComponents.js';
import { isNpy, writeNpy } from './npy.js';
import { readNpyDirections } from './npyDirections.js';
import { readCheckpoint } from './open.js';
import { checkDirection, type DirectionSizes } from './readDirectionRows.js';
import { looksLikeSafetensors } from './safetensors.js';

export type { DirectionSizes } from './readDirectionRows.js';

/**
 * Reads directions: ganvas's own safetensors, InterFaceGAN's and HiGAN's `.npy`, GANSpace's `.npz`, rosinality's
 * `factor.pt`. Whatever a file holds, its directions are as long as the model's latents and act on layers that it has.
 * @throws GanvasError `direction-length`, `direction-space`, `invalid-layer-range`, `directions-invalid`,
 * `directions-unknown` (a file without directions), `directions-*` of `readDirections`, and of the readers: `npy-*`,
 * `numpy-*`, `pickle-*`, `zip-*`, `torch-*`, `tensor-*`, `safetensors-*`
 */
export function readAnyDirections(bytes: Uint8Array, sizes: DirectionSizes): Direction[] {
  if (isNpy(bytes)) return readNpyDirections(bytes, sizes);
  if (looksLikeSafetensors(bytes)) {
    const directions = readDirections(bytes);
    for (const direction of directions) checkDirection(direction, sizes);
    return directions;
  }
  for (const tensors of tensorsOf(bytes, sizes.name)) {
    if (isGanspace(tensors)) return readGanspaceComponents(tensors, sizes);
    if (isClosedFormFactor(tensors)) return readClosedFormFactor(tensors, sizes);
  }
  throw unknown(sizes.name);
}

/** What is neither: an archive or a pickle without networks, or no file of tensors at all. */
const notTensors = [
  'checkpoint-no-generator',
  'checkpoint-empty',
  'checkpoint-format-unsupported',
  'checkpoint-format-unknown',
];

function tensorsOf(bytes: Uint8Array, name: string): ReadonlyMap<string, StoredTensor>[] {
  try {
    return readCheckpoint(bytes, name).networks.map(({ tensors }) => tensors);
  } catch (thrown) {
    if (thrown instanceof GanvasError && notTensors.includes(thrown.code)) throw unknown(name, thrown);
    throw thrown;
  }
}

function unknown(name: string, cause?: unknown): GanvasError {
  return new GanvasError(
    'directions-unknown',
    `${name} holds no directions that are known. Expected ganvas's own .safetensors, a .npy of InterFaceGAN or HiGAN, an .npz of GANSpace, or a factor.pt of rosinality's closed-form factorisation.`,
    { name },
    { cause },
  );
}

/**
 * Refuses directions that were found on another model. Those of files that name none (all but ganvas's own) pass: only
 * their lengths can be held against the model, as `readAnyDirections` does.
 * @throws GanvasError `direction-other-model`
 */
export function checkDirectionsBelong(directions: readonly Direction[], modelHash: string): void {
  for (const { name, provenance } of directions) {
    const found = provenance.modelHash;
    if (found === null || found === modelHash) continue;
    throw new GanvasError(
      'direction-other-model',
      `The direction "${name}" was found on another model (${found.slice(0, 8)}…); the open one is ${modelHash.slice(0, 8)}…. Open that model, or take the direction anyway.`,
      { direction: name, found, model: modelHash },
    );
  }
}

/**
 * One direction as InterFaceGAN saves a boundary: little-endian f32 [1, dim] (interfacegan train_boundary.py).
 * @throws GanvasError `direction-space` for one of w+, whose rows a boundary cannot hold
 */
export function writeBoundaryNpy({ name, space, dim, vectors }: Direction): Uint8Array<ArrayBuffer> {
  if (space !== 'w+') return writeNpy([1, dim], vectors);
  throw new GanvasError(
    'direction-space',
    `The direction "${name}" has a row a layer of w+; a boundary of InterFaceGAN is a single row. Save it as .safetensors.`,
    { direction: name, space },
  );
}
