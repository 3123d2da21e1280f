import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import type { PgganDiscriminatorConfig } from '../models/pgganDiscriminator.js';
import type { StoredNetwork } from './checkpoint.js';
import { layerCount, missingTensor, shapeOf } from './networkReading.js';
import { looksUnscaled } from './progressiveLayout.js';
import { StatedSettings } from './statedSettings.js';
import { readTensor } from './storedTensor.js';
import { denseOrigin, kernelOrigin, resolutionsIn, tensorflowSettings } from './tensorflowProgressive.js';
import { nameInFile, translateNetwork, type TensorOrigin } from './translatedNetwork.js';

/** A PGGAN discriminator as its weights describe it, under genforce's names. */
export interface PgganDiscriminatorDescription {
  readonly config: PgganDiscriminatorConfig;
  /** Every tensor that the configuration needs, with the shape it must have. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly network: StoredNetwork;
}

/** Of the reference. */
const defaultGroupSize = 4;

/** The discriminators of PGGAN as genforce's and NVIDIA's TensorFlow code store them. StyleGAN's, alike but for a filter, are not. */
export function isPgganDiscriminator(network: StoredNetwork): boolean {
  return isGenforce(network) || isTensorflow(network);
}

function isGenforce({ tensors }: StoredNetwork): boolean {
  const isFiltered = [...tensors.keys()].some((name) => name.endsWith('.blur.kernel'));
  return tensors.get('input0.weight')?.shape.length === 4 && tensors.has('layer0.weight') && !isFiltered;
}

function isTensorflow({ tensors, className }: StoredNetwork): boolean {
  const names = ['FromRGB_lod0/weight', '4x4/Conv/weight', '4x4/Dense0/weight', '4x4/Dense1/weight'];
  return names.every((name) => tensors.has(name)) && className !== 'D_basic';
}

/**
 * Reads sizes off the shapes, and settings off `static_kwargs` where the file has some.
 * @throws GanvasError `unsupported-architecture` when it was stored while it grew, `weights-missing`.
 */
export function describePgganDiscriminator(stored: StoredNetwork): PgganDiscriminatorDescription {
  const isTf = isTensorflow(stored);
  const network = isTf ? translateNetwork(stored, originsOf(stored)) : stored;
  const settings = isTf
    ? tensorflowSettings(
        stored,
        { weightScaling: 'use_wscale', mbstdGroupSize: 'mbstd_group_size' },
        { weightScaling: true, fusedScale: isFused(stored) },
      )
    : new StatedSettings(new Map(), null);
  checkGrown(stored);
  const layers = layersOf(network);
  const halvings = (layers - 3) / 2;
  const [channels = 0, inputs = 0] = shapeOf(network, `layer${2 * halvings}.weight`);
  const config: PgganDiscriminatorConfig = {
    resolution: 4 * 2 ** halvings,
    imgChannels: shapeOf(network, 'input0.weight')[1] ?? 0,
    fusedScale: settings.flag('fusedScale') ?? false,
    weightScaling: settings.flag('weightScaling') ?? looksUnscaled(network, 'layer0.weight'),
    mbstdGroupSize: inputs > channels ? (settings.number('mbstdGroupSize') ?? defaultGroupSize) : null,
  };
  return { config, shapes: expectedShapes(network, config, halvings), network };
}

/** Two for each resolution, and a third for the last: an odd number. */
function layersOf(network: StoredNetwork): number {
  const layers = layerCount(network, 'layer');
  if (layers >= 5 && layers % 2 === 1) return layers;
  throw missingTensor(
    nameInFile(network, `layer${layers}.weight`),
    'a PGGAN discriminator ends in three layers of 4×4',
  );
}

function checkGrown({ tensors }: StoredNetwork): void {
  const stored = tensors.get('lod');
  const lod = stored === undefined ? 0 : (readTensor(stored)[0] ?? 0);
  if (lod === 0) return;
  throw new GanvasError(
    'unsupported-architecture',
    `The discriminator was stored while it was growing: \`lod\` is ${lod}, and 0 was expected, that of one whose first block is trained.`,
    { key: 'lod' },
  );
}

function isFused({ tensors }: StoredNetwork): boolean {
  return tensors.has('8x8/Conv1_down/weight');
}

function originsOf(network: StoredNetwork): Map<string, TensorOrigin> {
  const origins = new Map<string, TensorOrigin>();
  const put = (name: string, scope: string, origin: (from: string) => TensorOrigin): void => {
    origins.set(`${name}.weight`, origin(`${scope}/weight`));
    origins.set(`${name}.bias`, { from: `${scope}/bias` });
  };
  put('input0', 'FromRGB_lod0', kernelOrigin);
  const sizes = [...resolutionsIn(network, '')].reverse();
  const last = 2 * (sizes.length - 1);
  const second = isFused(network) ? 'Conv1_down' : 'Conv1';
  sizes.slice(0, -1).forEach((size, block) => {
    put(`layer${2 * block}`, `${size}x${size}/Conv0`, kernelOrigin);
    put(`layer${2 * block + 1}`, `${size}x${size}/${second}`, kernelOrigin);
  });
  put(`layer${last}`, '4x4/Conv', kernelOrigin);
  put(`layer${last + 1}`, '4x4/Dense0', denseOrigin);
  put(`layer${last + 2}`, '4x4/Dense1', denseOrigin);
  return origins;
}

function expectedShapes(
  network: StoredNetwork,
  { imgChannels, mbstdGroupSize }: PgganDiscriminatorConfig,
  halvings: number,
): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  const layer = (name: string, inputs: number, kernel: Shape): number => {
    const [channels = 0] = shapeOf(network, `${name}.weight`);
    shapes.set(`${name}.weight`, [channels, inputs, ...kernel]);
    shapes.set(`${name}.bias`, [channels]);
    return channels;
  };
  let channels = layer('input0', imgChannels, [1, 1]);
  for (let index = 0; index < 2 * halvings; index++) channels = layer(`layer${index}`, channels, [3, 3]);
  const deviation = mbstdGroupSize === null ? 0 : 1;
  channels = layer(`layer${2 * halvings}`, channels + deviation, [3, 3]);
  channels = layer(`layer${2 * halvings + 1}`, channels * 16, []);
  layer(`layer${2 * halvings + 2}`, channels, []);
  return shapes;
}
