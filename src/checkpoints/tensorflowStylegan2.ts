import { GanvasError } from '../engine/errors.js';
import type { StoredNetwork } from './checkpoint.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { activation, badSetting, denseLayers, finite, largestIndex, resolutionsUpTo } from './networkReading.js';
import { readTensor } from './storedTensor.js';
import { otherProjectsDefaults, type StyleGan2Settings } from './stylegan2Settings.js';
import { describeTranslated, labelOrigin, usualKernel, withoutLeading } from './stylegan2Translation.js';
import type { TensorOrigin } from './translatedNetwork.js';

/**
 * StyleGAN2 of NVIDIA's TensorFlow code: stylegan2 training/networks_stylegan2.py (configurations B to F) and stylegan2-ada
 * training/networks.py. Names and layouts as stylegan2-ada-pytorch legacy.py: convert_tf_generator reads them: weights
 * [kh, kw, in, out], up-convolutions turned by 180°, styles that get their 1 when they are used.
 */
export const tensorflowStylegan2Family: GeneratorFamilyReader = {
  title: 'a StyleGAN2 generator of NVIDIA’s TensorFlow code',
  recognises: ({ tensors }) => tensors.has(firstModulation),
  describe,
};

const firstModulation = 'synthesis/4x4/Conv/mod_weight';

function describe(network: StoredNetwork): GeneratorDescription {
  checkGrown(network);
  return describeTranslated(network, originsOf(network), {
    settings: settingsOf(network),
    source: 'read from the network’s static_kwargs, with the defaults of NVIDIA’s code',
    kernel: kernelOf(network.initKwargs),
    notes: [
      `The variables are those of NVIDIA’s TensorFlow StyleGAN2 (\`${firstModulation}\`): axes are put in PyTorch’s order, turned up-convolutions are turned back, and 1 is added to the biases of styles.`,
    ],
  });
}

/** Configurations B to D grow; `lod` counts the doublings that training had still to add. */
function checkGrown(network: StoredNetwork): void {
  const key = 'lod';
  const stored = network.tensors.get(key);
  const [lod = 0] = stored?.shape.length === 0 ? readTensor(stored) : [];
  if (lod === 0 || !isGrowing(network)) return;
  throw new GanvasError(
    'unsupported-architecture',
    `The network was stored while it was growing: \`${key}\` is ${lod}, and 0 was expected, that of one whose last block is trained.`,
    { key },
  );
}

/** `static_kwargs` hold what the training script set; the rest has the code's defaults. */
function settingsOf({ initKwargs, tensors }: StoredNetwork): StyleGan2Settings {
  const stated = (key: string, otherwise: unknown): unknown => initKwargs[key] ?? otherwise;
  if (stated('normalize_latents', true) !== true) {
    throw badSetting('normalize_latents', initKwargs['normalize_latents'], 'true');
  }
  const clamp = stated('conv_clamp', null);
  const { activation: act, mappingActivation, mappingLrMultiplier } = otherProjectsDefaults;
  return {
    ...otherProjectsDefaults,
    convClamp: clamp === null ? null : finite('conv_clamp', clamp),
    activation: activation('nonlinearity', stated('nonlinearity', act)),
    mappingActivation: activation('mapping_nonlinearity', stated('mapping_nonlinearity', mappingActivation)),
    mappingLrMultiplier: finite('mapping_lrmul', stated('mapping_lrmul', mappingLrMultiplier)),
    labelNormalisation: tensors.has('mapping/LabelEmbed/weight') ? 'separate' : 'joint',
  };
}

const mostTaps = 32;

/** `resample_kernel`: a list of numbers; none means a box (dnnlib/tflib/ops/upfirdn_2d.py: upsample_2d). */
function kernelOf({ resample_kernel: kernel }: Readonly<Record<string, unknown>>): readonly number[] {
  if (kernel === undefined) return usualKernel;
  if (kernel === null) return [1, 1];
  if (!Array.isArray(kernel) || kernel.length === 0 || kernel.length > mostTaps) {
    throw badSetting('resample_kernel', kernel, `a list of 1 to ${mostTaps} numbers`);
  }
  return kernel.map((tap) => finite('resample_kernel', tap));
}

