import type { Direction } from '../latent/direction.js';
import type { StoredTensor } from './checkpoint.js';
import { directionsOfRows, invalid, latentRows, type DirectionSizes } from './readDirectionRows.js';
import { contiguousStrides } from './storedTensor.js';

/** Whether tensors are those of a closed-form factorisation. */
export function isClosedFormFactor(tensors: ReadonlyMap<string, StoredTensor>): boolean {
  return tensors.has('eigvec');
}

/**
 * Directions of rosinality's closed-form factorisation (stylegan2-pytorch closed_form_factorization.py): the columns of
 * `eigvec` [dim, k], right singular vectors of all modulation weights stacked, falling singular value first. They are of w
 * and act on all layers.
 * @throws GanvasError `direction-length`, `direction-space`, `directions-invalid`
 */
export function readClosedFormFactor(tensors: ReadonlyMap<string, StoredTensor>, sizes: DirectionSizes): Direction[] {
  const stored = tensors.get('eigvec');
  if (stored?.shape.length !== 2) {
    throw invalid(sizes.name, `eigvec has shape [${stored?.shape.join(', ') ?? ''}], and [dim, k] is expected`);
  }
  const transposed: StoredTensor = {
    dtype: stored.dtype,
    bytes: stored.bytes,
    shape: [...stored.shape].reverse(),
    strides: [...(stored.strides ?? contiguousStrides(stored.shape))].reverse(),
  };
  return directionsOfRows(
    {
      space: 'w',
      values: latentRows(transposed, 'w', sizes),
      unit: 'unit length in w',
      method: 'closed-form factorisation',
      statistics: (index) => ({ index }),
    },
    sizes,
  );
}
