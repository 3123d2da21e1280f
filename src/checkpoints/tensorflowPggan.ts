import type { StoredNetwork } from './checkpoint.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { shapeOf } from './networkReading.js';
import { describePggan } from './pgganLayout.js';
import { kernelOrigin, requireSettings, resolutionsIn, tensorflowSettings } from './tensorflowProgressive.js';
import { translateNetwork, type TensorOrigin } from './translatedNetwork.js';

/** PGGAN of NVIDIA's TensorFlow code: progressive_growing_of_gans networks.py: G_paper. */
export const tensorflowPgganFamily: GeneratorFamilyReader = {
  title: 'a PGGAN generator of NVIDIA’s TensorFlow code',
  recognises: ({ tensors }) => tensors.has('4x4/Dense/weight') && tensors.has('4x4/Conv/weight'),
  describe,
};

function describe(network: StoredNetwork): GeneratorDescription {
  requireSettings(network, {
    normalize_latents: true,
    use_pixelnorm: true,
    pixelnorm_epsilon: 1e-8,
    use_leakyrelu: true,
  });
  const settings = tensorflowSettings(
    network,
    { cDim: 'label_size', weightScaling: 'use_wscale' },
    // Scopes say whether layers are fused; as arguments do, but those have changed their default.
    { cDim: 0, weightScaling: true, fusedScale: isFused(network), finalTanh: false, labelNormalisation: 'joint' },
  );
  return describePggan(translateNetwork(network, originsOf(network)), settings);
}

function isFused({ tensors }: StoredNetwork): boolean {
  return tensors.has('8x8/Conv0_up/weight');
}

function originsOf(network: StoredNetwork): Map<string, TensorOrigin> {
  const sizes = resolutionsIn(network, '');
  const first = isFused(network) ? 'Conv0_up' : 'Conv0';
  const origins = new Map<string, TensorOrigin>([['lod', { from: 'lod' }]]);
  const put = (name: string, scope: string, weight: TensorOrigin): void => {
    origins.set(`${name}.weight`, weight);
    origins.set(`${name}.bias`, { from: `${scope}/bias` });
  };
  sizes.forEach((size, block) => {
    const [dense, scope] = ['4x4/Dense', `${size}x${size}`];
    const [even, odd] = block === 0 ? [dense, '4x4/Conv'] : [`${scope}/${first}`, `${scope}/Conv1`];
    const rgb = `ToRGB_lod${sizes.length - 1 - block}`;
    put(`layer${2 * block}`, even, block === 0 ? denseTo4x4(network, dense) : kernelOrigin(`${even}/weight`));
    put(`layer${2 * block + 1}`, odd, kernelOrigin(`${odd}/weight`));
    put(`output${block}`, rgb, kernelOrigin(`${rgb}/weight`));
  });
  return origins;
}

/** [in, out · 16], the 4×4 pixels innermost, as a kernel that meets its one pixel with the last tap first. */
function denseTo4x4(network: StoredNetwork, scope: string): TensorOrigin {
  const [inputs = 0] = shapeOf(network, `${scope}/weight`);
  const [channels = 0] = shapeOf(network, `${scope}/bias`);
  return { from: `${scope}/weight`, shape: [inputs, channels, 4, 4], permute: [1, 0, 2, 3], flip: [2, 3] };
}
