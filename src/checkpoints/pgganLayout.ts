import type { Shape } from '../engine/shape.js';
import { Pggan, type PgganConfig } from '../models/pggan.js';
import type { StoredNetwork } from './checkpoint.js';
import { generatorMetadataKey, type GeneratorDescription, type GeneratorFamilyReader } from './generatorFamily.js';
import { badSetting, oneOf, shapeOf } from './networkReading.js';
import { blocksOf, blocksShown, lodOf, looksUnscaled, scalingText } from './progressiveLayout.js';
import { StatedSettings } from './statedSettings.js';

const labelNormalisations = ['joint', 'z-first'] as const;

/** PGGAN as genforce stores it, and as converted files do; others are translated to these names. */
export const pgganFamily: GeneratorFamilyReader = {
  title: 'a PGGAN generator with genforce’s names',
  recognises: ({ tensors }) => {
    const first = tensors.get('layer0.weight')?.shape ?? [];
    return first.length === 4 && first[2] === 4 && first[3] === 4 && tensors.has('output0.weight');
  },
  describe: (network, metadata) => describePggan(network, StatedSettings.ofMetadata(metadata)),
};

/**
 * Reads sizes off the shapes of a network with genforce's names, its own or translated to them. What is not stated is
 * told by shapes and sizes where they can, and else has the default of genforce models/pggan_generator.py.
 * @throws GanvasError `unsupported-architecture`, `weights-missing`.
 */
export function describePggan(network: StoredNetwork, settings: StatedSettings): GeneratorDescription {
  const blocks = blocksOf(network, 'layer');
  const lod = lodOf(network, settings, blocks);
  const [lastShown = 0] = blocksShown(blocks, lod).slice(-1);
  const normalisation = settings.value('labelNormalisation') ?? 'z-first';
  const config: PgganConfig = {
    ...latentSizes(network, settings),
    resolution: 4 * 2 ** (blocks - 1),
    imgChannels: shapeOf(network, `output${lastShown}.weight`)[0] ?? 0,
    fusedScale: settings.flag('fusedScale') ?? fusedByShapes(network, blocks) ?? false,
    weightScaling: settings.flag('weightScaling') ?? looksUnscaled(network, 'layer1.weight'),
    finalTanh: settings.flag('finalTanh') ?? false,
    lod,
    labelNormalisation: oneOf('labelNormalisation', normalisation, labelNormalisations),
  };
  return {
    config: { ...config },
    shapes: expectedShapes(network, config, blocks),
    network,
    metadata: { [generatorMetadataKey]: JSON.stringify({ family: 'pggan', ...statedOf(config) }) },
    build: (weights) => new Pggan(config, weights),
    notes: notesOf(config, settings),
  };
}

/** What the tensors of a converted file do not say. */
function statedOf(config: PgganConfig): Partial<PgganConfig> {
  const { cDim, fusedScale, weightScaling, finalTanh, labelNormalisation } = config;
  return { cDim, fusedScale, weightScaling, finalTanh, labelNormalisation };
}

function notesOf(config: PgganConfig, settings: StatedSettings): string[] {
  const { source } = settings;
  const { resolution, zDim, cDim, fusedScale, weightScaling, finalTanh, lod } = config;
  const label = cDim > 0 ? `, ${cDim} classes` : '';
  const grown = lod === 0 ? '' : `, level of detail ${lod}`;
  const doubling = fusedScale ? 'Doubling and convolution in one' : 'Pixels repeated, then convolution';
  const known =
    source ?? 'told by the shapes and sizes of the weights where they can, else the defaults of the reference';
  const guess =
    'The file does not say how many classes there are: what the first layer reads beyond its own width is taken for a label.';
  return [
    `PGGAN at ${resolution}×${resolution}: z ${zDim}${label}${grown}.`,
    ...(cDim > 0 && settings.number('cDim') === undefined ? [guess] : []),
    `${doubling}, ${scalingText(weightScaling)}, ${finalTanh ? 'tanh at the end' : 'no tanh'}: ${known}.`,
  ];
}

/** A label lengthens z, which is otherwise as long as the first layer is wide. */
function latentSizes(network: StoredNetwork, settings: StatedSettings): Pick<PgganConfig, 'zDim' | 'cDim'> {
  const [channels = 0, inputs = 0] = shapeOf(network, 'layer0.weight');
  const cDim = settings.number('cDim') ?? Math.max(inputs - channels, 0);
  if (Number.isInteger(cDim) && cDim >= 0 && cDim < inputs) return { cDim, zDim: inputs - cDim };
  throw badSetting('cDim', cDim, `a whole number below the ${inputs} that \`layer0.weight\` takes`);
}

/** Fused layers are stored [in, out], others [out, in]: a layer that changes the number of channels tells. */
function fusedByShapes(network: StoredNetwork, blocks: number): boolean | null {
  for (let block = 1; block < blocks; block++) {
    const [before = 0] = shapeOf(network, `layer${2 * block - 1}.weight`);
    const [after = 0] = shapeOf(network, `layer${2 * block + 1}.weight`);
    if (before !== after) return shapeOf(network, `layer${2 * block}.weight`)[0] === before;
  }
  return null;
}

function expectedShapes(network: StoredNetwork, config: PgganConfig, blocks: number): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  const { zDim, cDim, fusedScale, imgChannels, lod } = config;
  const layer = (name: string, weight: Shape, channels: number): void => {
    shapes.set(`${name}.weight`, weight);
    shapes.set(`${name}.bias`, [channels]);
  };
  if (network.tensors.has('lod')) shapes.set('lod', []);
  const shown = blocksShown(blocks, lod);
  let before = 0;
  for (let block = 0; block < blocks; block++) {
    const [channels = 0] = shapeOf(network, `layer${2 * block + 1}.weight`);
    const doubling = fusedScale ? [before, channels, 3, 3] : [channels, before, 3, 3];
    layer(`layer${2 * block}`, block === 0 ? [channels, zDim + cDim, 4, 4] : doubling, channels);
    layer(`layer${2 * block + 1}`, [channels, channels, 3, 3], channels);
    const rgb = `output${block}`;
    if (shown.includes(block) || network.tensors.has(`${rgb}.weight`)) {
      layer(rgb, [imgChannels, channels, 1, 1], imgChannels);
    }
    before = channels;
  }
  return shapes;
}
