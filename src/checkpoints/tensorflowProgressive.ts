/** What the TensorFlow files of PGGAN and of StyleGAN (v1) have in common. */
import type { StoredNetwork } from './checkpoint.js';
import { badSetting, largestIndex, resolutionsUpTo } from './networkReading.js';
import { StatedSettings } from './statedSettings.js';
import type { TensorOrigin } from './translatedNetwork.js';

type Scalar = string | number | boolean | null;

/** `static_kwargs` of the network, else of its components; undefined where the code's default holds. */
function statedSetting({ initKwargs, attributes }: StoredNetwork, key: string): unknown {
  if (Object.hasOwn(initKwargs, key)) return initKwargs[key];
  return attributes.get(`synthesis.${key}`) ?? attributes.get(`mapping.${key}`);
}

/**
 * @param names what a setting of ours is called there
 * @param fixed settings that follow from elsewhere
 */
export function tensorflowSettings(
  network: StoredNetwork,
  names: Readonly<Record<string, string>>,
  fixed: Readonly<Record<string, unknown>>,
): StatedSettings {
  const stated = Object.entries(names).map(([key, name]) => [key, statedSetting(network, name)] as const);
  const fields = new Map([...Object.entries(fixed), ...stated.filter(([, value]) => value !== undefined)]);
  return new StatedSettings(fields, 'read from the network’s static_kwargs, with the defaults of NVIDIA’s code');
}

/**
 * Settings that the models have no other value for, none of which was ever published with another.
 * @throws GanvasError `unsupported-architecture` naming one that differs.
 */
export function requireSettings(network: StoredNetwork, required: Readonly<Record<string, Scalar>>): void {
  for (const [key, expected] of Object.entries(required)) {
    const value = statedSetting(network, key) ?? expected;
    if (value !== expected) throw badSetting(key, value, JSON.stringify(expected));
  }
}

/**
 * Resolutions from 4 up to the largest that has a scope `<prefix>8x8/…`, gaps included.
 * @throws GanvasError `unsupported-architecture` when there is no such resolution
 */
export function resolutionsIn(network: StoredNetwork, prefix: string): readonly number[] {
  const last = largestIndex(network, /^(\d+)x\1\//, prefix);
  return resolutionsUpTo(last?.index ?? 4, last?.key ?? prefix);
}

/** [kh, kw, in, out] → [out, in, kh, kw]; and what is stored [kh, kw, out, in] → [in, out, kh, kw]. */
export const kernelOrigin = (from: string): TensorOrigin => ({ from, permute: [3, 2, 0, 1] });

/** [in, out] → [out, in]. */
export const denseOrigin = (from: string): TensorOrigin => ({ from, permute: [1, 0] });
