import { GanvasError } from '../engine/errors.js';
import type { Shape } from '../engine/shape.js';
import { BigGan, type BigGanConfig } from '../models/biggan.js';
import { NeededShapes, weightExtent, weightShape } from './bigganShapes.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';
import type { GeneratorDescription, GeneratorFamilyReader } from './generatorFamily.js';
import { missingTensor, shapeOf } from './networkReading.js';
import { iteratedSpectralVectors } from './spectralVectors.js';
import { translateNetwork, type TensorOrigin } from './translatedNetwork.js';

/** BigGAN as ajbrock/BigGAN-PyTorch stores it, and as it is converted. */
export const bigganFamily: GeneratorFamilyReader = {
  title: 'a BigGAN generator of ajbrock’s BigGAN-PyTorch',
  recognises: ({ tensors }) =>
    tensors.has('output_layer.0.gain') && [...tensors.keys()].some((name) => /^blocks\.0\.0\.conv1\./.test(name)),
  describe: (network) => describeBigGan(commonNames(network)),
};

/**
 * The file's names but for batch norm, whose statistics have three different ones, and spectral norm: this project runs
 * one more power iteration from the stored u0 whenever it uses a weight, in evaluation too (layers.py: SN.W_). What comes
 * of it is fixed, so that u and v are stored as torch's own spectral norm does, next to `weight_orig`.
 */
function commonNames(network: StoredNetwork): StoredNetwork {
  const origins = new Map<string, TensorOrigin>();
  const vectors = new Map<string, StoredTensor>();
  for (const name of network.tensors.keys()) {
    const [, path = '', part = ''] = /^(.*)\.([^.]+)$/.exec(name) ?? [];
    const start = network.tensors.get(`${path}.u0`);
    const common = part === 'weight' && start !== undefined ? `${path}.weight_orig` : commonStatistics(name);
    origins.set(common, { from: name });
    const weight = network.tensors.get(`${path}.weight`);
    if (part !== 'u0' || start === undefined || weight === undefined) continue;
    const { u, v } = iteratedSpectralVectors(weight, start);
    vectors.set(`${path}.weight_u`, u);
    vectors.set(`${path}.weight_v`, v);
    origins.set(`${path}.weight_u`, { from: name });
    origins.set(`${path}.weight_v`, { from: name });
  }
  const renamed = translateNetwork(network, origins);
  return { ...renamed, tensors: new Map([...renamed.tensors, ...vectors]) };
}

/** Own batch norm, that of all devices, and torch's keep their statistics in different places. */
function commonStatistics(name: string): string {
  return name
    .replace(/\.bn\.(stored|running)_(mean|var)$/, '.running_$2')
    .replace(/\.stored_(mean|var)$/, '.running_$1');
}

/** @throws GanvasError `unsupported-architecture` for BigGAN-deep, `weights-missing`, `weights-shape`. */
function describeBigGan(network: StoredNetwork): GeneratorDescription {
  checkNotDeep(network);
  const attention = attentionAfter(network);
  const config = { ...latentSizes(network, attention.length), ...pictureSizes(network), attention };
  const { zDim, cDim, zChunk, bottomWidth, imgChannels } = config;
  const resolution = bottomWidth * 2 ** attention.length;
  const places = attention.flatMap((there, index) => (there ? [bottomWidth * 2 ** (index + 1)] : []));
  const split = zChunk > 0 ? `, split into parts of ${zChunk}` : '';
  return {
    config: { ...config, attention: places.join(', '), resolution },
    shapes: expectedShapes(network, config),
    network,
    metadata: {},
    build: (weights) => new BigGan(config, weights),
    notes: [
      `BigGAN at ${resolution}×${resolution}: ${attention.length} blocks, attention at ${places.map((size) => `${size}²`).join(', ') || 'no resolution'}, z ${zDim}${split}, ${cDim} classes, ${imgChannels} image channels.`,
      'Spectral norm takes one more power iteration from the stored u0, as the reference does in every use.',
    ],
  };
}

/** The same project names its BigGAN-deep alike, but a block of that has four convolutions (BigGANdeep.py: GBlock). */
function checkNotDeep({ tensors }: StoredNetwork): void {
  const key = [...tensors.keys()].find((name) => /^blocks\.\d+\.\d+\.conv4\./.test(name));
  if (key === undefined) return;
  throw new GanvasError(
    'unsupported-architecture',
    `The tensor \`${key}\` is the fourth convolution of a block: this is a BigGAN-deep of ajbrock’s BigGAN-PyTorch, which ganvas does not read. Of that project it reads BigGAN, with two convolutions a block; of BigGAN-deep, the files of Hugging Face’s pytorch-pretrained-BigGAN.`,
    { key },
  );
}

