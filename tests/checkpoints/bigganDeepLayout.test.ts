import { describe, expect, test } from 'vitest';
import type { StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { recogniseWithLayers } from '../../src/checkpoints/layersFileRecognition.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { checkpointWith, constantTensor, storedNetwork } from './storedNetwork.js';

interface Form {
  /** Channels into and out of each block. */
  readonly blocks: readonly (readonly [number, number])[];
  readonly attentionAt: number;
  /** With `weight_orig` and its vectors, or what is left when the norm has been taken out. */
  readonly spectral?: boolean;
}

const wDim = 6;
const statisticsCount = 51;

/** Names and shapes as pytorch-pretrained-BigGAN stores them. */
function tensorsOf({ blocks, attentionAt, spectral = true }: Form): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  const set = (name: string, shape: readonly number[]): void => {
    tensors.set(name, constantTensor(shape));
  };
  const weight = (path: string, shape: readonly number[]): void => {
    if (!spectral) return set(`${path}.weight`, shape);
    set(`${path}.weight_orig`, shape);
    set(`${path}.weight_u`, shape.slice(0, 1));
    set(`${path}.weight_v`, [shape.slice(1).reduce((product, extent) => product * extent, 1)]);
  };
  const layer = (path: string, shape: readonly number[]): void => {
    weight(path, shape);
    set(`${path}.bias`, shape.slice(0, 1));
  };
  const statistics = (path: string, channels: number): void => {
    set(`${path}.running_means`, [statisticsCount, channels]);
    set(`${path}.running_vars`, [statisticsCount, channels]);
  };
  const [first = [0, 0]] = blocks;
  set('embeddings.weight', [2, 10]);
  layer('generator.gen_z', [16 * first[0], wDim]);
  blocks.forEach(([before, after], block) => {
    const path = `generator.layers.${block < attentionAt ? block : block + 1}`;
    const middle = before / 4;
    [before, middle, middle, middle].forEach((channels, norm) => {
      statistics(`${path}.bn_${norm}`, channels);
      weight(`${path}.bn_${norm}.scale`, [channels, wDim]);
      weight(`${path}.bn_${norm}.offset`, [channels, wDim]);
    });
    layer(`${path}.conv_0`, [middle, before, 1, 1]);
    layer(`${path}.conv_1`, [middle, middle, 3, 3]);
    layer(`${path}.conv_2`, [middle, middle, 3, 3]);
    layer(`${path}.conv_3`, [after, middle, 1, 1]);
  });
  const channels = blocks[attentionAt]?.[0] ?? 0;
  const path = `generator.layers.${attentionAt}`;
  set(`${path}.gamma`, [1]);
  weight(`${path}.snconv1x1_theta`, [channels / 8, channels, 1, 1]);
  weight(`${path}.snconv1x1_phi`, [channels / 8, channels, 1, 1]);
  weight(`${path}.snconv1x1_g`, [channels / 2, channels, 1, 1]);
  weight(`${path}.snconv1x1_o_conv`, [channels, channels / 2, 1, 1]);
  const last = blocks.at(-1)?.[1] ?? 0;
  statistics('generator.bn', last);
  set('generator.bn.weight', [last]);
  set('generator.bn.bias', [last]);
  layer('generator.conv_to_rgb', [last, last, 3, 3]);
  return tensors;
}

const unit = 4;
const scaled = (pairs: string): (readonly [number, number])[] =>
  pairs.split(' ').map((pair) => {
    const [before = 0, after = 0] = pair.split(',').map((width) => Number(width) * unit);
    return [before, after] as const;
  });

const published = scaled('16,16 16,16 16,16 16,8 8,8 8,4 4,4 4,2 2,2 2,1');
const own = scaled('8,8 8,4 4,2 2,1');

function open(form: Form, config?: object): RecognisedGenerator {
  const network = storedNetwork(tensorsOf(form));
  const checkpoint = checkpointWith(network);
  return config === undefined
    ? recogniseGenerator(checkpoint, network)
    : recogniseWithLayers(
        checkpoint,
        network,
        JSON.stringify({ attention_layer_position: form.attentionAt, ...config }),
      );
}

