import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import type { StyleGan2Architecture, StyleGan2Config } from '../models/stylegan2.js';
import type { Activation } from '../ops/activations.js';
import type { StoredNetwork } from './checkpoint.js';
import { activation, badSetting, finite, missingTensor, shapeOf } from './networkReading.js';

/** A StyleGAN2 generator as its weights describe it. */
export interface StyleGan2Description {
  readonly config: StyleGan2Config;
  /** Every tensor that the configuration needs, with the shape it must have. */
  readonly shapes: ReadonlyMap<string, Shape>;
  readonly notes: readonly string[];
}

/** Metadata of a converted file: what the tensors do not determine, as JSON. */
export const generatorMetadataKey = 'ganvas-generator';

const defaultMappingLrMultiplier = 0.01;

export function isStyleGan2({ tensors }: StoredNetwork): boolean {
  return tensors.has('synthesis.b4.const') && tensors.has('synthesis.b4.conv1.weight');
}

/** Settings that leave no trace in the shapes, from wherever the file keeps them. */
interface Settings {
  readonly convClamp: number | null;
  readonly activation: Activation;
  readonly mappingActivation: Activation;
  readonly mappingLrMultiplier: number;
  /** Where they came from, in words. */
  readonly source: string;
}

/**
 * Reads sizes off the shapes, and settings off module attributes (NVIDIA pickles) or metadata (converted files).
 * @throws GanvasError `unsupported-architecture` when blocks are of no known arrangement or a setting is of a kind we do
 * not know, `weights-missing` naming the tensor that a gap lacks, `weights-shape` when sizes contradict each other.
 */
export function describeStyleGan2(
  network: StoredNetwork,
  metadata: Readonly<Record<string, string>>,
): StyleGan2Description {
  const resolution = resolutionOf(network);
  const settings = readSettings(network, metadata);
  const { source, ...chosen } = settings;
  const architecture = architectureOf(network, resolution);
  const config: StyleGan2Config = {
    architecture,
    resolution,
    ...mappingSizes(network),
    ...rgbSize(network, resolution),
    ...chosen,
  };
  const { zDim, wDim, cDim, mappingLayers, convClamp } = config;
  const label = cDim > 0 ? `, ${cDim} classes` : '';
  const clampText = convClamp === null ? 'no clamp' : `clamp ${convClamp}`;
  return {
    config,
    shapes: expectedShapes(network, config),
    notes: [
      `StyleGAN2 (${architecture}) at ${resolution}×${resolution}: blocks b4 … b${resolution}, z ${zDim}, w ${wDim}, ${mappingLayers} mapping layers${label}.`,
      `Activation ${settings.activation}, ${clampText}, mapping learning-rate multiplier ${settings.mappingLrMultiplier}: ${source}.`,
    ],
  };
}

/** What `convert` writes beside the tensors, so that the converted file renders the same pictures. */
export function generatorMetadata({
  activation,
  convClamp,
  mappingActivation,
  mappingLrMultiplier,
}: StyleGan2Config): Record<string, string> {
  const settings = { family: 'stylegan2', activation, convClamp, mappingActivation, mappingLrMultiplier };
  return { [generatorMetadataKey]: JSON.stringify(settings) };
}

/** Counts a block by any of its tensors, so that a block which lost some is a gap and not the end of the network. */
function resolutionOf({ tensors }: StoredNetwork): number {
  const keys = new Map<number, string>();
  for (const name of tensors.keys()) {
    const size = /^synthesis\.b(\d+)\./.exec(name)?.[1];
    if (size !== undefined) keys.set(Number(size), name);
  }
  const resolution = Math.max(...keys.keys());
  for (const [size, key] of keys) {
    if (size < 4 || !Number.isInteger(Math.log2(size))) throw unsupportedKey(key, 'resolutions are 4, 8, 16 and so on');
  }
  for (let size = 4; size <= resolution; size *= 2) {
    if (!keys.has(size))
      throw missingTensor(`synthesis.b${size}.conv1.weight`, `the network goes up to block b${resolution}`);
  }
  return resolution;
}

/**
 * Only `resnet` has skip convolutions, and only `skip` has RGB layers before the last block. Any of them decides, so
 * that one which is missing is reported, and does not make a network of another architecture.
 */
function architectureOf({ tensors }: StoredNetwork, resolution: number): StyleGan2Architecture {
  const names = [...tensors.keys()];
  const shortcut = names.find((name) => /^synthesis\.b\d+\.skip\./.test(name));
  const earlyRgb = names.find((name) => {
    const size = /^synthesis\.b(\d+)\.torgb\./.exec(name)?.[1];
    return size !== undefined && Number(size) < resolution;
  });
  if (shortcut !== undefined && earlyRgb !== undefined) {
    throw unsupportedKey(earlyRgb, `\`${shortcut}\` is of an architecture whose last block alone makes RGB`);
  }
  if (shortcut !== undefined) return 'resnet';
  return earlyRgb !== undefined || resolution === 4 ? 'skip' : 'orig';
}

