import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { denseLayers, largestIndex, resolutionsUpTo } from './networkReading.js';
import { otherProjectsDefaults } from './stylegan2Settings.js';
import { describeTranslated, withoutLeading } from './stylegan2Translation.js';
import type { TensorOrigin } from './translatedNetwork.js';

/**
 * StyleGAN2 of rosinality/stylegan2-pytorch (model.py: Generator), also as the decoder of pSp, e4e and their kin. Their
 * weights are those of NVIDIA with an axis of size 1 before them, and modulation has its bias of 1 in the file.
 */
export const rosinalityStylegan2Family: GeneratorFamilyReader = {
  title: 'a StyleGAN2 generator with the names of rosinality’s stylegan2-pytorch',
  recognises: (network) => prefixOf(network) !== null,
  describe: (network, _metadata, beside) => describe(network, beside),
};

const firstModulation = 'conv1.conv.modulation.weight';
const averageName = 'latent_avg';

/** What stands before the generator's names: `decoder.` in files of encoders. */
function prefixOf({ tensors }: StoredNetwork): string | null {
  const found = [...tensors.keys()].find((key) => key === firstModulation || key.endsWith(`.${firstModulation}`));
  return found === undefined ? null : found.slice(0, -firstModulation.length);
}

function describe(stored: StoredNetwork, beside: ReadonlyMap<string, StoredTensor>): GeneratorDescription {
  const prefix = prefixOf(stored) ?? '';
  checkNotWavelets(stored, prefix);
  const network = withAverage(stored, beside);
  const below = prefix === '' ? '' : ` below \`${prefix}\`, as encoders store their generators`;
  return describeTranslated(network, originsOf(network, prefix), {
    settings: otherProjectsDefaults,
    source: 'fixed in rosinality’s code',
    notes: [
      `The names are those of rosinality’s stylegan2-pytorch (\`${prefix}${firstModulation}\`)${below}.`,
      network.tensors.has(averageName)
        ? `The average w is \`${averageName}\`.`
        : `The file has no \`${averageName}\`: rosinality’s scripts average new latents instead, so ψ stays at 1 here.`,
    ],
  });
}

/** swagan.py has the same names; its RGB layers make wavelet coefficients. */
function checkNotWavelets({ tensors }: StoredNetwork, prefix: string): void {
  const key = [...tensors.keys()].find((name) => name.startsWith(prefix) && name.includes('.iwt.'));
  if (key === undefined) return;
  throw new GanvasError(
    'unsupported-architecture',
    `The tensor \`${key}\` is of SWAGAN, rosinality’s variant of StyleGAN2 that makes wavelets and not RGB; it is not supported.`,
    { key },
  );
}

/** The average beside the network, or in it where a file has one dict for all; [wDim], or pSp's copy for each layer. */
function withAverage(network: StoredNetwork, beside: ReadonlyMap<string, StoredTensor>): StoredNetwork {
  const average = network.tensors.get(averageName) ?? beside.get(averageName);
  if (average === undefined) return network;
  return { ...network, tensors: new Map([...network.tensors, [averageName, firstRow(average)]]) };
}

function firstRow(stored: StoredTensor): StoredTensor {
  if (stored.shape.length !== 2) return stored;
  return {
    shape: [at(stored.shape, 1)],
    strides: [stored.strides?.[1] ?? 1],
    get dtype() {
      return stored.dtype;
    },
    get bytes() {
      return stored.bytes;
    },
  };
}

function originsOf(network: StoredNetwork, prefix: string): Map<string, TensorOrigin> {
  const origins = new Map<string, TensorOrigin>([
    ['mapping.w_avg', { from: averageName }],
    ['synthesis.b4.const', withoutLeading(network, `${prefix}input.input`, 1)],
  ]);
  // `style.0` normalises z and has no weights.
  const lastDense = largestIndex(network, /^style\.(\d+)\./, prefix)?.index ?? 0;
  for (const layer of denseLayers(lastDense - 1)) {
    for (const part of ['weight', 'bias']) {
      origins.set(`mapping.fc${layer}.${part}`, { from: `${prefix}style.${layer + 1}.${part}` });
    }
  }
  const convolution = (common: string, name: string, noise: number): void => {
    const from = `${prefix}${name}`;
    putModulated(network, origins, `synthesis.${common}`, from);
    origins.set(`synthesis.${common}.bias`, { from: `${from}.activate.bias` });
    origins.set(`synthesis.${common}.noise_strength`, { from: `${from}.noise.weight`, shape: [] });
    origins.set(`synthesis.${common}.noise_const`, withoutLeading(network, `${prefix}noises.noise_${noise}`, 2));
  };
  const rgb = (block: string, name: string): void => {
    putModulated(network, origins, `synthesis.${block}.torgb`, `${prefix}${name}`);
    origins.set(`synthesis.${block}.torgb.bias`, rgbBias(network, `${prefix}${name}.bias`));
  };
  convolution('b4.conv1', 'conv1', 0);
  rgb('b4', 'to_rgb1');
  for (const [index, size] of resolutionsOf(network, prefix).slice(1).entries()) {
    const block = `b${size}`;
    convolution(`${block}.conv0`, `convs.${2 * index}`, 2 * index + 1);
    convolution(`${block}.conv1`, `convs.${2 * index + 1}`, 2 * index + 2);
    rgb(block, `to_rgbs.${index}`);
    origins.set(`synthesis.${block}.conv0.resample_filter`, unitGain(`${prefix}convs.${2 * index}.conv.blur.kernel`));
    origins.set(`synthesis.${block}.resample_filter`, unitGain(`${prefix}to_rgbs.${index}.upsample.kernel`));
  }
  return origins;
}

/** ModulatedConv2d: weight [1, O, I, k, k], scaled by 1/√fan_in when it is used. */
function putModulated(network: StoredNetwork, origins: Map<string, TensorOrigin>, common: string, from: string): void {
  origins.set(`${common}.weight`, withoutLeading(network, `${from}.conv.weight`, 1));
  origins.set(`${common}.affine.weight`, { from: `${from}.conv.modulation.weight` });
  origins.set(`${common}.affine.bias`, { from: `${from}.conv.modulation.bias` });
}

/** ToRGB's bias [1, C, 1, 1]. */
function rgbBias({ tensors }: StoredNetwork, from: string): TensorOrigin {
  const [, channels] = tensors.get(from)?.shape ?? [];
  return channels === undefined ? { from } : { from, shape: [channels] };
}

/** Kernels are stored times 4, the gain of doubling a picture (make_kernel, Upsample and Blur). */
const unitGain = (from: string): TensorOrigin => ({ from, times: 0.25 });

/** Two of `convs` and one of `to_rgbs` for every block after the first; any of them counts. */
function resolutionsOf(network: StoredNetwork, prefix: string): number[] {
  const conv = largestIndex(network, /^convs\.(\d+)\./, prefix);
  const rgb = largestIndex(network, /^to_rgbs\.(\d+)\./, prefix);
  const convBlocks = conv === null ? 0 : Math.floor(conv.index / 2) + 1;
  const rgbBlocks = rgb === null ? 0 : rgb.index + 1;
  const key = (rgbBlocks > convBlocks ? rgb?.key : conv?.key) ?? firstModulation;
  return resolutionsUpTo(4 * 2 ** Math.max(convBlocks, rgbBlocks), key);
}