function originsOf(network: StoredNetwork): Map<string, TensorOrigin> {
  const origins = new Map<string, TensorOrigin>([
    ['mapping.w_avg', { from: 'dlatent_avg' }],
    ...embedOrigins(network),
    ['synthesis.b4.const', withoutLeading(network, 'synthesis/4x4/Const/const', 1)],
  ]);
  const lastDense = largestIndex(network, /^mapping\/Dense(\d+)\//)?.index ?? -1;
  for (const layer of denseLayers(lastDense)) {
    origins.set(`mapping.fc${layer}.weight`, { from: `mapping/Dense${layer}/weight`, permute: [1, 0] });
    origins.set(`mapping.fc${layer}.bias`, { from: `mapping/Dense${layer}/bias` });
  }
  const sizes = resolutionsOf(network);
  for (const [index, size] of sizes.entries()) {
    const [block, scope] = [`synthesis.b${size}`, `synthesis/${size}x${size}`];
    if (index > 0) {
      putConvolution(network, origins, { common: `${block}.conv0`, from: `${scope}/Conv0_up`, noise: 2 * index - 1 });
      origins.set(`${block}.conv0.weight`, turnedKernel(`${scope}/Conv0_up/weight`));
      origins.set(`${block}.skip.weight`, turnedKernel(`${scope}/Skip/weight`));
    }
    const last = index === 0 ? 'Conv' : 'Conv1';
    putConvolution(network, origins, { common: `${block}.conv1`, from: `${scope}/${last}`, noise: 2 * index });
    putModulated(origins, `${block}.torgb`, rgbScope(network, scope, index === sizes.length - 1));
  }
  return origins;
}

/** stylegan2-ada embeds a label by a dense layer, stylegan2 before it by a matrix as it is. */
function embedOrigins(network: StoredNetwork): [string, TensorOrigin][] {
  if (network.tensors.has('mapping/LabelConcat/weight')) {
    return [['mapping.embed.weight', labelOrigin(network, 'mapping/LabelConcat/weight')]];
  }
  return [
    ['mapping.embed.weight', { from: 'mapping/LabelEmbed/weight', permute: [1, 0] }],
    ['mapping.embed.bias', { from: 'mapping/LabelEmbed/bias' }],
  ];
}

/** Growing networks have an RGB layer for each level of detail, of which the finest makes the picture. */
function rgbScope(network: StoredNetwork, scope: string, isLast: boolean): string {
  return isLast && isGrowing(network) ? 'synthesis/ToRGB_lod0' : `${scope}/ToRGB`;
}

function isGrowing({ tensors }: StoredNetwork): boolean {
  return [...tensors.keys()].some((name) => name.startsWith('synthesis/ToRGB_lod'));
}

const kernelAxes: readonly number[] = [3, 2, 0, 1];

const turnedKernel = (from: string): TensorOrigin => ({ from, permute: kernelAxes, flip: [2, 3] });

function putModulated(origins: Map<string, TensorOrigin>, common: string, from: string): void {
  origins.set(`${common}.weight`, { from: `${from}/weight`, permute: kernelAxes });
  origins.set(`${common}.bias`, { from: `${from}/bias` });
  origins.set(`${common}.affine.weight`, { from: `${from}/mod_weight`, permute: [1, 0] });
  origins.set(`${common}.affine.bias`, { from: `${from}/mod_bias`, plus: 1 });
}

function putConvolution(
  network: StoredNetwork,
  origins: Map<string, TensorOrigin>,
  { common, from, noise }: { readonly common: string; readonly from: string; readonly noise: number },
): void {
  putModulated(origins, common, from);
  origins.set(`${common}.noise_strength`, { from: `${from}/noise_strength` });
  origins.set(`${common}.noise_const`, withoutLeading(network, `synthesis/noise${noise}`, 2));
}

function resolutionsOf(network: StoredNetwork): number[] {
  const last = largestIndex(network, /^synthesis\/(\d+)x\1\//);
  return resolutionsUpTo(last?.index ?? 4, last?.key ?? firstModulation);
}
