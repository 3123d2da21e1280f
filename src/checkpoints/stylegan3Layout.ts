import { GanvasError } from '../engine/errors.js';
import { at, type Shape } from '../engine/shape.js';
import { StyleGan3, type StyleGan3Config } from '../models/stylegan3.js';
import type { StyleGan3Layer } from '../models/stylegan3Layers.js';
import type { StoredNetwork } from './checkpoint.js';
import { generatorMetadataKey, type GeneratorDescription, type GeneratorFamilyReader } from './generatorFamily.js';
import { mappingShapes, mappingSizes } from './mappingLayout.js';
import { extentOf, missingTensor, shapeOf } from './networkReading.js';
import { stylegan3Settings, type StyleGan3Settings } from './stylegan3Settings.js';

/** StyleGAN3 as its own repository stores it, and as `convert` writes it. */
export const stylegan3Family: GeneratorFamilyReader = {
  title: 'a StyleGAN3 generator',
  recognises: ({ tensors }) => tensors.has('synthesis.input.freqs') && tensors.has('synthesis.input.phases'),
  describe: describeStyleGan3,
};

/**
 * Reads sizes off the layers' names and shapes, and settings off module attributes (NVIDIA pickles) or metadata.
 * @throws GanvasError `unsupported-architecture` when sizes are of no known arrangement or a setting is of a kind we do
 *   not know, `weights-missing` naming the layer or tensor that is not there.
 */
function describeStyleGan3(network: StoredNetwork, metadata: Readonly<Record<string, string>>): GeneratorDescription {
  const maps = layersOf(network);
  const settings = stylegan3Settings(network, metadata, maps);
  const { source, samplingRates, ...chosen } = settings;
  const layers = maps.map((map, index) => ({ ...map, samplingRate: at(samplingRates, index) }));
  checkSizes(layers);
  const rgb = at(layers, -1);
  const affine = 'synthesis.input.affine.weight';
  const wDim = extentOf(affine, shapeOf(network, affine), 1);
  const config: StyleGan3Config = {
    ...mappingSizes(network, wDim),
    resolution: rgb.size,
    imgChannels: rgb.channels,
    layers,
    ...chosen,
  };
  const variant = variantOf(network, layers);
  const { zDim, cDim, mappingLayers, resolution } = config;
  const label = cDim > 0 ? `, ${cDim} classes` : '';
  const clampText = config.convClamp === null ? 'no clamp' : `clamp ${config.convClamp}`;
  return {
    config: { ...config, layers: layers.map(({ name }) => name).join(' ') },
    shapes: expectedShapes(network, config),
    network,
    metadata: generatorMetadata(settings),
    build: (weights) => new StyleGan3(config, weights),
    notes: [
      `StyleGAN3${variant} at ${resolution}×${resolution}: ${layers.length} layers, z ${zDim}, w ${wDim}, ${mappingLayers} mapping layers${label}.`,
      `Sampling rates ${samplingRates.join(' ')}, input bandwidth ${config.bandwidth}, ${clampText}: ${source}.`,
    ],
  };
}

/** What `convert` writes beside the tensors, so that the converted file renders the same pictures. */
function generatorMetadata({ source: _, ...settings }: StyleGan3Settings): Record<string, string> {
  return { [generatorMetadataKey]: JSON.stringify({ family: 'stylegan3', ...settings }) };
}

/** The two published configurations; anything between has no name. */
function variantOf(network: StoredNetwork, layers: readonly StyleGan3Layer[]): string {
  const first = `synthesis.${at(layers, 0).name}`;
  const kernel = shapeOf(network, `${first}.weight`)[2];
  const isRadial = network.tensors.get(`${first}.down_filter`)?.shape.length === 2;
  if (kernel === 3 && !isRadial) return '-T';
  return kernel === 1 && isRadial ? '-R' : '';
}

type LayerMap = Omit<StyleGan3Layer, 'samplingRate'>;

/** Layers in order, by their names `L<index>_<size>_<channels>`. */
function layersOf({ tensors }: StoredNetwork): LayerMap[] {
  const layers = new Map<number, LayerMap>();
  for (const key of tensors.keys()) {
    const [, name = '', index, size, channels] = /^synthesis\.(L(\d+)_(\d+)_(\d+))\./.exec(key) ?? [];
    if (index === undefined) continue;
    const known = layers.get(Number(index));
    if (known !== undefined && known.name !== name)
      throw unsupported(key, `\`synthesis.${known.name}\` is layer ${index}`);
    layers.set(Number(index), { name, size: Number(size), channels: Number(channels) });
  }
  const ordered = [...layers].sort(([a], [b]) => a - b);
  ordered.forEach(([index], position) => {
    if (index !== position) throw missingLayer(position, `there is a layer ${index}`);
  });
  const last = ordered.at(-1)?.[1].name ?? '';
  if (ordered.length < 2 || tensors.has(`synthesis.${last}.down_filter`)) {
    throw missingLayer(ordered.length, 'a last layer without filters makes RGB');
  }
  return ordered.map(([, layer]) => layer);
}

