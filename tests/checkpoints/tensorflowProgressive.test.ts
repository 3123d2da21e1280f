import { describe, expect, test } from 'vitest';
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { chooseGenerator } from '../../src/checkpoints/open.js';
import { recogniseDiscriminator } from '../../src/checkpoints/discriminator.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { PgganDiscriminator } from '../../src/models/pgganDiscriminator.js';
import {
  plainPggan,
  plainPgganDiscriminator,
  plainStyleGan,
  plainStyleGanMapping,
  type ProgressiveSettings,
} from '../models/plainProgressive.js';
import { joined, maps, type Maps } from '../models/plainLayers.js';
import {
  pgganDiscriminatorVariables,
  pgganVariables,
  storedVariables,
  styleganVariables,
  zDim,
  type TinyOptions,
} from '../models/tinyProgressive.js';
import { differenceOf } from '../ops/agreement.js';
import { named, runReference } from '../ops/evaluate.js';
import { numbers } from '../ops/numbers.js';
import { expectError } from './expectError.js';
import { checkpointWith } from './storedNetwork.js';

const batch = 2;
const z = numbers([batch, zDim], 1);

/** One class a sample, the last ones. */
const labelsOf = (labels: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: batch * labels }, (_, index) =>
    index % labels === labels - 1 - Math.floor(index / labels) ? 1 : 0,
  );

const recognise = (network: StoredNetwork): RecognisedGenerator => recogniseGenerator(checkpointWith(network), network);

/** As `ganvas convert` does it. */
function converted({ tensors, metadata }: RecognisedGenerator): RecognisedGenerator {
  const written = [...tensors].map(([name, tensor]) => {
    return [name, { dtype: 'F32' as const, shape: tensor.shape, data: readTensor(tensor) }] as const;
  });
  const checkpoint = readSafetensors(writeSafetensors(new Map(written), metadata));
  return recogniseGenerator(checkpoint, chooseGenerator(checkpoint));
}

/** In f64, so that what differs is not rounding. */
function picture({ generator }: RecognisedGenerator): Float64Array {
  const { cDim, numWs } = generator;
  const inputs = {
    z: { shape: [batch, zDim], values: z },
    psi: { shape: [numWs], values: new Float32Array(numWs).fill(1) },
    ...(cDim > 0 ? { c: { shape: [batch, cDim], values: labelsOf(cDim) } } : {}),
  };
  const { img } = runReference((given) => {
    const w = generator.mapping(named(given, 'z'), given['c'] ?? null);
    const ws = generator.truncate(w, named(given, 'psi'));
    return { img: generator.synthesis(ws, { noise: 'const' }) };
  }, inputs);
  if (img === undefined) throw new Error('no picture');
  return img;
}

function expectSame(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(actual.length).toBe(expected.length);
  expect(differenceOf(actual, expected, Array.from(expected, Math.abs)).relL2).toBeLessThan(1e-9);
}

const settingsOf = ({ resolution, fused, lod }: TinyOptions, useWscale = true): ProgressiveSettings => ({
  resolution,
  fused: () => fused,
  useWscale,
  lod,
});

const zMaps = maps([batch, zDim, 1, 1], z);
const labelMaps = (labels: number): Maps => maps([batch, labels, 1, 1], labelsOf(labels));
const plain: TinyOptions = { resolution: 16, fused: false, lod: 0, labels: 0 };

describe('PGGAN of the TensorFlow code', () => {
  const cases: readonly (readonly [string, TinyOptions, boolean])[] = [
    ['repeating pixels', plain, true],
    ['fused', { ...plain, fused: true }, true],
    ['with classes', { ...plain, labels: 3 }, true],
    ['fading', { ...plain, fused: true, lod: 0.75 }, true],
    ['of which a block is missing', { ...plain, lod: 1 }, true],
    ['with weights as they are used', plain, false],
  ];
  test.each(cases)('%s', (_, options, useWscale) => {
    const variables = pgganVariables(options);
    const kwargs = { label_size: options.labels, ...(useWscale ? {} : { use_wscale: false }) };
    const recognised = recognise(storedVariables(variables, kwargs));
    const combo = options.labels > 0 ? joined(zMaps, labelMaps(options.labels)) : zMaps;
    const img = picture(recognised);
    expectSame(img, plainPggan(variables, settingsOf(options, useWscale), combo).values);
    const again = converted(recognised);
    expect(again.config).toEqual(recognised.config);
    expect(picture(again)).toEqual(img);
  });

  test('says what it is', () => {
    const { config, notes, generator } = recognise(
      storedVariables(pgganVariables({ ...plain, labels: 3 }), { label_size: 3 }),
    );
    expect(generator.family).toBe('pggan');
    expect(config).toMatchObject({ zDim, cDim: 3, resolution: 16, imgChannels: 3, fusedScale: false, lod: 0 });
    expect(notes.join(' ')).toContain('PGGAN at 16×16: z 5, 3 classes.');
    expect(generator.latentWeight('layer0')).toEqual({ name: 'layer0.weight', latentAxis: 1 });
  });

  test('refuses what the model is not', () => {
    const network = storedVariables(pgganVariables(plain), { use_pixelnorm: false });
    expect(expectError('unsupported-architecture', () => recognise(network)).message).toContain('use_pixelnorm');
  });

  test('names a missing variable as the file does', () => {
    const { tensors, ...rest } = storedVariables(pgganVariables(plain), {});
    const fewer = new Map([...tensors].filter(([name]) => name !== '8x8/Conv1/weight'));
    expect(expectError('weights-missing', () => recognise({ ...rest, tensors: fewer })).message).toContain(
      '8x8/Conv1/weight',
    );
  });
});

