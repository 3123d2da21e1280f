import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import { StyleGan2, type StyleGan2Architecture, type StyleGan2Config } from '../models/stylegan2.js';
import type { StoredNetwork } from './checkpoint.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { mappingShapes, mappingSizes } from './mappingLayout.js';
import { missingTensor, shapeOf } from './networkReading.js';
import { readSettings, settingsMetadata, type SourcedSettings } from './stylegan2Settings.js';
import { nameInFile } from './translatedNetwork.js';

/** StyleGAN2 as stylegan2-ada-pytorch and the stylegan3 repository store it; others are translated to these names. */
export const stylegan2Family: GeneratorFamilyReader = {
  title: 'a StyleGAN2 generator with NVIDIA’s PyTorch names',
  recognises: ({ tensors }) => tensors.has('synthesis.b4.const') && tensors.has('synthesis.b4.conv1.weight'),
  describe: (network, metadata) => describeStyleGan2(network, readSettings(network, metadata)),
};

/**
 * Reads sizes off the shapes of a network with the common names, its own or translated to them.
 * @throws GanvasError `unsupported-architecture` when blocks are of no known arrangement, `weights-missing` naming the
 * tensor that a gap lacks, `weights-shape` when sizes contradict each other.
 */
export function describeStyleGan2(network: StoredNetwork, { settings, source }: SourcedSettings): GeneratorDescription {
  const resolution = resolutionOf(network);
  const architecture = architectureOf(network, resolution);
  const config = {
    architecture,
    resolution,
    ...mappingSizes(network, shapeOf(network, 'synthesis.b4.conv1.affine.weight')[1] ?? 0),
    ...rgbSize(network, resolution),
    ...settings,
  };
  const { zDim, wDim, cDim, mappingLayers, convClamp } = config;
  const label = cDim > 0 ? `, ${cDim} classes` : '';
  const clampText = convClamp === null ? 'no clamp' : `clamp ${convClamp}`;
  return {
    config,
    shapes: expectedShapes(network, config),
    network,
    metadata: settingsMetadata(config),
    build: (weights) => new StyleGan2(config, weights),
    notes: [
      `StyleGAN2 (${architecture}) at ${resolution}×${resolution}: blocks b4 … b${resolution}, z ${zDim}, w ${wDim}, ${mappingLayers} mapping layers${label}.`,
      `Activation ${settings.activation}, ${clampText}, mapping learning-rate multiplier ${settings.mappingLrMultiplier}: ${source}.`,
      ...noiseNotes(network),
    ],
  };
}

/** Noise maps are drawn once, at the start of training, and the oldest converted files of rosinality's code lack them. */
function noiseNotes(network: StoredNetwork): string[] {
  const hasNoise = [...network.tensors.keys()].some((name) => name.endsWith('.noise_strength'));
  if (!hasNoise || hasNoiseMaps(network)) return [];
  return ['The file stores no noise maps, so constant noise is no noise; random noise is drawn as for any generator.'];
}

function hasNoiseMaps({ tensors }: StoredNetwork): boolean {
  return [...tensors.keys()].some((name) => name.endsWith('.noise_const'));
}

/** Counts a block by any of its tensors, so that a block which lost some is a gap and not the end of the network. */
function resolutionOf(network: StoredNetwork): number {
  const keys = new Map<number, string>();
  for (const name of network.tensors.keys()) {
    const size = /^synthesis\.b(\d+)\./.exec(name)?.[1];
    if (size !== undefined) keys.set(Number(size), name);
  }
  for (const [size, key] of keys) {
    if (size < 4 || !Number.isInteger(Math.log2(size))) {
      throw unsupportedKey(network, key, 'resolutions are 4, 8, 16 and so on');
    }
  }
  const resolution = Math.max(...keys.keys());
  for (let size = 4; size <= resolution; size *= 2) {
    if (keys.has(size)) continue;
    const missing = nameInFile(network, `synthesis.b${size}.conv1.weight`);
    throw missingTensor(missing, `the network goes up to ${resolution}×${resolution}`);
  }
  return resolution;
}

/**
 * Only `resnet` has skip convolutions, and only `skip` has RGB layers before the last block. Any of them decides, so
 * that one which is missing is reported, and does not make a network of another architecture.
 */
function architectureOf(network: StoredNetwork, resolution: number): StyleGan2Architecture {
  const names = [...network.tensors.keys()];
  const shortcut = names.find((name) => /^synthesis\.b\d+\.skip\./.test(name));
  const earlyRgb = names.find((name) => {
    const size = /^synthesis\.b(\d+)\.torgb\./.exec(name)?.[1];
    return size !== undefined && Number(size) < resolution;
  });
  if (shortcut !== undefined && earlyRgb !== undefined) {
    const reason = `\`${nameInFile(network, shortcut)}\` is of an architecture whose last block alone makes RGB`;
    throw unsupportedKey(network, earlyRgb, reason);
  }
  if (shortcut !== undefined) return 'resnet';
  return earlyRgb !== undefined || resolution === 4 ? 'skip' : 'orig';
}