const missingLayer = (index: number, reason: string): GanvasError =>
  missingTensor(`synthesis.L${index}_….weight`, reason);

/**
 * Maps have a margin of the same width everywhere, but for the last two, which are the picture's size; rates are such
 * that resampling is by whole factors (stylegan3 training/networks_stylegan3.py: SynthesisNetwork.__init__).
 */
function checkSizes(layers: readonly StyleGan3Layer[]): void {
  const [first, rgb] = [at(layers, 0), at(layers, -1)];
  const margins = first.size - first.samplingRate;
  layers.forEach(({ name, size, samplingRate }, index) => {
    const expected = index < layers.length - 2 ? samplingRate + margins : rgb.size;
    if (size !== expected) {
      throw unsupported(`synthesis.${name}`, `its map should be ${expected} at a sampling rate of ${samplingRate}`);
    }
    const before = at(layers, Math.max(index - 1, 0)).samplingRate;
    const [low, high] = [Math.min(before, samplingRate), Math.max(before, samplingRate)];
    if (!(low > 0) || !Number.isInteger(high / low)) {
      throw unsupported(
        `synthesis.${name}`,
        `its sampling rate ${samplingRate} is no whole multiple or part of ${before}`,
      );
    }
  });
}

function unsupported(key: string, reason: string): GanvasError {
  return new GanvasError(
    'unsupported-architecture',
    `The tensor \`${key}\` does not fit a StyleGAN3 generator: ${reason}.`,
    { key },
  );
}

/** Names and shapes that follow from the configuration. */
function expectedShapes(network: StoredNetwork, config: StyleGan3Config): Map<string, Shape> {
  const { wDim, layers } = config;
  const shapes = mappingShapes(network, config);
  const affine = (path: string, outputs: number): void => {
    shapes.set(`${path}.affine.weight`, [outputs, wDim]);
    shapes.set(`${path}.affine.bias`, [outputs]);
  };
  const first = at(layers, 0);
  const input = 'synthesis.input';
  affine(input, 4);
  shapes.set(`${input}.weight`, [first.channels, first.channels]);
  shapes.set(`${input}.freqs`, [first.channels, 2]);
  shapes.set(`${input}.phases`, [first.channels]);
  shapes.set(`${input}.transform`, [3, 3]);
  let before = first;
  for (const layer of layers) {
    const path = `synthesis.${layer.name}`;
    const isRgb = layer === at(layers, -1);
    const kernel = isRgb ? 1 : kernelOf(network, `${path}.weight`);
    affine(path, before.channels);
    shapes.set(`${path}.weight`, [layer.channels, before.channels, kernel, kernel]);
    shapes.set(`${path}.bias`, [layer.channels]);
    shapes.set(`${path}.magnitude_ema`, []);
    const rate = Math.max(before.samplingRate, layer.samplingRate) * (isRgb ? 1 : config.lreluUpsampling);
    setFilter(network, shapes, `${path}.up_filter`, rate > before.samplingRate);
    setFilter(network, shapes, `${path}.down_filter`, rate > layer.samplingRate);
    before = layer;
  }
  return shapes;
}

function kernelOf(network: StoredNetwork, name: string): number {
  const [, , height = 0, width = 0] = shapeOf(network, name);
  if (height !== width || height % 2 !== 1) throw unsupported(name, `its kernel is ${height}×${width}`);
  return height;
}

/** Filters are separable, [taps], or radial, [taps, taps]; there is none where nothing is resampled. */
function setFilter(network: StoredNetwork, shapes: Map<string, Shape>, name: string, isNeeded: boolean): void {
  const stored = network.tensors.get(name)?.shape;
  if (stored === undefined) {
    if (isNeeded) throw missingTensor(name, 'the layer resamples');
    return;
  }
  const taps = stored[0] ?? 0;
  if (taps < 1) throw unsupported(name, 'a filter has one axis or two');
  shapes.set(name, stored.length === 2 ? [taps, taps] : [taps]);
}