describe('StyleGAN (v1) of the TensorFlow code', () => {
  const cases: readonly (readonly [string, TinyOptions, Readonly<Record<string, unknown>>])[] = [
    ['as published, below 128²', plain, {}],
    ['fused everywhere', { ...plain, fused: true }, { fused_scale: true }],
    ['with classes', { ...plain, labels: 3 }, { label_size: 3, mapping_lrmul: 0.1 }],
    ['fading', { ...plain, lod: 0.25 }, {}],
    ['without blur', plain, { blur_filter: null }],
    ['with weights as they are used', plain, { use_wscale: false, blur_filter: [1, 3, 8, 3, 1] }],
  ];
  test.each(cases)('%s', (_, options, kwargs) => {
    const variables = styleganVariables(options);
    const recognised = recognise(storedVariables(variables, kwargs));
    const useWscale = kwargs['use_wscale'] !== false;
    const lrmul = typeof kwargs['mapping_lrmul'] === 'number' ? kwargs['mapping_lrmul'] : 0.01;
    const label = options.labels > 0 ? labelMaps(options.labels) : null;
    const w = plainStyleGanMapping(variables, { useWscale, lrmul, layers: 2 }, zMaps, label);
    const blur = 'blur_filter' in kwargs ? (kwargs['blur_filter'] as number[] | null) : [1, 2, 1];
    const img = picture(recognised);
    expectSame(img, plainStyleGan(variables, { ...settingsOf(options, useWscale), blur }, w).values);
    const again = converted(recognised);
    expect(again.config).toEqual(recognised.config);
    expect(picture(again)).toEqual(img);
  });

  test('says what it is', () => {
    const { config, notes, generator } = recognise(storedVariables(styleganVariables(plain), {}));
    expect(generator.family).toBe('stylegan');
    expect(generator.canTruncate).toBe(true);
    expect(generator.noiseMaps.map(({ resolution }) => resolution)).toEqual([4, 4, 8, 8, 16, 16]);
    expect(config).toMatchObject({ zDim, wDim: 7, cDim: 0, resolution: 16, fusedScale: 'auto', blur: '1 2 1' });
    expect(notes.join(' ')).toContain('those from 128×128 up fused');
    expect(generator.latentWeight('layer3')).toEqual({ name: 'synthesis.layer3.style.weight', latentAxis: 1 });
  });

  test.each([{ const_input_layer: false }, { use_pixel_norm: true }, { nonlinearity: 'relu' }])(
    'refuses %o',
    (kwargs) => {
      const network = storedVariables(styleganVariables(plain), kwargs);
      const { message } = expectError('unsupported-architecture', () => recognise(network));
      expect(message).toContain(Object.keys(kwargs)[0]);
    },
  );
});

describe('the discriminator of PGGAN', () => {
  const pictures = numbers([batch, 3, 16, 16], 2);

  test.each([
    ['apart', { ...plain }],
    ['fused', { ...plain, fused: true }],
    ['with classes', { ...plain, labels: 3 }],
  ])('%s', (_, options) => {
    const variables = pgganDiscriminatorVariables(options);
    const found = recogniseDiscriminator(checkpointWith(storedVariables(variables, {}, 'D')));
    if (!(found?.network instanceof PgganDiscriminator)) throw new Error('not recognised');
    const { network } = found;
    const results = runReference(
      (given) => {
        const x = named(given, 'x');
        const features = network.features(x).map((layer, index) => [`feature ${index}`, layer] as const);
        return { ...Object.fromEntries(features), logits: network.logits(x) };
      },
      { x: { shape: [batch, 3, 16, 16], values: pictures } },
    );
    const expected = plainPgganDiscriminator(variables, settingsOf(options), maps([batch, 3, 16, 16], pictures));
    expected.features.forEach(({ values }, index) => expectSame(results[`feature ${index}`] ?? [], values));
    expectSame(results['logits'] ?? [], expected.scores);
    expect(found.title).toBe('a PGGAN discriminator at 16×16');
  });

  test('is not that of StyleGAN, which filters before it halves', () => {
    const network = storedVariables(pgganDiscriminatorVariables({ ...plain, fused: true }), {}, 'D');
    expect(recogniseDiscriminator(checkpointWith({ ...network, className: 'D_basic' }))).toBeNull();
  });

  test('refuses one that was still growing', () => {
    const network = storedVariables(pgganDiscriminatorVariables({ ...plain, lod: 2 }), {}, 'D');
    expectError('unsupported-architecture', () => recogniseDiscriminator(checkpointWith(network)));
  });
});
