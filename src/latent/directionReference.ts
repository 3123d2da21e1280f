import { GanvasError } from '../engine/errors.js';
import type { Direction } from './direction.js';
import { decodeDirectionData, encodeDirectionData } from './directionData.js';
import { ALL_LAYERS, parseLayerRange } from './layerRange.js';
import type { DirectionReference } from './recipe.js';

/** The sizes of a model's latent spaces. */
export interface LatentSizes {
  readonly zDim: number;
  readonly wDim: number;
  readonly numWs: number;
}

/**
 * What a recipe writes down for a direction: SeFa found on this very model is named, since its numbers follow from
 * the weights; anything else carries its numbers.
 */
export function referenceOf(direction: Direction, modelHash: string, numWs: number): DirectionReference {
  const { method, parameters, modelHash: foundOn } = direction.provenance;
  const { layers, index } = parameters;
  if (method === 'sefa' && foundOn === modelHash && typeof layers === 'string' && typeof index === 'number') {
    return { method: 'sefa', layers, index };
  }
  const vectors = direction.space === 'w+' ? rowsOfEveryLayer(direction, numWs) : direction.vectors;
  return { method: 'vector', space: direction.space, data: encodeDirectionData(vectors) };
}

/**
 * Rebuilds the direction of a `vector` reference.
 * @throws GanvasError `invalid-direction-data` when the numbers are broken or too few or many for the model.
 */
export function directionOfVector(
  reference: Extract<DirectionReference, { method: 'vector' }>,
  name: string,
  sizes: LatentSizes,
): Direction {
  const { space } = reference;
  const vectors = decodeDirectionData(reference.data);
  const dim = space === 'z' ? sizes.zDim : sizes.wDim;
  const rows = space === 'w+' ? sizes.numWs : 1;
  if (vectors.length !== rows * dim) {
    throw new GanvasError(
      'invalid-direction-data',
      `The direction "${name}" of ${space} has ${vectors.length} numbers. This model expects ${rows} × ${dim}; it may belong to another model.`,
      { space, found: vectors.length, rows, dim },
    );
  }
  return {
    name,
    space,
    layers: space === 'z' ? [] : parseLayerRange(ALL_LAYERS, sizes.numWs),
    dim,
    vectors,
    unit: `length of its own vector in ${space}`,
    provenance: { method: 'vector', parameters: {}, modelHash: null },
    statistics: {},
  };
}

function rowsOfEveryLayer(direction: Direction, numWs: number): Float32Array {
  const rows = new Float32Array(numWs * direction.dim);
  direction.layers.forEach((layer, row) => {
    rows.set(direction.vectors.subarray(row * direction.dim, (row + 1) * direction.dim), layer * direction.dim);
  });
  return rows;
}
