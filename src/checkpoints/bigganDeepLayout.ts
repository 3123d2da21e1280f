import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import { BigGanDeep, type BigGanDeepConfig, type BigGanDeepLayer } from '../models/bigganDeep.js';
import { NeededShapes, weightExtent, weightShape } from './bigganShapes.js';
import type { StoredNetwork } from './checkpoint.js';
import { generatorMetadataKey, type GeneratorDescription, type GeneratorFamilyReader } from './generatorFamily.js';
import { badSetting, finite, missingTensor, shapeOf } from './networkReading.js';

/** Under this key of a checkpoint's metadata, the text of a `config.json` that came with the file is looked for. */
export const configFileKey = 'config.json';

/** BigGAN-deep as pytorch-pretrained-BigGAN stores it: released weights and their `config.json`. */
export const bigganDeepFamily: GeneratorFamilyReader = {
  title: 'a BigGAN-deep generator of Hugging Face’s pytorch-pretrained-BigGAN',
  recognises: ({ tensors }) => tensors.has('embeddings.weight') && tensors.has('generator.gen_z.bias'),
  describe: describeBigGanDeep,
};

/** What the weights leave open, and where it was read. */
interface Settings {
  /** Whether each block upsamples; null when nothing says so. */
  readonly upsample: readonly boolean[] | null;
  readonly epsilon: number;
  readonly source: string;
}

/** pytorch-pretrained-BigGAN config.py: BigGANConfig. */
const defaultEpsilon = 1e-4;

/**
 * Sizes come from the shapes. Which blocks upsample does not show in them: it is read from the metadata of a converted
 * file or from `config.json`, else it is every second one, as in all published models.
 */
function describeBigGanDeep(network: StoredNetwork, metadata: Readonly<Record<string, string>>): GeneratorDescription {
  const kinds = layerKinds(network);
  const blocks = kinds.flatMap((kind, index) => (kind === 'block' ? [blockOf(network, index)] : []));
  const settings = readSettings(metadata, blocks.length);
  const usual = blocks.map((_, index) => index % 2 === 1);
  const upsample = settings.upsample ?? usual;
  const [embedDim = 0, cDim = 0] = shapeOf(network, 'embeddings.weight');
  const config: BigGanDeepConfig = {
    zDim: zDimOf(network, embedDim),
    embedDim,
    cDim,
    layers: layersOf(kinds, upsample),
    statisticsCount: shapeOf(network, 'generator.bn.running_means')[0] ?? 0,
    epsilon: settings.epsilon,
  };
  const { layers, zDim, statisticsCount, epsilon } = config;
  const resolution = 4 * 2 ** upsample.filter(Boolean).length;
  const stated = JSON.stringify({ family: 'biggan-deep', upsample, epsilon });
  const isUsual = epsilon === defaultEpsilon && upsample.every((doubles, index) => doubles === usual[index]);
  const marks = layers.map((layer) => ({ attention: 'A', block: '·', 'upsampling block': '↑' })[layer]).join('');
  return {
    config: { ...config, layers: layers.join(', '), resolution },
    shapes: expectedShapes(network, config),
    network,
    metadata: { [generatorMetadataKey]: stated },
    ...(isUsual ? {} : { hashedText: stated }),
    build: (weights) => new BigGanDeep(config, weights),
    notes: [
      `BigGAN-deep at ${resolution}×${resolution}: ${blocks.length} blocks (${marks}: ↑ upsamples, A is attention), z ${zDim}, ${cDim} classes, ${statisticsCount} sets of statistics.`,
      settings.upsample !== null || isPublished(network, blocks)
        ? `Which blocks upsample, and ε ${epsilon}: ${settings.source}.`
        : 'Which blocks upsample is not stored with the weights, and this is none of the published sizes: every second block is taken to, as in those. Give the config.json of the model with it to be sure.',
    ],
  };
}

interface BlockSizes {
  readonly path: string;
  readonly inChannels: number;
  readonly middle: number;
  readonly outChannels: number;
}

function blockOf(network: StoredNetwork, index: number): BlockSizes {
  const path = `generator.layers.${index}`;
  const [middle = 0, inChannels = 0] = weightShape(network, `${path}.conv_0`);
  return { path, inChannels, middle, outChannels: weightExtent(network, `${path}.conv_3`, 0) };
}

/** Any tensor of a layer decides that it is there, so that one which is missing is reported. */
function layerKinds({ tensors }: StoredNetwork): ('attention' | 'block')[] {
  const kinds = new Map<number, 'attention' | 'block'>();
  for (const name of tensors.keys()) {
    const [, index, part = ''] = /^generator\.layers\.(\d+)\.([^.]+)/.exec(name) ?? [];
    if (index === undefined) continue;
    kinds.set(Number(index), part === 'gamma' || part.startsWith('snconv1x1_') ? 'attention' : 'block');
  }
  const ordered = [...kinds].sort(([a], [b]) => a - b);
  return ordered.map(([index, kind], position) => {
    if (index !== position) {
      throw missingTensor(`generator.layers.${position}.conv_0.weight_orig`, 'there are layers after it');
    }
    return kind;
  });
}

function layersOf(kinds: readonly ('attention' | 'block')[], upsample: readonly boolean[]): BigGanDeepLayer[] {
  let block = 0;
  return kinds.map((kind) => {
    if (kind === 'attention') return kind;
    return upsample[block++] === true ? 'upsampling block' : 'block';
  });
}