/** Whether attention follows each block. Any tensor of a block decides that it is there. */
function attentionAfter({ tensors }: StoredNetwork): boolean[] {
  const attention = new Map<number, boolean>();
  for (const name of tensors.keys()) {
    const [, block, part] = /^blocks\.(\d+)\.(\d+)\./.exec(name) ?? [];
    if (block === undefined) continue;
    attention.set(Number(block), attention.get(Number(block)) === true || part === '1');
  }
  const ordered = [...attention].sort(([a], [b]) => a - b);
  return ordered.map(([index, there], position) => {
    if (index !== position) throw missingTensor(`blocks.${position}.0.conv1.weight`, 'there are blocks after it');
    return there;
  });
}

type LatentSizes = Pick<BigGanConfig, 'zDim' | 'cDim' | 'classDim' | 'sharedEmbedding' | 'zChunk'>;

/** BigGAN.py: Generator.__init__. Only with a shared embedding can z be split among the layers. */
function latentSizes(network: StoredNetwork, blocks: number): LatentSizes {
  const [, firstReads = 0] = weightShape(network, 'linear');
  if (!network.tensors.has('shared.weight')) {
    const [cDim = 0] = shapeOf(network, 'blocks.0.0.bn1.gain.weight');
    return { zDim: firstReads, cDim, classDim: cDim, sharedEmbedding: false, zChunk: 0 };
  }
  const [cDim = 0, classDim = 0] = shapeOf(network, 'shared.weight');
  const zChunk = weightExtent(network, 'blocks.0.0.bn1.gain', 1) - classDim;
  if (zChunk < 0) {
    throw new GanvasError(
      'weights-shape',
      `A batch norm reads ${classDim + zChunk} numbers, fewer than the ${classDim} of an embedded class.`,
      { key: 'blocks.0.0.bn1.gain.weight', found: classDim + zChunk, expected: `at least ${classDim}` },
    );
  }
  const zDim = zChunk > 0 ? zChunk * (blocks + 1) : firstReads;
  return { zDim, cDim, classDim, sharedEmbedding: true, zChunk };
}

function pictureSizes(network: StoredNetwork): Pick<BigGanConfig, 'bottomWidth' | 'imgChannels'> {
  const [numbers = 0] = weightShape(network, 'linear');
  const [, channels = 1] = weightShape(network, 'blocks.0.0.conv1');
  const bottomWidth = Math.round(Math.sqrt(numbers / channels));
  return { bottomWidth, imgChannels: weightExtent(network, 'output_layer.2', 0) };
}

function expectedShapes(network: StoredNetwork, config: BigGanConfig): ReadonlyMap<string, Shape> {
  const needed = new NeededShapes(network);
  const { zDim, cDim, classDim, sharedEmbedding, zChunk, bottomWidth, imgChannels, attention } = config;
  const statistics = (path: string, channels: number): void => {
    needed.set(`${path}.running_mean`, [channels]);
    needed.set(`${path}.running_var`, [channels]);
  };
  const conditionalNorm = (path: string, channels: number): void => {
    statistics(path, channels);
    for (const part of ['gain', 'bias']) {
      if (sharedEmbedding) needed.spectral(`${path}.${part}`, [channels, classDim + zChunk]);
      else needed.set(`${path}.${part}.weight`, [cDim, channels]);
    }
  };
  if (sharedEmbedding) needed.set('shared.weight', [cDim, classDim]);
  let channels = weightExtent(network, 'blocks.0.0.conv1', 1);
  needed.convolution('linear', [channels * bottomWidth ** 2, zChunk > 0 ? zChunk : zDim]);
  attention.forEach((hasAttention, index) => {
    const path = `blocks.${index}.0`;
    const [outChannels = 0] = weightShape(network, `${path}.conv1`);
    conditionalNorm(`${path}.bn1`, channels);
    conditionalNorm(`${path}.bn2`, outChannels);
    needed.convolution(`${path}.conv1`, [outChannels, channels, 3, 3]);
    needed.convolution(`${path}.conv2`, [outChannels, outChannels, 3, 3]);
    needed.convolution(`${path}.conv_sc`, [outChannels, channels, 1, 1]);
    channels = outChannels;
    if (hasAttention) needed.attention(attentionPaths(`blocks.${index}.1`), channels);
  });
  statistics('output_layer.0', channels);
  needed.set('output_layer.0.gain', [channels]);
  needed.set('output_layer.0.bias', [channels]);
  needed.convolution('output_layer.2', [imgChannels, channels, 3, 3]);
  return needed.shapes;
}

function attentionPaths(path: string): Parameters<NeededShapes['attention']>[0] {
  const part = (name: string): string => `${path}.${name}`;
  return { theta: part('theta'), phi: part('phi'), g: part('g'), output: part('o'), gamma: part('gamma') };
}