function rgbSize(network: StoredNetwork, resolution: number): Pick<StyleGan2Config, 'imgChannels'> {
  return { imgChannels: shapeOf(network, `synthesis.b${resolution}.torgb.weight`)[0] ?? 0 };
}

function unsupportedKey(network: StoredNetwork, name: string, reason: string): GanvasError {
  const key = nameInFile(network, name);
  return new GanvasError(
    'unsupported-architecture',
    `The tensor \`${key}\` does not fit a StyleGAN2 generator: ${reason}.`,
    { key },
  );
}

/** Names and shapes that follow from the configuration and the channels of each resolution. */
function expectedShapes(network: StoredNetwork, config: StyleGan2Config): Map<string, Shape> {
  const shapes = mappingShapes(network, config);
  // A label that is normalised together with z is embedded by a matrix alone.
  if (config.labelNormalisation === 'joint') shapes.delete('mapping.embed.bias');
  let channels = shapeOf(network, 'synthesis.b4.const')[0] ?? 0;
  shapes.set('synthesis.b4.const', [channels, 4, 4]);
  for (let size = 4; size <= config.resolution; size *= 2) {
    const outChannels = shapeOf(network, `synthesis.b${size}.conv1.weight`)[0] ?? 0;
    putBlock({ network, config, shapes }, size, channels, outChannels);
    channels = outChannels;
  }
  return shapes;
}

interface Expectation {
  readonly network: StoredNetwork;
  readonly config: StyleGan2Config;
  readonly shapes: Map<string, Shape>;
}

function putBlock(expected: Expectation, size: number, inChannels: number, outChannels: number): void {
  const { network, config, shapes } = expected;
  const { architecture, resolution, imgChannels } = config;
  const block = `synthesis.b${size}`;
  if (size > 4) putConvolution(expected, `${block}.conv0`, size, inChannels, outChannels);
  // The constant may have channels of its own (stylegan2-ada training/networks.py: fmap_const).
  putConvolution(expected, `${block}.conv1`, size, size > 4 ? outChannels : inChannels, outChannels);
  setFilter(network, shapes, block);
  if (size > 4) requireFilter(network, shapes, [`${block}.conv0`, block]);
  if (size > 4 && architecture === 'skip') requireFilter(network, shapes, [block]);
  if (size > 4 && architecture === 'resnet') {
    shapes.set(`${block}.skip.weight`, [outChannels, inChannels, ...kernelOf(network, `${block}.skip.weight`)]);
    setFilter(network, shapes, `${block}.skip`);
    requireFilter(network, shapes, [`${block}.skip`, block]);
  }
  if (architecture === 'skip' || size === resolution) putLayer(expected, `${block}.torgb`, outChannels, imgChannels);
}

function putConvolution(
  expected: Expectation,
  path: string,
  size: number,
  inChannels: number,
  outChannels: number,
): void {
  const { network, shapes } = expected;
  putLayer(expected, path, inChannels, outChannels);
  if (network.tensors.has(`${path}.noise_strength`) || network.tensors.has(`${path}.noise_const`)) {
    shapes.set(`${path}.noise_strength`, []);
    if (hasNoiseMaps(network)) shapes.set(`${path}.noise_const`, [size, size]);
  }
  setFilter(network, shapes, path);
}

function putLayer(
  { network, config, shapes }: Expectation,
  path: string,
  inChannels: number,
  outChannels: number,
): void {
  shapes.set(`${path}.weight`, [outChannels, inChannels, ...kernelOf(network, `${path}.weight`)]);
  shapes.set(`${path}.bias`, [outChannels]);
  shapes.set(`${path}.affine.weight`, [inChannels, config.wDim]);
  shapes.set(`${path}.affine.bias`, [inChannels]);
}

/** Kernel extents as stored: square and odd, or the file is not of this family. */
function kernelOf(network: StoredNetwork, name: string): Shape {
  const [, , height = 0, width = 0] = shapeOf(network, name);
  if (height !== width || height % 2 !== 1) throw unsupportedKey(network, name, `its kernel is ${height}×${width}`);
  return [height, width];
}

/** Filters are stored, never designed again: [n, n], or [n] when separable. */
function setFilter(network: StoredNetwork, shapes: Map<string, Shape>, path: string): void {
  const name = `${path}.resample_filter`;
  const stored = network.tensors.get(name)?.shape;
  if (stored === undefined) return;
  if (stored.length < 1 || stored.length > 2) throw unsupportedKey(network, name, 'a filter has one or two axes');
  shapes.set(name, stored);
}

/** What doubles the resolution needs a filter of its own or, of a block's layers, the block's. */
function requireFilter(
  network: StoredNetwork,
  shapes: ReadonlyMap<string, Shape>,
  paths: readonly [string, ...string[]],
): void {
  if (paths.some((path) => shapes.has(`${path}.resample_filter`))) return;
  throw missingTensor(nameInFile(network, `${paths[0]}.resample_filter`), 'upsampling needs it');
}
