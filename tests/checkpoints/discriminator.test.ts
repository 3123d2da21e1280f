import { describe, expect, it } from 'vitest';
import type { StoredNetwork, StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { recogniseDiscriminator, type RecognisedDiscriminator } from '../../src/checkpoints/discriminator.js';
import { readCheckpoint } from '../../src/checkpoints/open.js';
import { inputTensor } from '../../src/engine/tensor.js';
import { goldenFile, readBytes } from '../cli/ganvas.js';
import { expectError } from './expectError.js';
import { checkpointWith, constantTensor, storedNetwork } from './storedNetwork.js';

type Tensors = Map<string, StoredTensor>;
const [first, second, resolution] = [6, 4, 16];

/** The reference's tensors for 16², block b16 of 6 channels and the others of 4. */
function stateDict(architecture: 'orig' | 'skip' | 'resnet', classes = 0): Tensors {
  const tensors: Tensors = new Map();
  const put = (name: string, ...shape: readonly number[]): void => {
    tensors.set(name, constantTensor(shape));
  };
  const layer = (path: string, ...shape: readonly number[]): void => {
    put(`${path}.weight`, ...shape);
    put(`${path}.bias`, ...shape.slice(0, 1));
    put(`${path}.resample_filter`, 4, 4);
  };
  layer('b16.fromrgb', first, 3, 1, 1);
  layer('b16.conv0', first, first, 3, 3);
  layer('b16.conv1', second, first, 3, 3);
  layer('b8.conv0', second, second, 3, 3);
  layer('b8.conv1', second, second, 3, 3);
  if (architecture === 'skip') {
    layer('b8.fromrgb', second, 3, 1, 1);
    layer('b4.fromrgb', second, 3, 1, 1);
  }
  if (architecture === 'resnet') {
    put('b16.skip.weight', second, first, 1, 1);
    put('b8.skip.weight', second, second, 1, 1);
  }
  put('b16.resample_filter', 4, 4);
  put('b8.resample_filter', 4, 4);
  layer('b4.conv', second, second + 1, 3, 3);
  layer('b4.fc', second, second * 16);
  layer('b4.out', classes > 0 ? 5 : 1, second);
  if (classes > 0) {
    layer('mapping.embed', 5, classes);
    layer('mapping.fc0', 5, 5);
  }
  return tensors;
}

function recognise(tensors: Tensors, attributes: StoredNetwork['attributes'] = new Map()): RecognisedDiscriminator {
  const found = recogniseDiscriminator(checkpointWith({ ...storedNetwork(tensors, 'D'), attributes }));
  if (!found) throw new Error('no discriminator found');
  return found;
}

function changed(change: (tensors: Tensors) => void): () => unknown {
  const tensors = stateDict('resnet');
  change(tensors);
  return () => recognise(tensors);
}

describe('a discriminator', () => {
  it.each(['orig', 'skip', 'resnet'] as const)('tells its configuration by its shapes: %s', (architecture) => {
    const { network, title } = recognise(stateDict(architecture));
    expect(network.config).toEqual({
      architecture,
      resolution,
      imgChannels: 3,
      cDim: 0,
      cmapDim: 0,
      mappingLayers: 0,
      mappingActivation: 'lrelu',
      mappingLrMultiplier: 0.01,
      activation: 'lrelu',
      convClamp: null,
      mbstdGroupSize: 4,
      mbstdNumChannels: 1,
    });
    expect(title).toBe(`a StyleGAN2 discriminator (${architecture}) at 16×16`);
    const features = network.features(inputTensor('picture', [2, 3, resolution, resolution]));
    expect(features.map(({ shape }) => shape)).toEqual([
      [2, second, 8, 8],
      [2, second, 4, 4],
    ]);
  });

  it('takes settings from attributes', () => {
    const attributes = new Map<string, string | number | null>([
      ['b4.conv.conv_clamp', 256],
      ['b4.conv.activation', 'relu'],
      ['b4.mbstd.group_size', null],
      ['mapping.fc0.bias_gain', 0.1],
    ]);
    const { network } = recognise(stateDict('resnet', 3), attributes);
    expect(network.config).toMatchObject({
      convClamp: 256,
      activation: 'relu',
      mbstdGroupSize: null,
      mappingLrMultiplier: 0.1,
      cDim: 3,
      cmapDim: 5,
      mappingLayers: 1,
    });
    const bad = new Map([['b4.mbstd.group_size', 0]]);
    expectError('unsupported-architecture', () => recognise(stateDict('resnet'), bad));
  });

  it('may keep its filters with the blocks alone', () => {
    const tensors = stateDict('resnet');
    for (const name of [...tensors.keys()]) if (/\.conv\d\.resample_filter/.test(name)) tensors.delete(name);
    expect(recognise(tensors).tensors.has('b16.resample_filter')).toBe(true);
  });

  it.each<[string, string, (tensors: Tensors) => void, string]>([
    ['lacks a tensor', 'weights-missing', (t) => t.delete('b8.conv0.bias'), 'b8.conv0.bias'],
    [
      'lacks a block',
      'weights-missing',
      (t) => [...t.keys()].forEach((k) => k.startsWith('b8.') && t.delete(k)),
      'b8.conv0',
    ],
    [
      'lacks its filters',
      'weights-missing',
      (t) => [...t.keys()].forEach((k) => /filter/.test(k) && t.delete(k)),
      'filter',
    ],
    [
      'has another shape',
      'weights-shape',
      (t) => t.set('b4.fc.weight', constantTensor([4, 63])),
      '[4, 64] was expected',
    ],
    [
      'takes too few',
      'weights-shape',
      (t) => t.set('b4.conv.weight', constantTensor([4, 3, 3, 3])),
      'takes 3 channels',
    ],
    ['is not finite', 'weights-not-finite', (t) => t.set('b8.conv1.bias', constantTensor([4], NaN)), 'b8.conv1.bias'],
    [
      'has an odd block',
      'unsupported-architecture',
      (t) => t.set('b12.conv0.weight', constantTensor([1])),
      'b12.conv0.weight',
    ],
    [
      'has even kernels',
      'unsupported-architecture',
      (t) => t.set('b8.conv0.weight', constantTensor([4, 4, 2, 2])),
      '2×2',
    ],
  ])('is refused when it %s', (_, code, change, words) => {
    expect(expectError(code, changed(change)).message).toContain(words);
  });

  it('is null where there is none', () => {
    expect(recogniseDiscriminator(checkpointWith(storedNetwork([['w', constantTensor([1])]])))).toBeNull();
  });
});

it.each(['stylegan2-ada-16-orig', 'stylegan2-ada-16-resnet', 'stylegan2-ada-32-skip', 'stylegan2-ada-32-cond5'])(
  'uses every tensor of the reference’s D, but filters that nothing reads: %s',
  (name) => {
    const checkpoint = readCheckpoint(readBytes(goldenFile(name)), name);
    const found = recogniseDiscriminator(checkpoint);
    const stored = checkpoint.networks.find((network) => network.name === 'D');
    const unused = [...(stored?.tensors.keys() ?? [])].filter((key) => !found?.tensors.has(key));
    expect(unused.filter((key) => !/^b\d+\.((fromrgb|conv0|conv)\.)?resample_filter$/.test(key))).toEqual([]);
    expect(found?.network.config).toMatchObject({
      architecture: 'resnet',
      resolution: stored?.attributes.get('img_resolution'),
      cDim: stored?.attributes.get('c_dim'),
      mbstdGroupSize: 4,
      mbstdNumChannels: 1,
    });
  },
);
