import type { Shape } from '../engine/shape.js';
import { StyleGan, type StyleGanConfig } from '../models/stylegan.js';
import type { StoredNetwork } from './checkpoint.js';
import { generatorMetadataKey, type GeneratorDescription, type GeneratorFamilyReader } from './generatorFamily.js';
import { badSetting, finite, layerCount, missingTensor, shapeOf } from './networkReading.js';
import { blocksOf, blocksShown, lodOf, looksUnscaled, scalingText } from './progressiveLayout.js';
import { StatedSettings } from './statedSettings.js';
import { nameInFile } from './translatedNetwork.js';

/** Defaults of stylegan training/networks_stylegan.py and of genforce models/stylegan_generator.py. */
const defaults = { mappingLrMultiplier: 0.01, fusedScale: 'auto', blur: [1, 2, 1] } as const;

/** StyleGAN (v1) as genforce stores it, and as converted files do; others are translated to these names. */
export const styleganFamily: GeneratorFamilyReader = {
  title: 'a StyleGAN (v1) generator with genforce’s names',
  recognises: ({ tensors }) => tensors.has('synthesis.layer0.const') && tensors.has('synthesis.layer0.style.weight'),
  describe: (network, metadata) => describeStyleGan(network, StatedSettings.ofMetadata(metadata)),
};

/**
 * Reads sizes off the shapes of a network with genforce's names, its own or translated to them.
 * @throws GanvasError `unsupported-architecture`, `weights-missing`.
 */
export function describeStyleGan(network: StoredNetwork, settings: StatedSettings): GeneratorDescription {
  const blocks = blocksOf(network, 'synthesis.layer');
  const lod = lodOf(network, settings, blocks);
  const [lastShown = 0] = blocksShown(blocks, lod).slice(-1);
  const config: StyleGanConfig = {
    ...mappingSizes(network),
    mappingLrMultiplier: settings.number('mappingLrMultiplier') ?? defaults.mappingLrMultiplier,
    resolution: 4 * 2 ** (blocks - 1),
    imgChannels: shapeOf(network, `synthesis.output${lastShown}.weight`)[0] ?? 0,
    fusedScale: fusedScale(settings.value('fusedScale')),
    blur: blurTaps(settings.value('blur')),
    weightScaling: settings.flag('weightScaling') ?? looksUnscaled(network, 'synthesis.layer1.weight'),
    finalTanh: settings.flag('finalTanh') ?? false,
    lod,
  };
  return {
    config: { ...config, blur: config.blur?.join(' ') ?? null },
    shapes: expectedShapes(network, config, blocks),
    network,
    metadata: { [generatorMetadataKey]: JSON.stringify({ family: 'stylegan', ...statedOf(config) }) },
    build: (weights) => new StyleGan(config, weights),
    notes: notesOf(config, settings),
  };
}

/** What the tensors of a converted file do not say. */
function statedOf(config: StyleGanConfig): Partial<StyleGanConfig> {
  const { mappingLrMultiplier, fusedScale, blur, weightScaling, finalTanh } = config;
  return { mappingLrMultiplier, fusedScale, blur, weightScaling, finalTanh };
}

function notesOf(config: StyleGanConfig, { source }: StatedSettings): string[] {
  const { resolution, zDim, wDim, cDim, mappingLayers, lod, weightScaling } = config;
  const label = cDim > 0 ? `, ${cDim} classes` : '';
  const grown = lod === 0 ? '' : `, level of detail ${lod}`;
  const fused = { true: 'all', false: 'none', auto: 'those from 128×128 up' }[`${config.fusedScale}`];
  const known = source ?? 'told by the sizes of the weights where they can, else the defaults of the reference';
  return [
    `StyleGAN (v1) at ${resolution}×${resolution}: z ${zDim}, w ${wDim}, ${mappingLayers} mapping layers${label}${grown}.`,
    `Of the doubling layers ${fused} fused, ${scalingText(weightScaling)}, mapping learning-rate multiplier ${config.mappingLrMultiplier}: ${known}.`,
  ];
}

function fusedScale(value: unknown): StyleGanConfig['fusedScale'] {
  if (value === undefined) return defaults.fusedScale;
  if (typeof value === 'boolean' || value === 'auto') return value;
  throw badSetting('fusedScale', value, 'true, false or "auto"');
}

