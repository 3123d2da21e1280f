/** Reads names, shapes and settings of a network; what is missing or of another kind is named. */
import { GanvasError } from '../engine/errors.js';
import { formatShape, type Shape } from '../engine/shape.js';
import { isActivation, type Activation } from '../ops/activations.js';
import type { StoredNetwork } from './checkpoint.js';
import { nameInFile } from './translatedNetwork.js';

/** @throws GanvasError `weights-missing`. */
export function shapeOf(network: StoredNetwork, name: string): Shape {
  const tensor = network.tensors.get(name);
  if (tensor === undefined) throw missingTensor(nameInFile(network, name), 'the other tensors call for it');
  return tensor.shape;
}

/**
 * The extent of a shape that was read off the tensor `key`.
 * @throws GanvasError `weights-shape` when the tensor has no such axis.
 */
export function extentOf(key: string, shape: Shape, axis: number): number {
  const extent = shape[axis];
  if (extent !== undefined) return extent;
  throw new GanvasError(
    'weights-shape',
    `The tensor \`${key}\` is ${formatShape(shape)}; at least ${axis + 1} axes were expected.`,
    { key, found: formatShape(shape), expected: `at least ${axis + 1} axes` },
  );
}

export function missingTensor(key: string, reason: string): GanvasError {
  return new GanvasError('weights-missing', `The tensor \`${key}\` is missing: ${reason}.`, { key });
}

interface NumberedName {
  readonly index: number;
  readonly key: string;
}

/** Names that go on with what `pattern` matches after `prefix`, and the number that it captures. */
function numberedNames({ tensors }: StoredNetwork, pattern: RegExp, prefix: string): NumberedName[] {
  return [...tensors.keys()].flatMap((key) => {
    const digits = key.startsWith(prefix) ? pattern.exec(key.slice(prefix.length))?.[1] : undefined;
    return digits === undefined ? [] : [{ index: Number(digits), key }];
  });
}

/** The largest number that `pattern` captures in what follows `prefix` in a name, and that name; null without any. */
export function largestIndex(network: StoredNetwork, pattern: RegExp, prefix = ''): NumberedName | null {
  return numberedNames(network, pattern, prefix).reduce<NumberedName | null>(
    (largest, each) => (largest === null || each.index > largest.index ? each : largest),
    null,
  );
}

/**
 * Number of layers, from `prefix`0 on, counted by any of a layer's tensors, so that one which lost some is a gap and not
 * the end of the network.
 * @param prefix of layers' names: `mapping.dense`
 * @throws GanvasError `weights-missing` when there is a gap.
 */
export function layerCount(network: StoredNetwork, prefix: string): number {
  const last = largestIndex(network, /^(\d+)\./, prefix);
  if (last === null) return 0;
  const found = new Set(numberedNames(network, /^(\d+)\./, prefix).map(({ index }) => index));
  for (let index = 0; index < last.index; index++) {
    if (found.has(index)) continue;
    const missing = nameInFile(network, `${prefix}${index}.weight`);
    throw missingTensor(missing, `\`${nameInFile(network, last.key)}\` is there, which comes after it`);
  }
  return last.index + 1;
}

/** Dense layers of a mapping that are looked for: more than any has, so that a name cannot make us look for millions. */
const mostDenseLayers = 64;

/** Indices of a mapping's layers, given the highest that a tensor is named after. */
export function denseLayers(highest: number): number[] {
  return Array.from({ length: Math.min(highest + 1, mostDenseLayers) }, (_, index) => index);
}

/** Beyond it lies no picture; a name with a larger number is not of a generator. */
const largestResolution = 8192;

/**
 * Resolutions from 4² up to that of the last block, of which the file has a tensor called `key`.
 * @throws GanvasError `unsupported-architecture` when there is no such resolution
 */
export function resolutionsUpTo(last: number, key: string): number[] {
  if (!(last >= 4 && last <= largestResolution)) {
    throw new GanvasError(
      'unsupported-architecture',
      `The tensor \`${key}\` would belong to a picture of ${last}×${last}; 4×4 to ${largestResolution}×${largestResolution} were expected.`,
      { key },
    );
  }
  const sizes: number[] = [];
  for (let size = 4; size <= last; size *= 2) sizes.push(size);
  return sizes;
}

/** @throws GanvasError `unsupported-architecture`. */
export function finite(key: string, value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw badSetting(key, value, 'a finite number');
  return value;
}

/** @throws GanvasError `unsupported-architecture`. */
export function activation(key: string, value: unknown): Activation {
  if (!isActivation(value)) throw badSetting(key, value, 'one of the nine activations of StyleGAN2');
  return value;
}

/** @throws GanvasError `unsupported-architecture`. */
export function oneOf<Choice extends string>(key: string, value: unknown, choices: readonly Choice[]): Choice {
  const choice = choices.find((each) => each === value);
  if (choice === undefined) throw badSetting(key, value, `one of ${choices.join(', ')}`);
  return choice;
}

export function badSetting(key: string, value: unknown, expected: string, cause?: unknown): GanvasError {
  return new GanvasError(
    'unsupported-architecture',
    `The setting \`${key}\` is ${JSON.stringify(value) ?? 'missing'}; ${expected} was expected.`,
    { key },
    { cause },
  );
}