describe('BigGAN-deep', () => {
  test('of a published size is known by its channels', () => {
    const { generator, notes } = open({ blocks: published, attentionAt: 8 });
    expect(generator).toMatchObject({ resolution: 128, zDim: 4, wDim: 6, cDim: 10, numWs: 11, canTruncate: true });
    expect(generator.wLayers.map(({ resolution }) => resolution)).toEqual([4, 4, 8, 8, 16, 16, 32, 32, 64, 64, 128]);
    expect(notes.join(' ')).toMatch(/as in the published models/);
  });

  test('of another size says what it takes for granted', () => {
    const { generator, notes } = open({ blocks: own, attentionAt: 2 });
    expect(generator.resolution).toBe(16);
    expect(notes.join(' ')).toMatch(/is not stored.*config\.json/);
  });

  test('upsamples where its config.json says', () => {
    const layers = [true, true, false, true].map((up) => [up, 1, 1]);
    const { generator } = open({ blocks: own, attentionAt: 2 }, { layers, eps: 1e-3 });
    expect(generator.wLayers.map(({ resolution }) => resolution)).toEqual([4, 8, 16, 16, 32]);
    expect(open({ blocks: own, attentionAt: 2 }, { layers, eps: 1e-3 }).config).toMatchObject({ epsilon: 1e-3 });
  });

  test('is another model to its hash under another config.json, and the same under one that says what is taken anyway', () => {
    const form = { blocks: own, attentionAt: 2 };
    const hashed = (upsample: readonly boolean[], eps: number): string | null =>
      open(form, { layers: upsample.map((up) => [up, 1, 1]), eps }).hashedText;
    const usual = [false, true, false, true];
    expect(open(form).hashedText).toBeNull();
    expect(hashed(usual, 1e-4)).toBeNull();
    expect(new Set([hashed(usual, 1e-3), hashed([true, true, false, true], 1e-4), null]).size).toBe(3);
  });

  test('refuses a config.json of another model', () => {
    const layers = [true, false].map((up) => [up, 1, 1]);
    expect(() => open({ blocks: own, attentionAt: 2 }, { layers })).toThrow(/each of the file's 4 blocks/);
  });

  test('opens where spectral norm has been taken out', () => {
    const { generator } = open({ blocks: own, attentionAt: 2, spectral: false });
    expect(generator.latentWeight('layers.1')).toEqual({ name: 'generator.layers.1.bn_0.scale.weight', latentAxis: 1 });
  });

  test('names what is missing', () => {
    const tensors = tensorsOf({ blocks: own, attentionAt: 2 });
    tensors.delete('generator.layers.1.conv_2.weight_v');
    const network = storedNetwork(tensors);
    expect(() => recogniseGenerator(checkpointWith(network), network)).toThrow(/layers\.1\.conv_2\.weight_v.*missing/);
  });
});

describe('statistics at a psi', () => {
  const { generator } = open({ blocks: own, attentionAt: 2 });
  const rows = (psi: number): Record<number, number> => {
    const weights = [...(generator.statisticsOf(psi) ?? [])].map((weight, set) => [set, weight] as const);
    return Object.fromEntries(weights.filter(([, weight]) => weight !== 0));
  };

  test('are one of the stored sets where psi is a multiple of the step', () => {
    expect(rows(1)).toEqual({ 50: 1 });
    expect(rows(0.5)).toEqual({ 25: 1 });
    expect(rows(0)).toEqual({ 0: 1 });
  });

  test('mix the neighbours with the fraction on the lower one, as the reference does', () => {
    const mixed = rows(0.555);
    expect(Object.keys(mixed)).toEqual(['27', '28']);
    expect(mixed[27]).toBeCloseTo(0.75, 6);
    expect(mixed[28]).toBeCloseTo(0.25, 6);
  });

  test('keep what the division rounds to: 0.14 takes set 8, 0.58 takes set 28', () => {
    expect(rows(0.14)[8]).toBeCloseTo(1, 6);
    expect(rows(0.58)[28]).toBeCloseTo(1, 6);
  });

  test('are the last beyond 1, and do not ask for the sign', () => {
    expect(rows(1.4)).toEqual({ 50: 1 });
    expect(rows(-0.5)).toEqual(rows(0.5));
  });
});
