import { describe, expect, test } from 'vitest';
import type { StoredNetwork, StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { recogniseDiscriminator } from '../../src/checkpoints/discriminator.js';
import { generatorMetadataKey } from '../../src/checkpoints/generatorFamily.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { expectError } from './expectError.js';
import { checkpointWith, constantTensor, storedNetwork } from './storedNetwork.js';

type Tensors = Map<string, StoredTensor>;

/** Channels of 4², 8², 16² and 32². */
const channels = [8, 8, 8, 4];

interface Form {
  readonly fused?: boolean;
  readonly inputs?: number;
  readonly value?: number;
  readonly widths?: readonly number[];
}

/** genforce's PGGANGenerator at 32². */
function pggan({ fused = false, inputs = 8, value = 1, widths = channels }: Form = {}): Tensors {
  const tensors: Tensors = new Map([['lod', constantTensor([], 0)]]);
  const layer = (name: string, ...shape: readonly number[]): void => {
    tensors.set(`${name}.weight`, constantTensor(shape, value));
  };
  widths.forEach((out, block) => {
    const before = widths[block - 1] ?? 0;
    const doubling = fused ? [before, out] : [out, before];
    layer(`layer${2 * block}`, ...(block === 0 ? [out, inputs, 4, 4] : [...doubling, 3, 3]));
    layer(`layer${2 * block + 1}`, out, out, 3, 3);
    layer(`output${block}`, 3, out, 1, 1);
    for (const name of [`layer${2 * block}`, `layer${2 * block + 1}`])
      tensors.set(`${name}.bias`, constantTensor([out]));
    tensors.set(`output${block}.bias`, constantTensor([3]));
  });
  return tensors;
}

/** genforce's StyleGANGenerator at 8². */
function stylegan(value = 1): Tensors {
  const tensors: Tensors = new Map();
  const put = (name: string, ...shape: readonly number[]): void => void tensors.set(name, constantTensor(shape, value));
  put('mapping.dense0.weight', 6, 5);
  put('mapping.dense0.bias', 6);
  put('truncation.w_avg', 6);
  put('synthesis.layer0.const', 1, 4, 4, 4);
  tensors.set('synthesis.lod', constantTensor([], 0));
  for (const index of [0, 1, 2, 3]) {
    const [layer, size] = [`synthesis.layer${index}`, index < 2 ? 4 : 8];
    if (index > 0) put(`${layer}.weight`, 4, 4, 3, 3);
    put(`${layer}.bias`, 4);
    put(`${layer}.apply_noise.weight`, 4);
    put(`${layer}.apply_noise.noise`, 1, 1, size, size);
    put(`${layer}.style.weight`, 8, 6);
    put(`${layer}.style.bias`, 8);
    if (index === 2) put(`${layer}.blur.kernel`, 4, 1, 3, 3);
  }
  for (const block of [0, 1]) {
    put(`synthesis.output${block}.weight`, 3, 4, 1, 1);
    put(`synthesis.output${block}.bias`, 3);
  }
  return tensors;
}

function recognise(tensors: Tensors, settings?: object): RecognisedGenerator {
  const network: StoredNetwork = storedNetwork(tensors, 'generator_smooth');
  const metadata: Record<string, string> =
    settings === undefined ? {} : { [generatorMetadataKey]: JSON.stringify(settings) };
  return recogniseGenerator({ ...checkpointWith(network), metadata }, network);
}

function without(tensors: Tensors, name: string): Tensors {
  expect(tensors.delete(name)).toBe(true);
  return tensors;
}

function replaced(tensors: Tensors, name: string, shape: readonly number[], value?: number): Tensors {
  return tensors.set(name, constantTensor(shape, value));
}

describe('PGGAN with genforce’s names', () => {
  test.each([true, false])('tells fused layers where the number of channels changes: %s', (fused) => {
    expect(recognise(pggan({ fused })).config).toMatchObject({ fusedScale: fused, resolution: 32, zDim: 8, cDim: 0 });
  });

  test('tells classes by what z is longer than the first layer', () => {
    expect(recognise(pggan({ inputs: 11 })).config).toMatchObject({ zDim: 8, cDim: 3 });
    expect(recognise(pggan({ inputs: 6 })).config).toMatchObject({ zDim: 6, cDim: 0 });
  });

  test('tells weights that are stored as they are used by their size', () => {
    expect(recognise(pggan()).config['weightScaling']).toBe(true);
    expect(recognise(pggan({ value: Math.SQRT2 / Math.sqrt(9 * 8) })).config['weightScaling']).toBe(false);
  });

  test('takes from the metadata what tensors do not say', () => {
    const widths = [8, 8, 8, 8];
    const { config, notes, metadata } = recognise(pggan({ widths, inputs: 10 }), {
      cDim: 1,
      fusedScale: true,
      weightScaling: false,
      finalTanh: true,
    });
    expect(config).toMatchObject({ zDim: 9, cDim: 1, fusedScale: true, weightScaling: false, finalTanh: true });
    expect(notes[1]).toContain("read from the file's metadata");
    expect(
      recognise(pggan({ widths, inputs: 10 }), JSON.parse(metadata[generatorMetadataKey] ?? '') as object).config,
    ).toEqual(config);
    expect(recognise(pggan({ widths })).config['fusedScale']).toBe(false);
  });

  test('counts what is trained', () => {
    const { generator } = recognise(pggan({ widths: [8, 8] }));
    expect(generator.parameterCount).toBe(8 * 8 * 16 + 3 * 8 * 8 * 9 + 4 * 8 + 2 * (3 * 8 + 3));
    expect(generator.wLayers).toEqual([{ index: 0, names: ['layer0'], resolution: 4 }]);
    expect(generator.latentSpaces).toEqual(['z']);
  });

  test('names what is missing or does not fit', () => {
    const missing = expectError('weights-missing', () => recognise(without(pggan(), 'layer3.weight')));
    expect(missing.message).toContain('layer3.weight');
    expectError('weights-missing', () => recognise(without(pggan(), 'output3.weight')));
    expectError('weights-shape', () => recognise(replaced(pggan(), 'layer4.bias', [5])));
    expectError('unsupported-architecture', () => recognise(replaced(pggan(), 'lod', [], 4)));
    expectError('unsupported-architecture', () => recognise(pggan(), { cDim: 8 }));
    const odd = without(without(pggan(), 'layer7.weight'), 'layer7.bias');
    expect(expectError('unsupported-architecture', () => recognise(odd)).message).toContain('layer6');
  });
});

describe('StyleGAN with genforce’s names', () => {
  test('tells its sizes', () => {
    const { config, notes } = recognise(stylegan());
    expect(config).toMatchObject({
      zDim: 5,
      wDim: 6,
      mappingLayers: 1,
      resolution: 8,
      imgChannels: 3,
      weightScaling: true,
    });
    expect(notes.join(' ')).toContain('`synthesis.layer2.blur.kernel`');
    expect(recognise(stylegan(0.2)).config['weightScaling']).toBe(false);
  });

  test('names a mapping layer that is missing', () => {
    const gap = stylegan().set('mapping.dense2.bias', constantTensor([6]));
    const error = expectError('weights-missing', () => recognise(gap));
    expect(error.message).toContain('`mapping.dense1.weight` is missing: `mapping.dense2.bias` is there');
  });

  test('takes from the metadata what tensors do not say', () => {
    const stated = { fusedScale: true, blur: null, mappingLrMultiplier: 0.1, finalTanh: true };
    expect(recognise(stylegan(), stated).config).toMatchObject(stated);
    expectError('unsupported-architecture', () => recognise(stylegan(), { fusedScale: 'sometimes' }));
    expectError('unsupported-architecture', () => recognise(stylegan(), { blur: [1, 1] }));
    expectError('unsupported-architecture', () => recognise(stylegan(), { weightScaling: 1 }));
  });

  test('goes without noise, but not without half of it', () => {
    const silent = stylegan();
    for (const index of [0, 1, 2, 3])
      for (const part of ['weight', 'noise']) without(silent, `synthesis.layer${index}.apply_noise.${part}`);
    expect(recognise(silent).generator.noiseMaps).toEqual([]);
    expectError('weights-missing', () => recognise(without(stylegan(), 'synthesis.layer1.apply_noise.noise')));
  });
});

describe('discriminators with genforce’s names', () => {
  const tensors: Tensors = new Map();
  const put = (name: string, ...shape: readonly number[]): void => {
    tensors.set(`${name}.weight`, constantTensor(shape, 1));
    tensors.set(`${name}.bias`, constantTensor(shape.slice(0, 1)));
  };
  put('input0', 4, 3, 1, 1);
  put('layer0', 4, 4, 3, 3);
  put('layer1', 6, 4, 3, 3);
  put('layer2', 6, 7, 3, 3);
  put('layer3', 5, 96);
  put('layer4', 1, 5);

  test('are PGGAN’s', () => {
    const found = recogniseDiscriminator(checkpointWith(storedNetwork(tensors, 'discriminator')));
    expect(found?.title).toBe('a PGGAN discriminator at 8×8');
    expect(found?.network.config).toMatchObject({ imgChannels: 3, fusedScale: false, mbstdGroupSize: 4 });
  });

  test('name a layer that is missing', () => {
    const last = ['layer5', 'layer6'].map((name) => [`${name}.weight`, constantTensor([5, 5], 1)] as const);
    const gap = new Map([...tensors, ...last]);
    for (const part of ['weight', 'bias']) without(gap, `layer3.${part}`);
    const read = (): unknown => recogniseDiscriminator(checkpointWith(storedNetwork(gap, 'discriminator')));
    expect(expectError('weights-missing', read).details).toMatchObject({ key: 'layer3.weight' });
  });

  test('are not StyleGAN’s, which filter', () => {
    const filtered = new Map(tensors).set('layer1.blur.kernel', constantTensor([4, 1, 3, 3]));
    expect(recogniseDiscriminator(checkpointWith(storedNetwork(filtered, 'discriminator')))).toBeNull();
  });
});
