import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { StoredNetwork } from './checkpoint.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { denseLayers, largestIndex, resolutionsUpTo } from './networkReading.js';
import { otherProjectsDefaults } from './stylegan2Settings.js';
import { describeTranslated, labelOrigin, shapeFrom, withoutLeading } from './stylegan2Translation.js';
import type { TensorOrigin } from './translatedNetwork.js';

/**
 * StyleGAN2 of genforce (models/stylegan2_generator.py), whose weights are those of NVIDIA's TensorFlow networks:
 * up-convolutions are stored turned by 180°, and styles get their 1 when they are used.
 */
export const genforceStylegan2Family: GeneratorFamilyReader = {
  title: 'a StyleGAN2 generator with genforce’s names',
  recognises: ({ tensors }) => {
    const names = [...tensors.keys()];
    // Of genforce's families this alone modulates what makes RGB.
    return names.some((name) => modulatedRgb.test(name)) && names.some((name) => name.startsWith('synthesis.layer0.'));
  },
  describe,
};

const modulatedRgb = /^synthesis\.output\d+\.style\.weight$/;

function describe(network: StoredNetwork): GeneratorDescription {
  checkNotOverwritten(network);
  return describeTranslated(network, originsOf(network), {
    settings: otherProjectsDefaults,
    source: 'the defaults of genforce’s code, as its files do not state them',
    notes: [
      'The names are those of genforce’s StyleGAN2 (`synthesis.layer0.style.weight`, `synthesis.output0.weight` …): turned up-convolutions are turned back, and 1 is added to the biases of styles.',
    ],
  });
}

/** `resnet` registers a skip convolution under the name of the up-convolution before it, which is thereby lost. */
function checkNotOverwritten({ tensors }: StoredNetwork): void {
  const key = 'synthesis.layer1.weight';
  if (!tensors.has(key) || tensors.has('synthesis.layer1.style.weight')) return;
  throw new GanvasError(
    'unsupported-architecture',
    `The tensor \`${key}\` has no style: it is the skip convolution of genforce’s \`resnet\` architecture, which that code stores in place of the up-convolution. What the file would need to make a picture is not in it.`,
    { key },
  );
}

function originsOf(network: StoredNetwork): Map<string, TensorOrigin> {
  const origins = new Map<string, TensorOrigin>([
    ['mapping.w_avg', { from: 'truncation.w_avg' }],
    ['mapping.embed.weight', labelOrigin(network, 'mapping.label_weight')],
    ['synthesis.b4.const', withoutLeading(network, 'synthesis.early_layer.const', 1)],
  ]);
  const lastDense = largestIndex(network, /^mapping\.dense(\d+)\./)?.index ?? -1;
  for (const layer of denseLayers(lastDense)) {
    for (const part of ['weight', 'bias']) {
      origins.set(`mapping.fc${layer}.${part}`, { from: `mapping.dense${layer}.${part}` });
    }
  }
  for (const [index, size] of resolutionsOf(network).entries()) {
    const block = `synthesis.b${size}`;
    if (index > 0) {
      const from = `synthesis.layer${2 * index - 1}`;
      putConvolution(network, origins, `${block}.conv0`, from);
      origins.set(`${block}.conv0.weight`, { from: `${from}.weight`, flip: [2, 3] });
      origins.set(`${block}.conv0.resample_filter`, filterOrigin(network, `${from}.filter.kernel`));
      origins.set(`${block}.resample_filter`, filterOrigin(network, 'synthesis.upsample.kernel'));
    }
    putConvolution(network, origins, `${block}.conv1`, `synthesis.layer${2 * index}`);
    putModulated(origins, `${block}.torgb`, `synthesis.output${index}`);
  }
  return origins;
}

function putModulated(origins: Map<string, TensorOrigin>, common: string, from: string): void {
  origins.set(`${common}.weight`, { from: `${from}.weight` });
  origins.set(`${common}.bias`, { from: `${from}.bias` });
  origins.set(`${common}.affine.weight`, { from: `${from}.style.weight` });
  origins.set(`${common}.affine.bias`, { from: `${from}.style.bias`, plus: 1 });
}

function putConvolution(
  network: StoredNetwork,
  origins: Map<string, TensorOrigin>,
  common: string,
  from: string,
): void {
  putModulated(origins, common, from);
  origins.set(`${common}.noise_strength`, { from: `${from}.noise_strength` });
  origins.set(`${common}.noise_const`, withoutLeading(network, `${from}.noise`, 2));
}

/** Kernels [1, 1, k, k] are stored times 4, the gain of doubling a picture, and correlated with (UpsamplingLayer). */
function filterOrigin(network: StoredNetwork, from: string): TensorOrigin {
  const shape = shapeFrom(network, from, 2);
  return { from, ...(shape === null ? {} : { shape, flip: [0, 1] }), times: 0.25 };
}

/** Two layers for every block after the first, and an output for some of the blocks; any of them counts. */
function resolutionsOf(network: StoredNetwork): number[] {
  const layer = largestIndex(network, /^synthesis\.layer(\d+)\./);
  const output = largestIndex(network, /^synthesis\.output(\d+)\./);
  const blocks = [layer === null ? 0 : Math.ceil(layer.index / 2), output?.index ?? 0];
  const key = (at(blocks, 1) > at(blocks, 0) ? output?.key : layer?.key) ?? 'synthesis.layer0.weight';
  return resolutionsUpTo(4 * 2 ** Math.max(...blocks), key);
}
