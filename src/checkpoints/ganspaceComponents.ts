import type { Direction } from '../latent/direction.js';
import type { StoredTensor } from './checkpoint.js';
import { directionsOfRows, invalid, latentRows, type DirectionSizes } from './readDirectionRows.js';
import { readTensor } from './storedTensor.js';

/** Whether an archive of arrays is one of GANSpace's. */
export function isGanspace(tensors: ReadonlyMap<string, StoredTensor>): boolean {
  return tensors.has('lat_comp');
}

/**
 * Components as GANSpace saves them (decomposition.py: compute): `lat_comp` [k, 1, dim], one unit of strength being
 * `lat_stdev` [k]. The deviations are measured when w is sampled, and 1 throughout when z is: that tells the space.
 * `act_comp` and the like, which describe activations, are left.
 * @throws GanvasError `direction-length`, `direction-space`, `directions-invalid`
 */
export function readGanspaceComponents(tensors: ReadonlyMap<string, StoredTensor>, sizes: DirectionSizes): Direction[] {
  const components = tensors.get('lat_comp');
  const count = components?.shape[0] ?? 0;
  if (components === undefined || components.shape.slice(1, -1).some((size) => size !== 1)) {
    throw invalid(
      sizes.name,
      `lat_comp has shape [${components?.shape.join(', ') ?? ''}], and [k, 1, dim] is expected`,
    );
  }
  const stdev = numbersOf(tensors, 'lat_stdev', count, sizes.name) ?? new Float32Array(count).fill(1);
  const space = stdev.every((value) => value === 1) ? 'z' : 'w';
  const rows = latentRows(components, space, sizes);
  const dim = components.shape.at(-1) ?? 1;
  const activations = numbersOf(tensors, 'act_stdev', count, sizes.name);
  const ratios = numbersOf(tensors, 'var_ratio', count, sizes.name);
  return directionsOfRows(
    {
      space,
      values: rows.map((value, index) => value * (stdev[Math.floor(index / dim)] ?? 0)),
      unit: `σ of ${space} along the direction`,
      method: 'ganspace',
      statistics: (index) => ({
        ...finite('stdev', activations?.[index]),
        ...finite('varianceRatio', ratios?.[index]),
        // The unit of strength is the standard deviation.
        sigma: 1,
      }),
    },
    sizes,
  );
}

/** A number for each component; null when the file has none of this name. */
function numbersOf(
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  count: number,
  file: string,
): Float32Array | null {
  const tensor = tensors.get(name);
  if (tensor === undefined) return null;
  const [length = 1, ...rest] = tensor.shape;
  if (length === count && rest.every((size) => size === 1)) return readTensor(tensor);
  throw invalid(file, `${name} has shape [${tensor.shape.join(', ')}], and ${count} numbers are expected`);
}

function finite(name: string, value: number | undefined): Readonly<Record<string, number>> {
  return value !== undefined && Number.isFinite(value) ? { [name]: value } : {};
}
