import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.js';
import { generatorMetadataKey } from '../../src/checkpoints/generatorFamily.js';
import { chooseGenerator } from '../../src/checkpoints/open.js';
import { generatorNames, recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import type { StyleGan2Architecture } from '../../src/models/stylegan2.js';
import { expectError } from './expectError.js';
import { checkpointWith, constantTensor, storedNetwork } from './storedNetwork.js';

type Tensors = Map<string, TensorToWrite>;

const [zDim, wDim, embedFeatures, classes, channels] = [4, 6, 5, 3, 2];
const resolution = 16;

function put(tensors: Tensors, name: string, shape: readonly number[], value = 0.5): void {
  const count = shape.reduce((product, size) => product * size, 1);
  tensors.set(name, { dtype: 'F32', shape, data: new Float32Array(count).fill(value) });
}

function putLayer(tensors: Tensors, path: string, outChannels: number, kernel: number): void {
  put(tensors, `${path}.weight`, [outChannels, channels, kernel, kernel]);
  put(tensors, `${path}.bias`, [outChannels]);
  put(tensors, `${path}.affine.weight`, [channels, wDim]);
  put(tensors, `${path}.affine.bias`, [channels]);
}

/** The state dict of a conditional generator with three mapping layers and blocks b4, b8 and b16. */
function stateDict(architecture: StyleGan2Architecture): Tensors {
  const tensors: Tensors = new Map();
  put(tensors, 'mapping.w_avg', [wDim]);
  put(tensors, 'mapping.embed.weight', [embedFeatures, classes]);
  put(tensors, 'mapping.embed.bias', [embedFeatures]);
  [zDim + embedFeatures, wDim, wDim].forEach((features, index) => {
    put(tensors, `mapping.fc${index}.weight`, [wDim, features]);
    put(tensors, `mapping.fc${index}.bias`, [wDim]);
  });
  put(tensors, 'synthesis.b4.const', [channels, 4, 4]);
  for (let size = 4; size <= resolution; size *= 2) {
    const block = `synthesis.b${size}`;
    put(tensors, `${block}.resample_filter`, [4, 4]);
    for (const conv of size === 4 ? ['conv1'] : ['conv0', 'conv1']) {
      putLayer(tensors, `${block}.${conv}`, channels, 3);
      put(tensors, `${block}.${conv}.noise_strength`, []);
      put(tensors, `${block}.${conv}.noise_const`, [size, size]);
      put(tensors, `${block}.${conv}.resample_filter`, [4, 4]);
    }
    if (architecture === 'resnet' && size > 4) {
      put(tensors, `${block}.skip.weight`, [channels, channels, 1, 1]);
      put(tensors, `${block}.skip.resample_filter`, [4, 4]);
    }
    if (architecture === 'skip' || size === resolution) putLayer(tensors, `${block}.torgb`, 3, 1);
  }
  return tensors;
}

function reopen(tensors: Tensors, metadata: Readonly<Record<string, string>> = {}): Checkpoint {
  return readSafetensors(writeSafetensors(tensors, metadata));
}

function recognise(tensors: Tensors, metadata?: Readonly<Record<string, string>>): RecognisedGenerator {
  const checkpoint = reopen(tensors, metadata);
  return recogniseGenerator(checkpoint, chooseGenerator(checkpoint));
}

function remove(pattern: RegExp): (tensors: Tensors) => void {
  return (tensors) => {
    const names = [...tensors.keys()].filter((name) => pattern.test(name));
    expect(names).not.toEqual([]);
    for (const name of names) tensors.delete(name);
  };
}

/** Adds a tensor, or gives one another shape. */
function add(name: string, shape: readonly number[], value?: number): (tensors: Tensors) => void {
  return (tensors) => put(tensors, name, shape, value);
}

describe('a whole state dict', () => {
  it.each(['orig', 'skip', 'resnet'] as const)('tells its configuration by its shapes: %s', (architecture) => {
    const tensors = stateDict(architecture);
    const recognised = recognise(tensors);
    expect(recognised.config).toEqual({
      architecture,
      resolution,
      zDim,
      wDim,
      cDim: classes,
      mappingLayers: 3,
      imgChannels: 3,
      mappingActivation: 'lrelu',
      mappingLrMultiplier: 0.01,
      activation: 'lrelu',
      convClamp: null,
      labelNormalisation: 'separate',
      demodulatedWeights: 'stored',
    });
    expect([...recognised.tensors.keys()].sort()).toEqual([...tensors.keys()].sort());
    for (const [name, { shape }] of tensors) expect(recognised.weights.get(name).shape).toEqual(shape);
  });

  it('counts trained numbers, and neither noise maps nor filters nor w_avg', () => {
    const tensors = stateDict('skip');
    const trained = [...tensors].filter(([name]) => !/noise_const|resample_filter|w_avg/.test(name));
    const count = trained.reduce((sum, [, { data }]) => sum + data.byteLength / 4, 0);
    expect(recognise(tensors).generator.parameterCount).toBe(count);
  });

  it('may lack w_avg, a label, noise, and the filters that nothing reads', () => {
    const tensors = stateDict('skip');
    remove(/w_avg|embed|noise_|b4\.resample_filter|conv1\.resample_filter|conv0\.resample_filter/)(tensors);
    const { generator, config } = recognise(tensors);
    expect(config).toMatchObject({ zDim: zDim + embedFeatures, cDim: 0 });
    expect(generator.canTruncate).toBe(false);
    expect(generator.noiseMaps).toEqual([]);
  });

  it('names the tensors that it ignores', () => {
    const tensors = stateDict('skip');
    add('optimizer.step', [1])(tensors);
    expect(recognise(tensors).notes).toContain('Ignored 1 tensors that the generator does not use: `optimizer.step`.');
  });
});

interface Damage {
  readonly title: string;
  readonly architecture?: StyleGan2Architecture;
  readonly change: (tensors: Tensors) => void;
  readonly code: string;
  readonly key: string;
}

const missing: readonly Omit<Damage, 'code'>[] = [
  { title: 'a bias', change: remove(/b8\.conv1\.bias/), key: 'synthesis.b8.conv1.bias' },
  { title: 'the weight of an inner block', change: remove(/b8\.conv1\.weight/), key: 'synthesis.b8.conv1.weight' },
  { title: 'the weight of the last block', change: remove(/b16\.conv1\.weight/), key: 'synthesis.b16.conv1.weight' },
  { title: 'a noise map', change: remove(/b8\.conv0\.noise_const/), key: 'synthesis.b8.conv0.noise_const' },
  { title: 'a noise strength', change: remove(/b8\.conv0\.noise_str/), key: 'synthesis.b8.conv0.noise_strength' },
  { title: 'a mapping bias', change: remove(/fc2\.bias/), key: 'mapping.fc2.bias' },
  { title: 'the first mapping layer', change: remove(/fc0/), key: 'mapping.fc0.weight' },
  { title: 'an inner mapping layer', change: remove(/fc1/), key: 'mapping.fc1.weight' },
  { title: 'an inner block', change: remove(/\.b8\./), key: 'synthesis.b8.conv1.weight' },
  { title: 'the first RGB layer', change: remove(/b4\.torgb/), key: 'synthesis.b4.torgb.weight' },
  { title: 'the weight of an RGB layer', change: remove(/b8\.torgb\.weight/), key: 'synthesis.b8.torgb.weight' },
  { title: 'the last RGB layer', change: remove(/b16\.torgb/), key: 'synthesis.b16.torgb.weight' },
  {
    title: 'the only RGB layer',
    architecture: 'orig',
    change: remove(/b16\.torgb/),
    key: 'synthesis.b16.torgb.weight',
  },
  {
    title: 'the first skip convolution',
    architecture: 'resnet',
    change: remove(/b8\.skip/),
    key: 'synthesis.b8.skip.weight',
  },
  {
    title: 'the last skip convolution',
    architecture: 'resnet',
    change: remove(/b16\.skip\.weight/),
    key: 'synthesis.b16.skip.weight',
  },
  {
    title: 'the filter of a convolution and of its block',
    architecture: 'orig',
    change: remove(/b8\.(conv0\.)?resample_filter/),
    key: 'synthesis.b8.conv0.resample_filter',
  },
  {
    title: 'the filter that doubles RGB',
    change: remove(/b16\.resample_filter/),
    key: 'synthesis.b16.resample_filter',
  },
  {
    title: 'the filter of a skip convolution and of its block',
    architecture: 'resnet',
    change: remove(/b8\.(skip\.)?resample_filter/),
    key: 'synthesis.b8.skip.resample_filter',
  },
];

const damages: readonly Damage[] = [
  ...missing.map((damage) => ({ ...damage, title: `without ${damage.title}`, code: 'weights-missing' })),
  {
    title: 'of another family',
    change: (tensors) => {
      remove(/^synthesis/)(tensors);
      add('synthesis.L0_36_16.weight', [2, 2, 3, 3])(tensors);
    },
    code: 'unsupported-architecture',
    // The nearest family, StyleGAN3, has it first.
    key: 'synthesis.input.freqs',
  },
  {
    title: 'with a block of no power of two',
    change: add('synthesis.b12.conv1.weight', [2, 2, 3, 3]),
    code: 'unsupported-architecture',
    key: 'synthesis.b12.conv1.weight',
  },
  {
    title: 'with both early RGB layers and skip convolutions',
    change: add('synthesis.b8.skip.weight', [2, 2, 1, 1]),
    code: 'unsupported-architecture',
    key: 'synthesis.b4.torgb.weight',
  },
  {
    title: 'with an even kernel',
    change: add('synthesis.b8.conv1.weight', [2, 2, 4, 4]),
    code: 'unsupported-architecture',
    key: 'synthesis.b8.conv1.weight',
  },
  {
    title: 'with a filter of three axes',
    change: add('synthesis.b8.resample_filter', [1, 4, 4]),
    code: 'unsupported-architecture',
    key: 'synthesis.b8.resample_filter',
  },
  {
    title: 'with a bias of another length',
    change: add('synthesis.b8.conv1.bias', [7]),
    code: 'weights-shape',
    key: 'synthesis.b8.conv1.bias',
  },
  {
    title: 'with channels that do not meet',
    change: add('synthesis.b16.conv0.weight', [2, 3, 3, 3]),
    code: 'weights-shape',
    key: 'synthesis.b16.conv0.weight',
  },
  {
    title: 'with more features of the class than the mapping takes',
    change: add('mapping.embed.weight', [zDim + embedFeatures + 1, classes]),
    code: 'weights-shape',
    key: 'mapping.embed.weight',
  },
  {
    title: 'with a weight that is not a number',
    change: add('synthesis.b8.conv1.weight', [2, 2, 3, 3], NaN),
    code: 'weights-not-finite',
    key: 'synthesis.b8.conv1.weight',
  },
  {
    title: 'with an infinite noise map',
    change: add('synthesis.b8.conv1.noise_const', [8, 8], Infinity),
    code: 'weights-not-finite',
    key: 'synthesis.b8.conv1.noise_const',
  },
];

describe('a state dict is refused by the key that is wrong', () => {
  it.each(damages)('$title', ({ architecture = 'skip', change, code, key }) => {
    const tensors = stateDict(architecture);
    change(tensors);
    const error = expectError(code, () => recognise(tensors));
    expect(error.details['key']).toBe(key);
    expect(error.message).toContain(`\`${key}\``);
  });

  it('with the shape that was expected', () => {
    const tensors = stateDict('skip');
    add('synthesis.b8.conv1.bias', [7])(tensors);
    const { details } = expectError('weights-shape', () => recognise(tensors));
    expect(details).toMatchObject({ found: '[7]', expected: '[2]' });
  });
});

describe('settings that leave no trace in the shapes', () => {
  const tensors = stateDict('skip');
  const settings = {
    family: 'stylegan2',
    activation: 'relu',
    convClamp: 256,
    mappingActivation: 'tanh',
    mappingLrMultiplier: 0.125,
  };
  const written = (changes: object): Record<string, string> => ({
    [generatorMetadataKey]: JSON.stringify({ ...settings, ...changes }),
  });

  it.each([256, null])('survive conversion, with the clamp %s', (convClamp) => {
    const first = recognise(tensors, written({ convClamp }));
    expect(first.config).toMatchObject({
      activation: 'relu',
      convClamp,
      mappingActivation: 'tanh',
      mappingLrMultiplier: 0.125,
    });
    const second = recognise(tensors, first.metadata);
    expect(second.config).toEqual(first.config);
    expect(second.metadata).toEqual(first.metadata);
  });

  it('survive conversion when they came from module attributes', () => {
    const [network] = reopen(tensors).networks;
    if (network === undefined) throw new Error('no network');
    const attributes = new Map<string, string | number>([
      ['synthesis.b4.conv1.activation', 'swish'],
      ['synthesis.b4.conv1.conv_clamp', 64],
      ['mapping.fc0.activation', 'sigmoid'],
      ['mapping.fc0.bias_gain', 0.5],
    ]);
    const pickled = recogniseGenerator(reopen(tensors), { ...network, attributes });
    expect(pickled.config).toMatchObject({
      activation: 'swish',
      convClamp: 64,
      mappingActivation: 'sigmoid',
      mappingLrMultiplier: 0.5,
    });
    expect(recognise(tensors, pickled.metadata).config).toEqual(pickled.config);
    const unknown = new Map(attributes).set('synthesis.b4.conv1.activation', 'gelu');
    const error = expectError('unsupported-architecture', () =>
      recogniseGenerator(reopen(tensors), { ...network, attributes: unknown }),
    );
    expect(error.details['key']).toBe('synthesis.b4.conv1.activation');
    expect(error.message).toContain('"gelu"');
  });

  it('are read from plain metadata', () => {
    const metadata = { conv_clamp: '256', mapping_lr_multiplier: '0.125' };
    expect(recognise(tensors, metadata).config).toMatchObject({ convClamp: 256, mappingLrMultiplier: 0.125 });
    expect(recognise(tensors, { conv_clamp: 'none' }).config).toMatchObject({ convClamp: null });
  });

  it.each<[string, Record<string, string>, string]>([
    ['an unknown activation', written({ activation: 'gelu' }), 'activation'],
    ['an unknown activation of the mapping', written({ mappingActivation: 3 }), 'mappingActivation'],
    ['a clamp in words', written({ convClamp: 'high' }), 'convClamp'],
    ['no multiplier', written({ mappingLrMultiplier: undefined }), 'mappingLrMultiplier'],
    ['no JSON', { [generatorMetadataKey]: '{' }, generatorMetadataKey],
    ['a plain clamp in words', { conv_clamp: 'high' }, 'conv_clamp'],
    ['a plain multiplier in words', { mapping_lr_multiplier: 'low' }, 'mapping_lr_multiplier'],
  ])('are refused by name: %s', (_, metadata, key) => {
    const error = expectError('unsupported-architecture', () => recognise(tensors, metadata));
    expect(error.details['key']).toBe(key);
    expect(error.message).toContain(`\`${key}\``);
  });
});

describe('generatorNames', () => {
  const [{ tensors } = storedNetwork([])] = reopen(stateDict('skip')).networks;
  const wrapped = [...tensors].map(([name, tensor]) => [`module.${name}`, tensor] as const);
  const own = (...shape: number[]) => [['matrix', constantTensor(shape)]] as const;

  it('names generators by their structure, whatever they are called', () => {
    const networks = [storedNetwork(own(4, 4), 'D'), storedNetwork(wrapped, 'train'), storedNetwork(tensors, 'G_ema')];
    const checkpoint = checkpointWith(...networks);
    expect(generatorNames(checkpoint, chooseGenerator(checkpoint))).toEqual(['train', 'G_ema']);
  });

  it('names what is built like a network that only its description tells', () => {
    const networks = [
      storedNetwork(own(4, 4), 'G'),
      storedNetwork(own(4, 4), 'G_ema'),
      storedNetwork(own(4, 5), 'D'),
      storedNetwork([], 'empty'),
    ];
    const checkpoint = checkpointWith(...networks);
    expect(generatorNames(checkpoint, chooseGenerator(checkpoint))).toEqual(['G', 'G_ema']);
  });
});
