/** Random TensorFlow variables of progressively grown networks, a few channels wide. */
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { storedNetwork } from '../checkpoints/storedNetwork.js';
import { RandomWeights, unitDeviation } from './randomWeights.js';

type Shapes = Record<string, readonly number[]>;

export interface TinyOptions {
  readonly resolution: number;
  readonly fused: boolean;
  readonly lod: number;
  /** Classes; 0 for none. */
  readonly labels: number;
}

export const zDim = 5;
export const wDim = 7;
const channelsOf = (size: number): number => ({ 4: 6, 8: 4, 16: 3 })[size] ?? 2;

function put(shapes: Shapes, scope: string, weight: readonly number[], channels: number): void {
  shapes[`${scope}/weight`] = weight;
  shapes[`${scope}/bias`] = [channels];
}

const sizesUpTo = (resolution: number): number[] =>
  Array.from({ length: Math.log2(resolution) - 1 }, (_, index) => 4 * 2 ** index);

function random(shapes: Shapes, lod: number): RandomWeights {
  const weights = new RandomWeights(shapes, unitDeviation);
  weights.set('lod', [], Float32Array.of(lod));
  return weights;
}

/** G_paper. */
export function pgganVariables({ resolution, fused, lod, labels }: TinyOptions): RandomWeights {
  const shapes: Shapes = { lod: [] };
  put(shapes, '4x4/Dense', [zDim + labels, channelsOf(4) * 16], channelsOf(4));
  put(shapes, '4x4/Conv', [3, 3, channelsOf(4), channelsOf(4)], channelsOf(4));
  for (const size of sizesUpTo(resolution)) {
    const [before, out] = [channelsOf(size / 2), channelsOf(size)];
    const scope = `${size}x${size}`;
    if (size > 4 && fused) put(shapes, `${scope}/Conv0_up`, [3, 3, out, before], out);
    if (size > 4 && !fused) put(shapes, `${scope}/Conv0`, [3, 3, before, out], out);
    if (size > 4) put(shapes, `${scope}/Conv1`, [3, 3, out, out], out);
    put(shapes, `ToRGB_lod${Math.log2(resolution / size)}`, [1, 1, out, 3], 3);
  }
  return random(shapes, lod);
}

/** D_paper. */
export function pgganDiscriminatorVariables({ resolution, fused, lod, labels }: TinyOptions): RandomWeights {
  const shapes: Shapes = { lod: [] };
  for (const size of sizesUpTo(resolution)) {
    const [out, after] = [channelsOf(size), channelsOf(size / 2)];
    const scope = `${size}x${size}`;
    put(shapes, `FromRGB_lod${Math.log2(resolution / size)}`, [1, 1, 3, out], out);
    if (size > 4) put(shapes, `${scope}/Conv0`, [3, 3, out, out], out);
    if (size > 4) put(shapes, `${scope}/${fused ? 'Conv1_down' : 'Conv1'}`, [3, 3, out, after], after);
  }
  put(shapes, '4x4/Conv', [3, 3, channelsOf(4) + 1, channelsOf(4)], channelsOf(4));
  put(shapes, '4x4/Dense0', [channelsOf(4) * 16, 5], 5);
  put(shapes, '4x4/Dense1', [5, 1 + labels], 1 + labels);
  return random(shapes, lod);
}

/** G_style and its components; the mapping has two layers. */
export function styleganVariables({ resolution, lod, labels }: TinyOptions): RandomWeights {
  const shapes: Shapes = { lod: [], 'synthesis/lod': [], dlatent_avg: [wDim] };
  if (labels > 0) shapes['mapping/LabelConcat/weight'] = [labels, zDim];
  put(shapes, 'mapping/Dense0', [labels > 0 ? 2 * zDim : zDim, 4], 4);
  put(shapes, 'mapping/Dense1', [4, wDim], wDim);
  const layer = (scope: string, index: number, size: number, weight: readonly number[] | null): void => {
    const out = channelsOf(size);
    if (weight === null) shapes[`${scope}/const`] = [1, out, 4, 4];
    else shapes[`${scope}/weight`] = weight;
    shapes[`${scope}/bias`] = [out];
    shapes[`${scope}/Noise/weight`] = [out];
    shapes[`synthesis/noise${index}`] = [1, 1, size, size];
    put(shapes, `${scope}/StyleMod`, [wDim, 2 * out], 2 * out);
  };
  sizesUpTo(resolution).forEach((size, block) => {
    const [before, out] = [channelsOf(size / 2), channelsOf(size)];
    const scope = `synthesis/${size}x${size}`;
    if (size === 4) layer(`${scope}/Const`, 0, 4, null);
    else layer(`${scope}/Conv0_up`, 2 * block, size, [3, 3, before, out]);
    layer(`${scope}/${size === 4 ? 'Conv' : 'Conv1'}`, 2 * block + 1, size, [3, 3, out, out]);
    put(shapes, `synthesis/ToRGB_lod${Math.log2(resolution / size)}`, [1, 1, out, 3], 3);
  });
  return random(shapes, lod);
}

/** The variables as the pickle reader gives them. */
export function storedVariables(
  weights: RandomWeights,
  initKwargs: Readonly<Record<string, unknown>>,
  name = 'Gs',
): StoredNetwork {
  const tensors = weights.names().map((key) => {
    const values = weights.of(key);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    return [key, { dtype: 'f32' as const, shape: weights.get(key).shape, strides: null, bytes }] as const;
  });
  return { ...storedNetwork(tensors, name), initKwargs };
}
