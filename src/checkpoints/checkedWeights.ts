import { GanvasError } from '../engine/errors.js';
import { formatShape, sameShape, type Shape } from '../engine/shape.js';
import { parameterTensor, type Tensor } from '../engine/tensor.js';
import type { Weights } from '../models/weights.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';
import { elementCount, f32Bytes, firstNotFinite, readTensor } from './storedTensor.js';
import { nameInFile } from './translatedNetwork.js';

/**
 * The tensors of `shapes`, each of the expected shape and finite.
 * @param source where the expectation comes from, to follow "was expected": "from the other weights".
 * @throws GanvasError `weights-missing`, `weights-shape` or `weights-not-finite`, naming the tensor.
 */
export function checkedTensors(
  network: StoredNetwork,
  shapes: ReadonlyMap<string, Shape>,
  source: string,
): Map<string, StoredTensor> {
  const found = new Map<string, StoredTensor>();
  for (const [name, expected] of shapes) {
    const tensor = network.tensors.get(name);
    const key = nameInFile(network, name);
    if (tensor === undefined) {
      throw new GanvasError(
        'weights-missing',
        `The tensor \`${key}\` is missing; ${formatShape(expected)} was expected ${source}.`,
        { key, expected: formatShape(expected) },
      );
    }
    checkShape(key, tensor.shape, expected, source);
    checkFinite(key, tensor);
    found.set(name, tensor);
  }
  return found;
}

function checkShape(name: string, shape: Shape, expected: Shape, source: string): void {
  if (sameShape(shape, expected)) return;
  throw new GanvasError(
    'weights-shape',
    `The tensor \`${name}\` is ${formatShape(shape)}; ${formatShape(expected)} was expected ${source}.`,
    { key: name, found: formatShape(shape), expected: formatShape(expected) },
  );
}

function checkFinite(name: string, tensor: StoredTensor): void {
  const bad = firstNotFinite(tensor);
  if (bad >= 0) {
    throw new GanvasError(
      'weights-not-finite',
      `The tensor \`${name}\` holds a value that is not a finite number (element ${bad}). The file is damaged, or training diverged.`,
      { key: name, element: bad },
    );
  }
}

/** One parameter a tensor, made once, so that every program shares its upload. */
export function weightsOf(tensors: ReadonlyMap<string, StoredTensor>): Weights {
  const parameters = new Map<string, Tensor>();
  let count = 0;
  for (const [name, stored] of tensors) {
    const [load, bytes] = [() => readTensor(stored), () => f32Bytes(stored)];
    parameters.set(name, parameterTensor({ name, shape: stored.shape, load, bytes }));
    if (isTrained(name)) count += elementCount(stored.shape);
  }
  const find = (name: string): Tensor | null => parameters.get(name) ?? null;
  return {
    count,
    find,
    get: (name) => {
      const tensor = find(name);
      if (tensor === null) throw new RangeError(`internal: weight ${name} was not checked`);
      return tensor;
    },
  };
}

/** Buffers of the reference are stored beside the parameters, but not trained. */
function isTrained(name: string): boolean {
  return !/(?:^|\.)(lod|noise_const|resample_filter|w_avg|freqs|phases|transform|magnitude_ema|(up|down)_filter|apply_noise\.noise|running_(mean|var)s?|weight_[uv])$/.test(
    name,
  );
}
