import { describe, expect, test } from 'vitest';
import { designedLayers, designedShapes, type StyleGan3Design } from '../../bench/stylegan3Design.js';
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { generatorMetadataKey } from '../../src/checkpoints/generatorFamily.js';
import { chooseGenerator } from '../../src/checkpoints/open.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { expectError } from './expectError.js';

type Tensors = Map<string, TensorToWrite>;

const design: StyleGan3Design = { resolution: 32, channelBase: 32, channelMax: 2, kernel: 1, isRadial: true };
const names = designedLayers(design).map(({ name }) => name);

function put(tensors: Tensors, name: string, shape: readonly number[]): void {
  const count = shape.reduce((product, size) => product * size, 1);
  tensors.set(name, { dtype: 'F32', shape, data: new Float32Array(count).fill(0.5) });
}

function stateDict(given: StyleGan3Design = design): Tensors {
  const tensors: Tensors = new Map();
  for (const [name, shape] of designedShapes(given)) put(tensors, name, shape);
  for (const layer of ['fc0', 'fc1']) {
    put(tensors, `mapping.${layer}.weight`, [512, layer === 'fc0' ? 7 : 512]);
    put(tensors, `mapping.${layer}.bias`, [512]);
  }
  return tensors;
}

type Attributes = StoredNetwork['attributes'];

function recognise(tensors: Tensors, metadata: Record<string, string> = {}, attributes?: Attributes) {
  const checkpoint = readSafetensors(writeSafetensors(tensors, metadata));
  const network = chooseGenerator(checkpoint);
  return recogniseGenerator(checkpoint, attributes === undefined ? network : { ...network, attributes });
}

const withoutNotes = ({ config, metadata, generator }: RecognisedGenerator) => ({
  config,
  metadata,
  layers: generator.wLayers,
});

describe('a StyleGAN3 generator', () => {
  test('is known by its tensors alone, with the settings that all published files have', () => {
    const { generator, config, notes } = recognise(stateDict());
    expect(generator).toMatchObject({
      family: 'stylegan3',
      zDim: 7,
      wDim: 512,
      numWs: 16,
      resolution: 32,
      imgChannels: 3,
    });
    expect(generator.takesTransform).toBe(true);
    expect(config).toMatchObject({ bandwidth: 2, convClamp: 256, outputScale: 0.25, layers: names.join(' ') });
    expect(notes[0]).toContain('StyleGAN3-R at 32×32: 15 layers');
    expect(generator.latentWeight('L3_36_2')).toEqual({ name: 'synthesis.L3_36_2.affine.weight', latentAxis: 1 });
  });

  test('of other settings says so when converted, and is then the same again', () => {
    const rates = designedLayers(design).map(({ samplingRate }) => samplingRate);
    const attributes = new Map<string, string | number | boolean | null>([
      ['synthesis.input.bandwidth', 3],
      ['synthesis.output_scale', 0.5],
      ['mapping.fc0.bias_gain', 0.02],
      [`synthesis.${names[0] ?? ''}.conv_clamp`, null],
      [`synthesis.${names[0] ?? ''}.in_sampling_rate`, 16],
      [`synthesis.${names[0] ?? ''}.tmp_sampling_rate`, 32],
      ...names.map((name, index) => [`synthesis.${name}.out_sampling_rate`, rates[index] ?? 0] as const),
    ]);
    const first = recognise(stateDict(), {}, attributes);
    expect(first.config).toMatchObject({ bandwidth: 3, convClamp: null, outputScale: 0.5, mappingLrMultiplier: 0.02 });
    expect(withoutNotes(recognise(stateDict(), first.metadata))).toEqual(withoutNotes(first));
  });

  test('counts trained numbers only', () => {
    const trained = [...stateDict()].filter(([name]) => /(weight|bias)$/.test(name));
    const count = trained.reduce((sum, [, { data }]) => sum + data.byteLength / 4, 0);
    expect(recognise(stateDict()).generator.parameterCount).toBe(count);
  });
});

describe('a file that contradicts itself is refused, naming the tensor:', () => {
  const [fourth = '', last = ''] = [names[3], names[14]];
  const renamed = (tensors: Tensors, from: string, to: string): Tensors =>
    new Map([...tensors].map(([name, tensor]) => [name.replace(`.${from}.`, `.${to}.`), tensor]));
  const without = (pattern: RegExp): Tensors => new Map([...stateDict()].filter(([name]) => !pattern.test(name)));

  test.each([
    ['a layer that is missing', without(new RegExp(fourth)), 'weights-missing', 'synthesis.L3_'],
    ['RGB that is missing', without(new RegExp(last)), 'weights-missing', 'synthesis.L14_'],
    ['a filter that is missing', without(/L5_\d+_\d+\.up_filter/), 'weights-missing', 'L5_52_2.up_filter'],
    ['a map of another size', renamed(stateDict(), fourth, 'L3_40_2'), 'unsupported-architecture', 'L3_40_2'],
    [
      'two layers of one number',
      new Map([...stateDict(), ...renamed(stateDict(), fourth, 'L3_36_4')]),
      'unsupported-architecture',
      'L3_36_4',
    ],
    ['channels that its name does not say', renamed(stateDict(), fourth, 'L3_36_4'), 'weights-shape', 'L3_36_4'],
  ])('%s', (_, tensors, code, key) => {
    expect(expectError(code, () => recognise(tensors)).message).toContain(key);
  });

  test('metadata that is no list of rates', () => {
    const metadata = { [generatorMetadataKey]: JSON.stringify({ family: 'stylegan3', samplingRates: 16 }) };
    const error = expectError('unsupported-architecture', () => recognise(stateDict(), metadata));
    expect(error.message).toContain('samplingRates');
  });
});
