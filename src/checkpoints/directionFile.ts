import { GanvasError } from '../engine/errors.js';
import type { Direction, LatentSpace, Provenance } from '../latent/direction.js';
import type { StoredTensor } from './checkpoint.js';
import { readSafetensors, writeSafetensors, type TensorToWrite } from './safetensors.js';
import { readTensor } from './storedTensor.js';

/**
 * Directions as a `.safetensors` file: tensor `direction.<i>` of shape [rows, dim] per direction, and the rest as JSON
 * under this metadata key: `{"version": 1, "directions": [{name, space, layers, unit, provenance, statistics}, …]}`.
 */
const METADATA_KEY = 'ganvas-directions';
const VERSION = 1;
const SPACES: readonly LatentSpace[] = ['z', 'w', 'w+'];

/**
 * @throws GanvasError `directions-invalid` when a direction's numbers are not finite or do not fill its rows.
 */
export function writeDirections(directions: readonly Direction[]): Uint8Array<ArrayBuffer> {
  const tensors = new Map<string, TensorToWrite>();
  const described = directions.map((direction, i) => {
    const { name, space, layers, dim, vectors, unit, provenance, statistics } = direction;
    checkVectors(name, vectors);
    const rows = rowCount(space, layers);
    if (dim < 1 || vectors.length !== rows * dim) {
      throw invalid(name, `${rows} rows of ${dim} are expected, and it has ${vectors.length} numbers`);
    }
    tensors.set(tensorName(i), { dtype: 'F32', shape: [rows, dim], data: vectors });
    const broken = Object.entries(statistics).find(([, value]) => !Number.isFinite(value));
    if (broken) throw invalid(name, `its statistic ${broken[0]} is not a finite number`);
    return { name, space, layers, unit, provenance, statistics };
  });
  return writeSafetensors(tensors, {
    [METADATA_KEY]: JSON.stringify({ version: VERSION, directions: described }),
  });
}

/**
 * Reads a file that `writeDirections` wrote.
 *
 * @throws GanvasError `directions-not-a-direction-file`, `directions-version-unsupported`, `directions-invalid`
 *   (a missing or wrong-shaped tensor, NaN, an unknown space, malformed fields), and `safetensors-*`.
 */
export function readDirections(bytes: Uint8Array): Direction[] {
  const { metadata, networks } = readSafetensors(bytes);
  const text = metadata[METADATA_KEY];
  if (text === undefined) {
    throw new GanvasError(
      'directions-not-a-direction-file',
      `The file holds no directions: its metadata lacks ${METADATA_KEY}. Directions are saved by \`ganvas discover\` and ` +
        'by the editor.',
    );
  }
  const tensors = networks[0]?.tensors ?? new Map<string, StoredTensor>();
  return parseDescriptions(text).map((description, i) => readDirection(description, i, tensors));
}

function parseDescriptions(text: string): readonly unknown[] {
  const file = parseJson(text);
  if (!isRecord(file)) throw malformed('its metadata is not a JSON object');
  if (file['version'] !== VERSION) {
    throw new GanvasError(
      'directions-version-unsupported',
      `The directions have file version ${String(file['version'])}; version ${VERSION} is known. Use a newer ganvas.`,
    );
  }
  if (!Array.isArray(file['directions'])) throw malformed('its metadata lists no directions');
  return file['directions'];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw malformed('its metadata is not JSON', cause);
  }
}

function readDirection(description: unknown, i: number, tensors: ReadonlyMap<string, StoredTensor>): Direction {
  if (!isRecord(description)) throw invalid(`#${i}`, 'its description is not a JSON object');
  const { name, unit, layers } = description;
  if (typeof name !== 'string' || typeof unit !== 'string') throw invalid(`#${i}`, 'it lacks its name or unit');
  const space = SPACES.find((candidate) => candidate === description['space']);
  if (!space) throw invalid(name, `its space is not one of ${SPACES.join(', ')}`);
  if (!isLayerList(layers)) throw invalid(name, 'its layers are not whole numbers ≥ 0');
  const { dim, vectors } = readVectors(name, tensors.get(tensorName(i)), rowCount(space, layers), i);
  const provenance = readProvenance(name, description['provenance']);
  return {
    name,
    space,
    layers,
    dim,
    vectors,
    unit,
    provenance,
    statistics: readNumbers(name, description['statistics']),
  };
}

function readVectors(
  name: string,
  tensor: StoredTensor | undefined,
  rows: number,
  i: number,
): { dim: number; vectors: Float32Array } {
  if (!tensor) throw invalid(name, `tensor ${tensorName(i)} is missing`);
  const [storedRows, dim, ...rest] = tensor.shape;
  if (storedRows !== rows || dim === undefined || dim < 1 || rest.length > 0) {
    throw invalid(
      name,
      `tensor ${tensorName(i)} has shape [${tensor.shape.join(', ')}], and [${rows}, dim] is expected`,
    );
  }
  // A copy, so that directions do not keep the whole file alive.
  const vectors = readTensor(tensor).slice();
  checkVectors(name, vectors);
  return { dim, vectors };
}

function readProvenance(name: string, value: unknown): Provenance {
  if (!isRecord(value)) throw invalid(name, 'it has no provenance');
  const { method, modelHash, parameters } = value;
  if (typeof method !== 'string') throw invalid(name, 'its provenance names no method');
  if (modelHash !== null && typeof modelHash !== 'string') throw invalid(name, 'its model hash is not text');
  if (!isRecord(parameters)) throw invalid(name, 'its provenance has no parameters');
  const entries = Object.entries(parameters).map(([key, parameter]): [string, string | number] => {
    if (typeof parameter === 'string' || typeof parameter === 'number') return [key, parameter];
    throw invalid(name, `parameter ${key} is neither text nor a number`);
  });
  return { method, modelHash, parameters: Object.fromEntries(entries) };
}

function readNumbers(name: string, value: unknown): Readonly<Record<string, number>> {
  if (!isRecord(value)) throw invalid(name, 'it has no statistics');
  const entries = Object.entries(value).map(([key, number]): [string, number] => {
    if (typeof number === 'number') return [key, number];
    throw invalid(name, `statistic ${key} is not a number`);
  });
  return Object.fromEntries(entries);
}

/** W+ directions have a row for every layer they act on; the others one row for all. */
function rowCount(space: LatentSpace, layers: readonly number[]): number {
  return space === 'w+' ? layers.length : 1;
}

function tensorName(i: number): string {
  return `direction.${i}`;
}

function checkVectors(name: string, vectors: Float32Array): void {
  if (!vectors.every(Number.isFinite)) throw invalid(name, 'it holds numbers that are not finite');
}

function isLayerList(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((layer) => Number.isSafeInteger(layer) && layer >= 0);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(name: string, reason: string): GanvasError {
  return new GanvasError('directions-invalid', `Direction ${JSON.stringify(name)} is not valid: ${reason}.`, {
    direction: name,
  });
}

function malformed(reason: string, cause?: unknown): GanvasError {
  return new GanvasError('directions-invalid', `The direction file is not valid: ${reason}.`, {}, { cause });
}
