/** Rows of numbers from a file as directions, held against the model that they are for. */
import { GanvasError } from '../engine/errors.js';
import type { Direction, LatentSpace } from '../latent/direction.js';
import { ALL_LAYERS, formatLayerRange, parseLayerRange } from '../latent/layerRange.js';
import type { StoredTensor } from './checkpoint.js';
import { readTensor } from './storedTensor.js';

/** What a file does not say of its directions, and what they are held against. */
export interface DirectionSizes {
  /** The file's name, for messages and for names of directions. */
  readonly name: string;
  /** Space of formats that do not say it (`.npy` of InterFaceGAN). */
  readonly space: 'z' | 'w';
  readonly zDim: number;
  readonly wDim: number;
  readonly numWs: number;
  /** Spaces of the model; when left out they are not checked. */
  readonly latentSpaces?: readonly LatentSpace[];
}

/** What a format says of the rows that it holds. */
export interface DirectionRows {
  readonly space: LatentSpace;
  /** "0-3", "all"; left out, all. */
  readonly layers?: string;
  /** Row after row; a direction of w+ has a row for every layer. */
  readonly values: Float32Array;
  readonly unit: string;
  /** How the rows came about, and the format: "interfacegan", "ganspace". */
  readonly method: string;
  readonly statistics?: (index: number) => Readonly<Record<string, number>>;
}

/** No file has more directions than a latent has numbers, or by far. */
const mostDirections = 8192;

/**
 * @throws GanvasError `direction-length`, `direction-space`, `directions-invalid` (numbers that are not finite, no length,
 * no rows), `invalid-layer-range`
 */
export function directionsOfRows(rows: DirectionRows, sizes: DirectionSizes): Direction[] {
  const { space, values, unit, method } = rows;
  const dim = space === 'z' ? sizes.zDim : sizes.wDim;
  const size = space === 'w+' ? sizes.numWs * dim : dim;
  const count = values.length / size;
  if (!Number.isInteger(count) || count < 1) throw invalid(sizes.name, 'it holds no whole row');
  if (count > mostDirections)
    throw invalid(sizes.name, `it holds ${count} rows, and at most ${mostDirections} are read`);
  const layers = space === 'z' ? [] : parseLayerRange(rows.layers ?? ALL_LAYERS, sizes.numWs);
  const stem = stemOf(sizes.name);
  const directions = Array.from({ length: count }, (_, index): Direction => {
    const all = values.slice(index * size, (index + 1) * size);
    return {
      name: count === 1 ? stem : `${stem} ${index + 1}`,
      space,
      layers,
      dim,
      // A range of layers leaves of w+ the rows of those layers.
      vectors: space === 'w+' ? rowsOf(all, layers, dim) : all,
      unit,
      provenance: { method, parameters: { file: sizes.name, index }, modelHash: null },
      statistics: rows.statistics?.(index) ?? {},
    };
  });
  for (const direction of directions) checkDirection(direction, sizes);
  return directions;
}

/**
 * Holds one direction against the model.
 * @throws GanvasError `direction-length`, `direction-space`, `directions-invalid`, `invalid-layer-range`
 */
export function checkDirection({ name, space, dim, layers, vectors }: Direction, sizes: DirectionSizes): void {
  const { latentSpaces } = sizes;
  if (latentSpaces !== undefined && !latentSpaces.includes(space)) {
    throw new GanvasError(
      'direction-space',
      `The direction "${name}" moves ${space}, and this model has ${latentSpaces.join(', ')} only. Open a model that has ${space}.`,
      { direction: name, space },
    );
  }
  if (dim !== (space === 'z' ? sizes.zDim : sizes.wDim)) throw wrongLength(dim, space, sizes);
  if (space !== 'z') formatLayerRange(layers, sizes.numWs);
  let squares = 0;
  for (const value of vectors) squares += value * value;
  if (!Number.isFinite(squares)) throw invalid(sizes.name, `"${name}" holds numbers that are not finite`);
  if (squares === 0) throw invalid(sizes.name, `"${name}" is zero everywhere and leads nowhere`);
}

/** The numbers of a tensor whose last axis must be a latent's: nothing is read before its length fits. */
export function latentRows(tensor: StoredTensor, space: 'z' | 'w', sizes: DirectionSizes): Float32Array {
  const length = tensor.shape.at(-1) ?? 1;
  if (length !== (space === 'z' ? sizes.zDim : sizes.wDim)) throw wrongLength(length, space, sizes);
  return readTensor(tensor);
}

export function wrongLength(found: number, space: LatentSpace, { name, zDim, wDim }: DirectionSizes): GanvasError {
  const needed = space === 'z' ? zDim : wDim;
  return new GanvasError(
    'direction-length',
    `${name}: its directions have ${found} numbers; this model's ${space} has ${needed}. They belong to another model, or to another space.`,
    { found, needed, space },
  );
}

export function invalid(file: string, reason: string): GanvasError {
  return new GanvasError('directions-invalid', `${file} is not a valid file of directions: ${reason}.`, { file });
}

function rowsOf(all: Float32Array, layers: readonly number[], dim: number): Float32Array {
  const rows = new Float32Array(layers.length * dim);
  layers.forEach((layer, row) => rows.set(all.subarray(layer * dim, (layer + 1) * dim), row * dim));
  return rows;
}

/** The name without folders and ending. */
function stemOf(name: string): string {
  const file = name.split(/[/\\]/).at(-1) ?? name;
  return file.replace(/(.)\.[^.]*$/, '$1') || 'direction';
}