function blurTaps(value: unknown): readonly number[] | null {
  if (value === undefined) return defaults.blur;
  if (value === null) return null;
  if (!Array.isArray(value) || value.length % 2 === 0) throw badSetting('blur', value, 'an odd number of taps');
  return value.map((tap: unknown) => finite('blur', tap));
}

function mappingSizes(network: StoredNetwork): Pick<StyleGanConfig, 'zDim' | 'wDim' | 'cDim' | 'mappingLayers'> {
  const mappingLayers = layerCount(network, 'mapping.dense');
  const wDim = shapeOf(network, 'synthesis.layer0.style.weight')[1] ?? 0;
  const inputs = mappingLayers === 0 ? wDim : (shapeOf(network, 'mapping.dense0.weight')[1] ?? 0);
  const label = network.tensors.get('mapping.label_weight')?.shape;
  if (label === undefined) return { zDim: inputs, wDim, cDim: 0, mappingLayers };
  // A class is embedded in as many numbers as z has.
  const [cDim = 0, zDim = 0] = label;
  return { zDim, wDim, cDim, mappingLayers };
}

function expectedShapes(network: StoredNetwork, config: StyleGanConfig, blocks: number): Map<string, Shape> {
  const shapes = mappingShapes(network, config);
  const { wDim, imgChannels, lod } = config;
  if (network.tensors.has('synthesis.lod')) shapes.set('synthesis.lod', []);
  const shown = blocksShown(blocks, lod);
  let before = shapeOf(network, 'synthesis.layer0.const')[1] ?? 0;
  for (let index = 0; index < 2 * blocks; index++) {
    const path = `synthesis.layer${index}`;
    const [block, isSecond] = [Math.floor(index / 2), index % 2 === 1];
    const channels = index === 0 ? before : (shapeOf(network, `${path}.weight`)[0] ?? 0);
    if (index === 0) shapes.set(`${path}.const`, [1, channels, 4, 4]);
    else shapes.set(`${path}.weight`, [channels, before, 3, 3]);
    shapes.set(`${path}.bias`, [channels]);
    shapes.set(`${path}.style.weight`, [2 * channels, wDim]);
    shapes.set(`${path}.style.bias`, [2 * channels]);
    noiseShapes(network, shapes, path, [channels, 4 * 2 ** block]);
    const rgb = `synthesis.output${block}`;
    if (isSecond && (shown.includes(block) || network.tensors.has(`${rgb}.weight`))) {
      shapes.set(`${rgb}.weight`, [imgChannels, channels, 1, 1]);
      shapes.set(`${rgb}.bias`, [imgChannels]);
    }
    before = channels;
  }
  return shapes;
}

/** Networks may be trained without noise; a weight without its map, or the reverse, is a gap. */
function noiseShapes(
  network: StoredNetwork,
  shapes: Map<string, Shape>,
  path: string,
  [channels, size]: readonly [number, number],
): void {
  const [weight, map] = [`${path}.apply_noise.weight`, `${path}.apply_noise.noise`];
  if (!network.tensors.has(weight) && !network.tensors.has(map)) return;
  shapes.set(weight, [channels]);
  shapes.set(map, [1, 1, size, size]);
}

function mappingShapes(network: StoredNetwork, config: StyleGanConfig): Map<string, Shape> {
  const { zDim, wDim, cDim, mappingLayers } = config;
  const shapes = new Map<string, Shape>();
  if (cDim > 0) shapes.set('mapping.label_weight', [cDim, zDim]);
  let features = cDim > 0 ? 2 * zDim : zDim;
  for (let index = 0; index < mappingLayers; index++) {
    const name = `mapping.dense${index}`;
    if (!network.tensors.has(`${name}.weight`))
      throw missingTensor(nameInFile(network, `${name}.weight`), 'later mapping layers are there');
    const channels = index === mappingLayers - 1 ? wDim : (shapeOf(network, `${name}.weight`)[0] ?? 0);
    shapes.set(`${name}.weight`, [channels, features]);
    shapes.set(`${name}.bias`, [channels]);
    features = channels;
  }
  if (network.tensors.has('truncation.w_avg')) shapes.set('truncation.w_avg', [wDim]);
  return shapes;
}