function mappingSizes(network: StoredNetwork): Pick<StyleGan2Config, 'zDim' | 'wDim' | 'cDim' | 'mappingLayers'> {
  let mappingLayers = 0;
  while (network.tensors.has(`mapping.fc${mappingLayers}.weight`)) mappingLayers++;
  checkNothingBeyond(network, mappingLayers);
  const embed = network.tensors.get('mapping.embed.weight')?.shape;
  const [cDim, embedFeatures] = embed === undefined ? [0, 0] : [embed[1] ?? 0, embed[0] ?? 0];
  const wDim = shapeOf(network, 'synthesis.b4.conv1.affine.weight')[1] ?? 0;
  const inFeatures = mappingLayers === 0 ? wDim : (shapeOf(network, 'mapping.fc0.weight')[1] ?? 0);
  const zDim = inFeatures - embedFeatures;
  if (zDim < 0) {
    throw new GanvasError(
      'weights-shape',
      `The mapping takes ${inFeatures} numbers, fewer than the ${embedFeatures} that \`mapping.embed.weight\` makes of a class; they must hold those and z.`,
      { key: 'mapping.embed.weight', found: embedFeatures, expected: `at most ${inFeatures}` },
    );
  }
  return { zDim, wDim, cDim, mappingLayers };
}

/** A layer after a gap means that one is missing, not that the network is shorter. */
function checkNothingBeyond({ tensors }: StoredNetwork, mappingLayers: number): void {
  for (const name of tensors.keys()) {
    const index = /^mapping\.fc(\d+)\./.exec(name)?.[1];
    if (index === undefined || Number(index) < mappingLayers) continue;
    throw missingTensor(`mapping.fc${mappingLayers}.weight`, `\`${name}\` is there, which comes after it`);
  }
}

function rgbSize(network: StoredNetwork, resolution: number): Pick<StyleGan2Config, 'imgChannels'> {
  return { imgChannels: shapeOf(network, `synthesis.b${resolution}.torgb.weight`)[0] ?? 0 };
}

function readSettings(network: StoredNetwork, metadata: Readonly<Record<string, string>>): Settings {
  const converted = metadata[generatorMetadataKey];
  if (converted !== undefined) return settingsFromJson(converted);
  if (network.attributes.has('synthesis.b4.conv1.activation')) return settingsFromAttributes(network);
  return settingsFromMetadata(metadata);
}

/** Attributes of the pickled modules (SynthesisLayer, FullyConnectedLayer). */
function settingsFromAttributes({ attributes }: StoredNetwork): Settings {
  const clamp = attributes.get('synthesis.b4.conv1.conv_clamp') ?? null;
  return {
    convClamp: clamp === null ? null : finite('synthesis.b4.conv1.conv_clamp', clamp),
    activation: activation('synthesis.b4.conv1.activation', attributes.get('synthesis.b4.conv1.activation')),
    mappingActivation: activation('mapping.fc0.activation', attributes.get('mapping.fc0.activation') ?? 'lrelu'),
    mappingLrMultiplier: finite(
      'mapping.fc0.bias_gain',
      attributes.get('mapping.fc0.bias_gain') ?? defaultMappingLrMultiplier,
    ),
    source: "read from the file's module attributes",
  };
}

/** Plain metadata of a safetensors file (`conv_clamp`, `mapping_lr_multiplier`), else the reference's defaults. */
function settingsFromMetadata(metadata: Readonly<Record<string, string>>): Settings {
  const { conv_clamp: clamp, mapping_lr_multiplier: multiplier } = metadata;
  const isStated = clamp !== undefined || multiplier !== undefined;
  return {
    convClamp: clamp === undefined || clamp === 'none' ? null : finite('conv_clamp', Number(clamp)),
    activation: 'lrelu',
    mappingActivation: 'lrelu',
    mappingLrMultiplier: finite('mapping_lr_multiplier', Number(multiplier ?? defaultMappingLrMultiplier)),
    source: isStated ? "read from the file's metadata" : 'not stated in the file, so the defaults of the reference',
  };
}

function settingsFromJson(text: string): Settings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw badSetting(generatorMetadataKey, text, 'JSON', cause);
  }
  const fields = new Map(Object.entries(typeof json === 'object' && json !== null ? json : {}));
  const clamp: unknown = fields.get('convClamp') ?? null;
  return {
    convClamp: clamp === null ? null : finite('convClamp', clamp),
    activation: activation('activation', fields.get('activation')),
    mappingActivation: activation('mappingActivation', fields.get('mappingActivation')),
    mappingLrMultiplier: finite('mappingLrMultiplier', fields.get('mappingLrMultiplier')),
    source: "read from the file's metadata",
  };
}

