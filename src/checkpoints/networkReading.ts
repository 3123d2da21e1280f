/** Reads shapes and settings of a network; what is missing or of another kind is named. */
import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import { isActivation, type Activation } from '../ops/activations.js';
import type { StoredNetwork } from './checkpoint.js';

/** @throws GanvasError `weights-missing`. */
export function shapeOf({ tensors }: StoredNetwork, name: string): Shape {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw missingTensor(name, 'the other tensors call for it');
  return tensor.shape;
}

export function missingTensor(key: string, reason: string): GanvasError {
  return new GanvasError('weights-missing', `The tensor \`${key}\` is missing: ${reason}.`, { key });
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

export function badSetting(key: string, value: unknown, expected: string, cause?: unknown): GanvasError {
  return new GanvasError(
    'unsupported-architecture',
    `The setting \`${key}\` is ${JSON.stringify(value) ?? 'missing'}; ${expected} was expected.`,
    { key },
    { cause },
  );
}
