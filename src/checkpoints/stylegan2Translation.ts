/** What the translations of other projects' StyleGAN2 files to the names of stylegan2-ada-pytorch share. */
import type { Shape } from '../engine/shape.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';
import type { GeneratorDescription } from './generatorFamily.js';
import { describeStyleGan2 } from './stylegan2Layout.js';
import type { SourcedSettings } from './stylegan2Settings.js';
import { translateNetwork, type TensorOrigin, type TranslatedNetwork } from './translatedNetwork.js';

/** The FIR kernel that every project upsamples with when nothing else is said. */
export const usualKernel: readonly number[] = [1, 3, 3, 1];

/** A network translated and described, with a sentence on whose layout it is before the others. */
export function describeTranslated(
  network: StoredNetwork,
  origins: ReadonlyMap<string, TensorOrigin>,
  stated: SourcedSettings & { readonly notes: readonly string[]; readonly kernel?: readonly number[] },
): GeneratorDescription {
  const translated = withFilters(translateNetwork(network, origins), stated.kernel ?? usualKernel);
  const description = describeStyleGan2(translated, stated);
  return { ...description, notes: [...stated.notes, ...description.notes] };
}

/** The shape of a tensor of the file from `axis` on: for leading axes of size 1, which other projects keep. */
export function shapeFrom({ tensors }: StoredNetwork, name: string, axis: number): Shape | null {
  const shape = tensors.get(name)?.shape;
  return shape?.slice(0, axis).every((size) => size === 1) ? shape.slice(axis) : null;
}

/** An origin that drops `axes` leading axes of size 1; a shape that has none is left for the later check to report. */
export function withoutLeading(network: StoredNetwork, from: string, axes: number): TensorOrigin {
  const shape = shapeFrom(network, from, axes);
  return shape === null ? { from } : { from, shape };
}

/**
 * A label matrix [classes, features] that is used as it is (genforce's and stylegan2's), as the equalised dense layer
 * [features, classes] that scales it by 1/√classes.
 */
export function labelOrigin({ tensors }: StoredNetwork, from: string): TensorOrigin {
  const [classes = 1] = tensors.get(from)?.shape ?? [];
  return { from, permute: [1, 0], times: Math.sqrt(classes) };
}

/** Filters where the file keeps none: some projects build them anew from the kernel. */
function withFilters(network: TranslatedNetwork, kernel: readonly number[]): TranslatedNetwork {
  const { tensors } = network;
  const isSkip = tensors.has('synthesis.b4.torgb.weight');
  const filters = new Map<string, StoredTensor>();
  for (const name of tensors.keys()) {
    const block = /^(synthesis\.b(?!4\.)\d+)\.conv0\.weight$/.exec(name)?.[1];
    if (block === undefined || tensors.has(`${block}.resample_filter`)) continue;
    if (isSkip || !tensors.has(`${block}.conv0.resample_filter`)) {
      filters.set(`${block}.resample_filter`, separableFilter(kernel));
    }
  }
  return filters.size === 0 ? network : { ...network, tensors: new Map([...tensors, ...filters]) };
}

/** The outer product of a kernel with itself, of sum 1 (stylegan2-ada-pytorch torch_utils/ops/upfirdn2d.py: setup_filter). */
function separableFilter(kernel: readonly number[]): StoredTensor {
  const sum = kernel.reduce((total, tap) => total + tap, 0);
  const taps = Float32Array.from(kernel.flatMap((a) => kernel.map((b) => (a * b) / sum ** 2)));
  return { dtype: 'f32', shape: [kernel.length, kernel.length], strides: null, bytes: new Uint8Array(taps.buffer) };
}