function unsupportedKey(key: string, reason: string): GanvasError {
  return new GanvasError(
    'unsupported-architecture',
    `The tensor \`${key}\` does not fit a StyleGAN2 generator: ${reason}.`,
    { key },
  );
}

/** Names and shapes that follow from the configuration and the channels of each resolution. */
function expectedShapes(network: StoredNetwork, config: StyleGan2Config): Map<string, Shape> {
  const shapes = mappingShapes(network, config);
  const { wDim, resolution, architecture, imgChannels } = config;
  let channels = shapeOf(network, 'synthesis.b4.const')[0] ?? 0;
  shapes.set('synthesis.b4.const', [channels, 4, 4]);
  const layer = (path: string, outChannels: number, inChannels: number, kernel: Shape): void => {
    shapes.set(`${path}.weight`, [outChannels, inChannels, ...kernel]);
    shapes.set(`${path}.bias`, [outChannels]);
    shapes.set(`${path}.affine.weight`, [inChannels, wDim]);
    shapes.set(`${path}.affine.bias`, [inChannels]);
  };
  const optional = (name: string, shape: Shape): void => {
    if (network.tensors.has(name)) shapes.set(name, shape);
  };
  for (let size = 4; size <= resolution; size *= 2) {
    const block = `synthesis.b${size}`;
    const outChannels = shapeOf(network, `${block}.conv1.weight`)[0] ?? 0;
    for (const conv of size === 4 ? ['conv1'] : ['conv0', 'conv1']) {
      const path = `${block}.${conv}`;
      layer(path, outChannels, channels, kernelOf(network, `${path}.weight`));
      if (network.tensors.has(`${path}.noise_strength`) || network.tensors.has(`${path}.noise_const`)) {
        shapes.set(`${path}.noise_strength`, []);
        shapes.set(`${path}.noise_const`, [size, size]);
      }
      setFilter(network, shapes, path);
      channels = outChannels;
    }
    setFilter(network, shapes, block);
    if (size > 4) requireFilter(shapes, [`${block}.conv0`, block]);
    if (size > 4 && architecture === 'skip') requireFilter(shapes, [block]);
    if (architecture === 'resnet' && size > 4) {
      const before = shapeOf(network, `${block}.conv0.weight`)[1] ?? 0;
      shapes.set(`${block}.skip.weight`, [outChannels, before, ...kernelOf(network, `${block}.skip.weight`)]);
      setFilter(network, shapes, `${block}.skip`);
      requireFilter(shapes, [`${block}.skip`, block]);
    }
    if (architecture === 'skip' || size === resolution) {
      layer(`${block}.torgb`, imgChannels, channels, kernelOf(network, `${block}.torgb.weight`));
    }
  }
  optional('mapping.w_avg', [wDim]);
  return shapes;
}

function mappingShapes(network: StoredNetwork, config: StyleGan2Config): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  let features = config.zDim;
  if (config.cDim > 0) {
    const embedFeatures = shapeOf(network, 'mapping.embed.weight')[0] ?? 0;
    shapes.set('mapping.embed.weight', [embedFeatures, config.cDim]);
    shapes.set('mapping.embed.bias', [embedFeatures]);
    features += embedFeatures;
  }
  for (let index = 0; index < config.mappingLayers; index++) {
    const outFeatures =
      index === config.mappingLayers - 1 ? config.wDim : (shapeOf(network, `mapping.fc${index}.weight`)[0] ?? 0);
    shapes.set(`mapping.fc${index}.weight`, [outFeatures, features]);
    shapes.set(`mapping.fc${index}.bias`, [outFeatures]);
    features = outFeatures;
  }
  return shapes;
}

/** Kernel extents as stored: square and odd, or the file is not of this family. */
function kernelOf(network: StoredNetwork, name: string): Shape {
  const [, , height = 0, width = 0] = shapeOf(network, name);
  if (height !== width || height % 2 !== 1) throw unsupportedKey(name, `its kernel is ${height}×${width}`);
  return [height, width];
}

/** Filters are stored, never designed again: [n, n], or [n] when separable. */
function setFilter(network: StoredNetwork, shapes: Map<string, Shape>, path: string): void {
  const name = `${path}.resample_filter`;
  const stored = network.tensors.get(name)?.shape;
  if (stored === undefined) return;
  if (stored.length < 1 || stored.length > 2) throw unsupportedKey(name, 'a filter has one or two axes');
  shapes.set(name, stored);
}

/** What doubles the resolution needs a filter of its own or, of a block's layers, the block's. */
function requireFilter(shapes: ReadonlyMap<string, Shape>, paths: readonly [string, ...string[]]): void {
  if (paths.some((path) => shapes.has(`${path}.resample_filter`))) return;
  throw missingTensor(`${paths[0]}.resample_filter`, 'upsampling needs it');
}
