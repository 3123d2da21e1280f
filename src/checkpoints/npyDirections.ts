/** Boundaries as InterFaceGAN and HiGAN save them. */
import type { Direction } from '../latent/direction.js';
import type { StoredTensor } from './checkpoint.js';
import { npyParts, readNpy } from './npy.js';
import { readPickle } from './pickle/machine.js';
import { callArguments, dictOf, textOf } from './pickle/interpretation.js';
import { numpyArrayOf } from './pickle/numpyValues.js';
import { PickleObject, type PickleDict, type PickleValue } from './pickle/values.js';
import { directionsOfRows, invalid, latentRows, wrongLength, type DirectionSizes } from './readDirectionRows.js';

/**
 * Reads a `.npy` file of directions. Numbers are boundaries of InterFaceGAN (train_boundary.py), [dim], [1, dim] or, several
 * of them, [k, dim]; as many rows as the model has layers are one direction of w+, as the StyleGAN encoders save them, and
 * so is each entry of [k, layers, dim]. An array of objects is HiGAN's: a dict with `boundary`, and the layers that it is
 * meant for under `manipulate_layers` (simple_manipulate.py), read from its pickle without running anything.
 * @throws GanvasError `direction-length`, `direction-space`, `directions-invalid`, `invalid-layer-range`, `npy-*`, `numpy-*`,
 * `pickle-*`
 */
export function readNpyDirections(bytes: Uint8Array, sizes: DirectionSizes): Direction[] {
  const { descriptor, data } = npyParts(bytes);
  if (descriptor === null || !/^\|?O8?$/.test(descriptor)) return boundaries(readNpy(bytes), sizes, null);
  const dict = savedDict(readPickle(data).value);
  if (dict === null) throw invalid(sizes.name, 'it holds an object that is not a boundary of HiGAN');
  const boundary = numpyArrayOf(dict.get('boundary'));
  if (boundary === null) throw invalid(sizes.name, 'its dict has no numbers under "boundary"');
  return boundaries(boundary, sizes, layersOf(dict, sizes));
}

/** @param layers of a boundary that says where it acts: such a one is of w */
function boundaries(tensor: StoredTensor, sizes: DirectionSizes, layers: string | null): Direction[] {
  const { shape } = tensor;
  const space = layers === null ? sizes.space : 'w';
  if (shape.length < 1 || shape.length > 3) throw wrongLength(1, space, sizes);
  const rows = shape.length === 1 ? 1 : shape.at(-2);
  const perLayer = space === 'w' && sizes.numWs > 1 && rows === sizes.numWs;
  if (shape.length === 3 && !perLayer && rows !== 1) {
    throw invalid(sizes.name, `its shape is [${shape.join(', ')}], and rows for ${sizes.numWs} layers are expected`);
  }
  return directionsOfRows(
    {
      space: perLayer ? 'w+' : space,
      ...(layers === null ? {} : { layers }),
      values: latentRows(tensor, space, sizes),
      unit: perLayer ? 'length of its own rows in w+' : `length of its own vector in ${space}`,
      method: layers === null ? 'import' : 'higan',
    },
    sizes,
  );
}

/** The dict of `np.save(path, dict)`: the one element of an array of objects without axes. */
function savedDict(value: PickleValue): PickleDict | null {
  const direct = dictOf(value);
  if (direct) return direct;
  if (!callArguments(value, 'numpy.core.multiarray._reconstruct') || !(value instanceof PickleObject)) return null;
  const items = Array.isArray(value.state) ? value.state[4] : null;
  return Array.isArray(items) && items.length === 1 ? dictOf(items[0]) : null;
}

/** "6-11", in the dict itself or in its `meta_data`. */
function layersOf(dict: PickleDict, { name }: DirectionSizes): string {
  const value = dict.get('manipulate_layers') ?? dictOf(dict.get('meta_data'))?.get('manipulate_layers');
  if (value === undefined || value === null) return 'all';
  const text = textOf(value);
  if (text !== null) return text;
  if (Array.isArray(value) && value.every((layer) => typeof layer === 'number')) return value.join(',');
  throw invalid(name, 'its "manipulate_layers" are neither text such as "6-11" nor a list of layers');
}