/** z and the embedded class are joined before the first layer. */
function zDimOf(network: StoredNetwork, embedDim: number): number {
  const [, wDim = 0] = weightShape(network, 'generator.gen_z');
  if (wDim > embedDim) return wDim - embedDim;
  throw new GanvasError(
    'weights-shape',
    `The first layer takes ${wDim} numbers, not more than the ${embedDim} of an embedded class; they must hold those and z.`,
    { key: 'generator.gen_z.weight_orig', found: wDim, expected: `more than ${embedDim}` },
  );
}

/** Channels into and out of each block in units of the last, of the models for 128², 256² and 512². */
const publishedChannels: readonly string[] = [
  '16,16 16,16 16,16 16,8 8,8 8,4 4,4 4,2 2,2 2,1',
  '16,16 16,16 16,16 16,8 8,8 8,8 8,8 8,4 4,4 4,2 2,2 2,1',
  '16,16 16,16 16,16 16,8 8,8 8,8 8,8 8,4 4,4 4,2 2,2 2,1 1,1 1,1',
];

function isPublished(network: StoredNetwork, blocks: readonly BlockSizes[]): boolean {
  const unit = weightExtent(network, 'generator.conv_to_rgb', 1);
  const found = blocks.map(({ inChannels, outChannels }) => `${inChannels / unit},${outChannels / unit}`).join(' ');
  return publishedChannels.includes(found);
}

function readSettings(metadata: Readonly<Record<string, string>>, blocks: number): Settings {
  const converted = metadata[generatorMetadataKey];
  if (converted !== undefined) {
    const fields = fieldsOf(generatorMetadataKey, converted);
    const upsample = flags('upsample', fields.get('upsample'), blocks);
    return { upsample, epsilon: finite('epsilon', fields.get('epsilon')), source: "read from the file's metadata" };
  }
  const config = metadata[configFileKey];
  if (config === undefined) {
    return { upsample: null, epsilon: defaultEpsilon, source: 'as in the published models, whose sizes these are' };
  }
  const fields = fieldsOf(configFileKey, config);
  const layers = fields.get('layers');
  if (!Array.isArray(layers)) throw badSetting('layers', layers, 'a list of [upsample, in, out]');
  const upsample = layers.map((layer: unknown): unknown => (Array.isArray(layer) ? layer[0] : layer));
  return {
    upsample: flags('layers', upsample, blocks),
    epsilon: finite('eps', fields.get('eps') ?? defaultEpsilon),
    source: 'read from config.json',
  };
}

function fieldsOf(key: string, text: string): ReadonlyMap<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    return new Map(Object.entries(typeof json === 'object' && json !== null ? json : {}));
  } catch (cause) {
    throw badSetting(key, text.slice(0, 80), 'JSON', cause);
  }
}

function flags(key: string, value: unknown, count: number): boolean[] {
  const found = Array.isArray(value) ? value.filter((flag) => typeof flag === 'boolean') : [];
  if (Array.isArray(value) && found.length === value.length && found.length === count) return found;
  throw badSetting(key, value, `true or false for each of the file's ${count} blocks`);
}

function expectedShapes(network: StoredNetwork, config: BigGanDeepConfig): ReadonlyMap<string, Shape> {
  const needed = new NeededShapes(network);
  const { zDim, embedDim, cDim, layers, statisticsCount } = config;
  const wDim = zDim + embedDim;
  const statistics = (path: string, channels: number): void => {
    needed.set(`${path}.running_means`, [statisticsCount, channels]);
    needed.set(`${path}.running_vars`, [statisticsCount, channels]);
  };
  const first = layers.findIndex((layer) => layer !== 'attention');
  let channels = blockOf(network, Math.max(first, 0)).inChannels;
  needed.set('embeddings.weight', [embedDim, cDim]);
  needed.convolution('generator.gen_z', [16 * channels, wDim]);
  layers.forEach((layer, index) => {
    const path = `generator.layers.${index}`;
    if (layer === 'attention') return needed.attention(attentionPaths(path), channels);
    const { middle, outChannels } = blockOf(network, index);
    [channels, middle, middle, middle].forEach((width, norm) => {
      statistics(`${path}.bn_${norm}`, width);
      needed.spectral(`${path}.bn_${norm}.scale`, [width, wDim]);
      needed.spectral(`${path}.bn_${norm}.offset`, [width, wDim]);
    });
    needed.convolution(`${path}.conv_0`, [middle, channels, 1, 1]);
    needed.convolution(`${path}.conv_1`, [middle, middle, 3, 3]);
    needed.convolution(`${path}.conv_2`, [middle, middle, 3, 3]);
    needed.convolution(`${path}.conv_3`, [outChannels, middle, 1, 1]);
    if (outChannels > channels) throw widening(path, channels, outChannels);
    channels = outChannels;
  });
  statistics('generator.bn', channels);
  needed.set('generator.bn.weight', [channels]);
  needed.set('generator.bn.bias', [channels]);
  const made = weightExtent(network, 'generator.conv_to_rgb', 0);
  needed.convolution('generator.conv_to_rgb', [Math.max(made, 3), channels, 3, 3]);
  return needed.shapes;
}

function attentionPaths(path: string): Parameters<NeededShapes['attention']>[0] {
  const part = (name: string): string => `${path}.snconv1x1_${name}`;
  return { theta: part('theta'), phi: part('phi'), g: part('g'), output: part('o_conv'), gamma: `${path}.gamma` };
}

function widening(path: string, channels: number, outChannels: number): GanvasError {
  return new GanvasError(
    'unsupported-architecture',
    `The block \`${path}\` makes ${outChannels} channels of ${channels}. A BigGAN-deep block keeps its channels or fewer, because its shortcut does.`,
    { key: `${path}.conv_3.weight_orig` },
  );
}
