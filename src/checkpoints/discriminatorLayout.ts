import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import type { StyleGan2DiscriminatorConfig } from '../models/stylegan2Discriminator.js';
import type { StoredNetwork } from './checkpoint.js';
import { activation, badSetting, finite, missingTensor, shapeOf } from './networkReading.js';

/** A StyleGAN2 discriminator as its weights describe it (stylegan2-ada-pytorch: training/networks.py: Discriminator). */
export interface DiscriminatorDescription {
  readonly config: StyleGan2DiscriminatorConfig;
  /** Every tensor that the configuration needs, with the shape it must have. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** Of the reference: a mapping's learning-rate multiplier, and samples that share a standard deviation. */
const DEFAULTS = { mappingLrMultiplier: 0.01, groupSize: 4 } as const;

/** Its last block has a dense layer, which no generator's block has. */
export function isStyleGan2Discriminator({ tensors }: StoredNetwork): boolean {
  return tensors.has('b4.conv.weight') && tensors.has('b4.fc.weight') && tensors.has('b4.out.weight');
}

/**
 * Reads sizes off the shapes, and settings off module attributes where the file has some.
 * @throws GanvasError `unsupported-architecture`, `weights-missing`, `weights-shape`.
 */
export function describeDiscriminator(network: StoredNetwork): DiscriminatorDescription {
  const resolution = resolutionOf(network);
  const architecture = architectureOf(network, resolution);
  const { attributes } = network;
  const clamp = attributes.get('b4.conv.conv_clamp') ?? null;
  const config: StyleGan2DiscriminatorConfig = {
    architecture,
    resolution,
    imgChannels: shapeOf(network, `b${resolution}.fromrgb.weight`)[1] ?? 0,
    ...mappingSizes(network),
    mappingActivation: activation('mapping.fc0.activation', attributes.get('mapping.fc0.activation') ?? 'lrelu'),
    mappingLrMultiplier: finite(
      'mapping.fc0.bias_gain',
      attributes.get('mapping.fc0.bias_gain') ?? DEFAULTS.mappingLrMultiplier,
    ),
    activation: activation('b4.conv.activation', attributes.get('b4.conv.activation') ?? 'lrelu'),
    convClamp: clamp === null ? null : finite('b4.conv.conv_clamp', clamp),
    mbstdGroupSize: groupSizeOf(network),
    mbstdNumChannels: mbstdChannels(network),
  };
  return { config, shapes: expectedShapes(network, config) };
}

/** Counts a block by any of its tensors, so that a block which lost some is a gap and not the end of the network. */
function resolutionOf({ tensors }: StoredNetwork): number {
  const sizes = new Set<number>();
  for (const name of tensors.keys()) {
    const size = Number(/^b(\d+)\./.exec(name)?.[1] ?? 4);
    if (size < 4 || !Number.isInteger(Math.log2(size)))
      throw unsupportedKey(name, 'resolutions are 4, 8, 16 and so on');
    sizes.add(size);
  }
  const resolution = Math.max(...sizes);
  for (let size = 8; size < resolution; size *= 2) {
    if (!sizes.has(size)) {
      throw missingTensor(`b${size}.conv0.weight`, `the network begins with block b${resolution}`);
    }
  }
  if (resolution < 8) throw missingTensor('b8.conv0.weight', 'a discriminator has a block above b4');
  return resolution;
}

/** Only `resnet` has skip convolutions, and only `skip` reads the picture after the first block. */
function architectureOf({ tensors }: StoredNetwork, resolution: number): StyleGan2DiscriminatorConfig['architecture'] {
  const names = [...tensors.keys()];
  if (names.some((name) => /^b\d+\.skip\./.test(name))) return 'resnet';
  const readsLater = names.some((name) => /^b\d+\.fromrgb\./.test(name) && !name.startsWith(`b${resolution}.`));
  return readsLater ? 'skip' : 'orig';
}

function mappingSizes(
  network: StoredNetwork,
): Pick<StyleGan2DiscriminatorConfig, 'cDim' | 'cmapDim' | 'mappingLayers'> {
  let mappingLayers = 0;
  while (network.tensors.has(`mapping.fc${mappingLayers}.weight`)) mappingLayers++;
  const cDim = network.tensors.get('mapping.embed.weight')?.shape[1] ?? 0;
  // The reference ends in one logit, or, given classes, in as many numbers as it compares with a mapped class.
  const cmapDim = cDim > 0 ? (shapeOf(network, 'b4.out.weight')[0] ?? 0) : 0;
  return { cDim, cmapDim, mappingLayers };
}

/** `None` in the reference, and so null: the whole batch shares one. */
function groupSizeOf({ attributes }: StoredNetwork): number | null {
  const key = 'b4.mbstd.group_size';
  const size = attributes.has(key) ? (attributes.get(key) ?? null) : DEFAULTS.groupSize;
  if (size === null) return null;
  if (!Number.isSafeInteger(size) || Number(size) < 1) throw badSetting(key, size, 'a whole number above 0');
  return Number(size);
}

/** What the last convolution reads beyond the features are the standard deviations of the minibatch. */
function mbstdChannels(network: StoredNetwork): number {
  const [outChannels = 0, inChannels = 0] = shapeOf(network, 'b4.conv.weight');
  if (inChannels >= outChannels) return inChannels - outChannels;
  throw new GanvasError(
    'weights-shape',
    `The tensor \`b4.conv.weight\` takes ${inChannels} channels and makes ${outChannels}; it must take as many at least.`,
    { key: 'b4.conv.weight' },
  );
}

function expectedShapes(network: StoredNetwork, config: StyleGan2DiscriminatorConfig): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  const { resolution, architecture, imgChannels, mbstdNumChannels, cDim, cmapDim, mappingLayers } = config;
  const layer = (path: string, outChannels: number, inChannels: number, kernel: Shape): void => {
    shapes.set(`${path}.weight`, [outChannels, inChannels, ...kernel]);
    shapes.set(`${path}.bias`, [outChannels]);
  };
  let channels = shapeOf(network, `b${resolution}.fromrgb.weight`)[0] ?? 0;
  for (let size = resolution; size > 4; size /= 2) {
    const block = `b${size}`;
    if (size === resolution || architecture === 'skip') layer(`${block}.fromrgb`, channels, imgChannels, [1, 1]);
    const outChannels = shapeOf(network, `${block}.conv1.weight`)[0] ?? 0;
    layer(`${block}.conv0`, channels, channels, kernelOf(network, `${block}.conv0.weight`));
    layer(`${block}.conv1`, outChannels, channels, kernelOf(network, `${block}.conv1.weight`));
    setFilter(network, shapes, `${block}.conv1`);
    if (architecture === 'skip') setFilter(network, shapes, block);
    if (architecture === 'resnet') {
      shapes.set(`${block}.skip.weight`, [outChannels, channels, 1, 1]);
      setFilter(network, shapes, `${block}.skip`);
    }
    channels = outChannels;
  }
  if (architecture === 'skip') layer('b4.fromrgb', channels, imgChannels, [1, 1]);
  layer('b4.conv', channels, channels + mbstdNumChannels, kernelOf(network, 'b4.conv.weight'));
  layer('b4.fc', channels, channels * 16, []);
  layer('b4.out', Math.max(cmapDim, 1), channels, []);
  for (let index = 0; cDim > 0 && index < mappingLayers; index++) layer(`mapping.fc${index}`, cmapDim, cmapDim, []);
  if (cDim > 0) layer('mapping.embed', cmapDim, cDim, []);
  return shapes;
}

/** Kernel extents as stored: square and odd, or the file is not of this family. */
function kernelOf(network: StoredNetwork, name: string): Shape {
  const [, , height = 0, width = 0] = shapeOf(network, name);
  if (height !== width || height % 2 !== 1) throw unsupportedKey(name, `its kernel is ${height}×${width}`);
  return [height, width];
}

/**
 * Halving the resolution needs a filter, the layer's own or its block's. They are stored, never designed again: [n, n], or
 * [n] when separable.
 */
function setFilter(network: StoredNetwork, shapes: Map<string, Shape>, path: string): void {
  const own = `${path}.resample_filter`;
  const name = network.tensors.has(own) ? own : `${path.replace(/\..*/, '')}.resample_filter`;
  const stored = shapeOf(network, name);
  if (stored.length < 1 || stored.length > 2) throw unsupportedKey(name, 'a filter has one or two axes');
  shapes.set(name, stored);
}

function unsupportedKey(key: string, reason: string): GanvasError {
  return new GanvasError(
    'unsupported-architecture',
    `The tensor \`${key}\` does not fit a StyleGAN2 discriminator: ${reason}.`,
    { key },
  );
}
