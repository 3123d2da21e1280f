import type { StoredNetwork } from './checkpoint.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { denseLayers, largestIndex } from './networkReading.js';
import { describeStyleGan } from './styleganLayout.js';
import {
  denseOrigin,
  kernelOrigin,
  requireSettings,
  resolutionsIn,
  tensorflowSettings,
} from './tensorflowProgressive.js';
import { translateNetwork, type TensorOrigin } from './translatedNetwork.js';

/** StyleGAN (v1) of NVIDIA's TensorFlow code: stylegan training/networks_stylegan.py: G_style. */
export const tensorflowStyleganFamily: GeneratorFamilyReader = {
  title: 'a StyleGAN (v1) generator of NVIDIA’s TensorFlow code',
  recognises: ({ tensors }) => tensors.has('synthesis/4x4/Conv/StyleMod/weight'),
  describe,
};

function describe(network: StoredNetwork): GeneratorDescription {
  requireSettings(network, {
    normalize_latents: true,
    mapping_nonlinearity: 'lrelu',
    nonlinearity: 'lrelu',
    const_input_layer: true,
    use_styles: true,
    use_instance_norm: true,
    use_pixel_norm: false,
  });
  const settings = tensorflowSettings(
    network,
    {
      mappingLrMultiplier: 'mapping_lrmul',
      fusedScale: 'fused_scale',
      blur: 'blur_filter',
      weightScaling: 'use_wscale',
    },
    { weightScaling: true, finalTanh: false },
  );
  return describeStyleGan(translateNetwork(network, originsOf(network)), settings);
}

function originsOf(network: StoredNetwork): Map<string, TensorOrigin> {
  const origins = new Map<string, TensorOrigin>([
    ['synthesis.lod', { from: 'lod' }],
    ['truncation.w_avg', { from: 'dlatent_avg' }],
    ['mapping.label_weight', { from: 'mapping/LabelConcat/weight' }],
    ['synthesis.layer0.const', { from: 'synthesis/4x4/Const/const' }],
  ]);
  const lastDense = largestIndex(network, /^mapping\/Dense(\d+)\//)?.index ?? -1;
  for (const index of denseLayers(lastDense)) {
    origins.set(`mapping.dense${index}.weight`, denseOrigin(`mapping/Dense${index}/weight`));
    origins.set(`mapping.dense${index}.bias`, { from: `mapping/Dense${index}/bias` });
  }
  const sizes = resolutionsIn(network, 'synthesis/');
  sizes.forEach((size, block) => {
    const scope = `synthesis/${size}x${size}`;
    const [even, odd] = block === 0 ? ['Const', 'Conv'] : ['Conv0_up', 'Conv1'];
    putLayer(origins, 2 * block, `${scope}/${even}`);
    putLayer(origins, 2 * block + 1, `${scope}/${odd}`);
    const rgb = `synthesis/ToRGB_lod${sizes.length - 1 - block}`;
    origins.set(`synthesis.output${block}.weight`, kernelOrigin(`${rgb}/weight`));
    origins.set(`synthesis.output${block}.bias`, { from: `${rgb}/bias` });
  });
  return origins;
}

function putLayer(origins: Map<string, TensorOrigin>, index: number, scope: string): void {
  const name = `synthesis.layer${index}`;
  if (index > 0) origins.set(`${name}.weight`, kernelOrigin(`${scope}/weight`));
  origins.set(`${name}.bias`, { from: `${scope}/bias` });
  origins.set(`${name}.apply_noise.weight`, { from: `${scope}/Noise/weight` });
  origins.set(`${name}.apply_noise.noise`, { from: `synthesis/noise${index}` });
  origins.set(`${name}.style.weight`, denseOrigin(`${scope}/StyleMod/weight`));
  origins.set(`${name}.style.bias`, { from: `${scope}/StyleMod/bias` });
}
