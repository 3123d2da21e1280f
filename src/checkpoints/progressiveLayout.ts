/** What the files of PGGAN and of StyleGAN (v1) have in common. */
import { GanvasError } from '../engine/errors.js';
import { sizeOf } from '../engine/shape.js';
import type { StoredNetwork } from './checkpoint.js';
import { badSetting, largestIndex, layerCount } from './networkReading.js';
import type { StatedSettings } from './statedSettings.js';
import { readTensor } from './storedTensor.js';
import { nameInFile } from './translatedNetwork.js';

/**
 * Number of resolutions, two layers each.
 * @param prefix of layers' names: `layer`, `synthesis.layer`
 * @throws GanvasError `weights-missing` when there is a gap, `unsupported-architecture` for an odd number of layers.
 */
export function blocksOf(network: StoredNetwork, prefix: string): number {
  const layers = layerCount(network, prefix);
  if (layers % 2 === 0) return layers / 2;
  const key = nameInFile(network, largestIndex(network, /^(\d+)\./, prefix)?.key ?? '');
  throw new GanvasError(
    'unsupported-architecture',
    `The tensor \`${key}\` does not fit a progressively grown generator: each resolution has two layers, and its second one is missing.`,
    { key },
  );
}

/**
 * Level of detail: as stated, else as the file stores it, else 0.
 * @throws GanvasError `unsupported-architecture` when the network has no such level.
 */
export function lodOf({ tensors }: StoredNetwork, settings: StatedSettings, blocks: number): number {
  const stored = tensors.get('lod') ?? tensors.get('synthesis.lod');
  const lod = settings.number('lod') ?? (stored === undefined ? 0 : (readTensor(stored)[0] ?? 0));
  if (lod >= 0 && lod <= blocks - 1) return lod;
  throw badSetting('lod', lod, `a number from 0 to ${blocks - 1}`);
}

/** Blocks whose pictures a level of detail shows: one, or two while it fades. */
export function blocksShown(blocks: number, lod: number): readonly number[] {
  return [...new Set([blocks - 1 - Math.ceil(lod), blocks - 1 - Math.floor(lod)])];
}

/**
 * Whether weights are multiplied by He's constant when they are used. Files of PyTorch code do not say; the sizes of the
 * numbers do: drawn with deviation 1, or with He's constant, which is at least ten times smaller in networks of use.
 */
export function looksUnscaled({ tensors }: StoredNetwork, name: string): boolean {
  const stored = tensors.get(name);
  if (stored === undefined) return true;
  const fanIn = sizeOf(stored.shape.slice(1));
  const deviation = rootMeanSquare(readTensor(stored));
  return deviation > Math.sqrt(Math.SQRT2 / Math.sqrt(fanIn));
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

/** How weights are scaled, and how that is known. */
export function scalingText(weightScaling: boolean): string {
  return weightScaling ? 'weights scaled when they are used' : 'weights stored as they are used';
}
