import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { generatorFamilies } from '../../src/checkpoints/generatorFamilies.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import type { LabelNormalisation } from '../../src/models/mappingNetwork.js';
import type { StyleGan2Architecture } from '../../src/models/stylegan2.js';
import { expectError, expectTypedOutcome } from './expectError.js';
import { checkpointWith } from './storedNetwork.js';
import { genforceTensors, growingTensors, rosinalityTensors, tensorflowTensors } from './stylegan2Dialects.js';
import {
  classes,
  commonGenerator,
  converted,
  difference,
  networkOf,
  picture,
  plain,
  stored,
  tinyTensors,
  wDim,
  type Plain,
  type PlainTensors,
} from './tinyStylegan2.js';

/** Rounding of what is added to and multiplied with f32 numbers on the way. */
const rounding = 2e-6;

const withAverage = (tensors: PlainTensors, average: Plain): PlainTensors =>
  new Map([...tensors, ['latent_avg', average]]);

function recognise(tensors: PlainTensors, rest: Partial<StoredNetwork> = {}): RecognisedGenerator {
  const network = networkOf(tensors, rest);
  return recogniseGenerator(checkpointWith(network), network);
}

interface Dialect {
  readonly title: string;
  readonly write: (common: PlainTensors) => PlainTensors;
  readonly architectures: readonly StyleGan2Architecture[];
  readonly labels: readonly (LabelNormalisation | null)[];
  /** What the first note names. */
  readonly tell: string;
  /** A tensor of the file whose loss must be told by its name there. */
  readonly tensor: string;
}

const dialects: readonly Dialect[] = [
  {
    title: 'rosinality',
    write: (common) => withAverage(rosinalityTensors(common), plain(common, 'mapping.w_avg')),
    architectures: ['skip'],
    labels: [null],
    tell: 'rosinality',
    tensor: 'convs.1.conv.modulation.weight',
  },
  {
    title: 'a decoder below `decoder.`',
    write: (common) => withAverage(rosinalityTensors(common, 'decoder.'), plain(common, 'mapping.w_avg')),
    architectures: ['skip'],
    labels: [null],
    tell: '`decoder.`',
    tensor: 'decoder.to_rgbs.0.conv.modulation.bias',
  },
  {
    title: 'genforce',
    write: genforceTensors,
    architectures: ['skip', 'orig'],
    labels: [null, 'joint'],
    tell: 'genforce',
    tensor: 'synthesis.layer3.weight',
  },
  {
    title: 'TensorFlow',
    write: tensorflowTensors,
    architectures: ['skip', 'orig', 'resnet'],
    labels: [null, 'joint', 'separate'],
    tell: 'TensorFlow',
    tensor: 'synthesis/8x8/Conv1/mod_weight',
  },
  {
    title: 'TensorFlow, grown',
    write: (common) => growingTensors(common),
    architectures: ['orig'],
    labels: [null],
    tell: 'TensorFlow',
    tensor: 'synthesis/ToRGB_lod0/mod_bias',
  },
];

const variants = dialects.flatMap((dialect) =>
  dialect.architectures.flatMap((architecture) =>
    dialect.labels.map((labels) => ({ ...dialect, architecture, labels, named: labels ?? 'no' })),
  ),
);

describe.each(variants)('$title, $architecture, $named labels', ({ write, architecture, labels, tell }) => {
  const common = tinyTensors({ architecture, labels });
  const recognised = recognise(write(common));

  it('is the same network under the common names', () => {
    const expected = commonGenerator(common, labels ?? 'joint');
    const { architecture: found, resolution, zDim, cDim, mappingLayers } = recognised.config;
    expect({ found, resolution, zDim, cDim, mappingLayers }).toEqual({
      found: architecture,
      resolution: 16,
      zDim: wDim,
      cDim: labels === null ? 0 : classes,
      mappingLayers: 2,
    });
    // Filters may be those of a block or of its first convolution.
    const layers = [...expected.tensors].filter(([name]) => !name.endsWith('.resample_filter'));
    for (const [name, { shape }] of layers) expect(recognised.weights.get(name).shape).toEqual(shape);
    expect(recognised.generator.parameterCount).toBe(expected.generator.parameterCount);
    expect(difference(picture(recognised), picture(expected))).toBeLessThan(rounding);
  });

  it('makes the same picture when it was converted', () => {
    const again = converted(recognised);
    expect(again.config).toEqual(recognised.config);
    expect(again.metadata).toEqual(recognised.metadata);
    expect(picture(again)).toEqual(picture(recognised));
  });

  it('is told by its first note, and nothing else is ignored', () => {
    expect(recognised.notes[0]).toContain(tell);
    const ignored = recognised.notes.filter((note) => note.startsWith('Ignored'));
    expect(ignored.join().replace(/.*ToRGB_lod1.*|.*`lod`.*/, '')).toBe('');
  });
});

describe.each(dialects)(
  '$title speaks of its own names',
  ({ write, tensor, architectures: [architecture = 'skip'] }) => {
    const tensors = write(tinyTensors({ architecture }));

    it('when a tensor is missing', () => {
      const without = new Map([...tensors].filter(([name]) => name !== tensor));
      const error = expectError('weights-missing', () => recognise(without));
      expect(error.details['key']).toBe(tensor);
      expect(error.message).toContain(`\`${tensor}\``);
    });

    it('and is told from all other families', () => {
      const network = networkOf(tensors);
      const answers = generatorFamilies.filter(({ recognises }) => recognises(network)).map(({ title }) => title);
      expect(answers).toHaveLength(1);
    });

    it('and ends in a picture or a typed error, whatever shapes are in the file', () => {
      const names = [...tensors.keys()];
      const shape = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 5 });
      const damage = fc.array(fc.tuple(fc.constantFrom(...names), fc.option(shape)), { minLength: 1, maxLength: 3 });
      fc.assert(
        fc.property(damage, (changes) => {
          const damaged = new Map(tensors);
          for (const [name, size] of changes) {
            const count = size?.reduce((product, extent) => product * extent, 1) ?? 0;
            if (size === null) damaged.delete(name);
            else damaged.set(name, { shape: size, values: new Float32Array(count) });
          }
          expectTypedOutcome(() => recognise(damaged));
        }),
      );
    });

    it('when a tensor is of another shape, or not finite', () => {
      const { shape, values } = plain(tensors, tensor);
      const longer = { shape: [(shape[0] ?? 0) + 1, ...shape.slice(1)], values: new Float32Array(1000) };
      const wrong = expectError('weights-shape', () => recognise(new Map([...tensors, [tensor, longer]])));
      expect(String(wrong.details['key'])).not.toContain('synthesis.b');
      const infinite = { shape, values: values.map(() => Infinity) };
      const error = expectError('weights-not-finite', () => recognise(new Map([...tensors, [tensor, infinite]])));
      expect(error.details['key']).toBe(tensor);
    });
  },
);

describe('rosinality', () => {
  const common = tinyTensors();
  const tensors = rosinalityTensors(common);
  const average = plain(common, 'mapping.w_avg');
  const expected = picture(commonGenerator(common, 'joint'));

  it('takes the average from beside the network', () => {
    const network = networkOf(tensors, { name: 'g_ema' });
    const beside = networkOf(new Map([['latent_avg', average]]));
    const { generator, notes, ...rest } = recogniseGenerator(checkpointWith(network, beside), network);
    expect(generator.canTruncate).toBe(true);
    expect(notes.join(' ')).toContain('average w is `latent_avg`');
    expect(difference(picture({ generator, notes, ...rest }), expected)).toBeLessThan(rounding);
  });

  it('takes the average that pSp repeats for every layer', () => {
    const rows = Float32Array.from({ length: 6 * wDim }, (_, index) => average.values[index % wDim] ?? NaN);
    const repeated = { shape: [6, wDim], values: rows };
    expect(difference(picture(recognise(withAverage(tensors, repeated))), expected)).toBeLessThan(rounding);
  });

  it('says that it has no average, and truncates nothing', () => {
    const { generator, notes } = recognise(tensors);
    expect(generator.canTruncate).toBe(false);
    expect(notes.join(' ')).toContain('no `latent_avg`');
  });

  it('has no constant noise where the file stores no maps, and says so', () => {
    const withoutMaps = new Map([...tensors].filter(([name]) => !name.startsWith('noises.')));
    const recognised = recognise(withoutMaps);
    expect(recognised.generator.noiseMaps).toHaveLength(5);
    expect(picture(recognised, 'const')).toEqual(picture(recognise(tensors), 'none'));
    expect(difference(picture(recognised), picture(recognise(tensors)))).toBeGreaterThan(0.01);
    expect(recognised.notes.join(' ')).toContain('no noise maps');
    expect(picture(converted(recognised))).toEqual(picture(recognised));
  });

  it('misses a noise map that others have', () => {
    const withoutOne = new Map([...tensors].filter(([name]) => name !== 'noises.noise_3'));
    expect(expectError('weights-missing', () => recognise(withoutOne)).details['key']).toBe('noises.noise_3');
  });

  it('filters by the kernels of the file, and by the usual one where it has none', () => {
    const without = new Map([...tensors].filter(([name]) => !name.endsWith('.kernel')));
    expect(picture(recognise(without))).toEqual(picture(recognise(tensors)));
    const lopsided = new Map(
      [...tensors].map(([name, { shape, values }]) => {
        const tap = (index: number): number => (index % 4 === 0 ? 1 : 0);
        return [name, { shape, values: name.endsWith('.kernel') ? values.map((_, i) => tap(i)) : values }];
      }),
    );
    expect(difference(picture(recognise(lopsided)), picture(recognise(tensors)))).toBeGreaterThan(0.01);
  });

  it('leaves the encoder beside its decoder alone', () => {
    const decoder = rosinalityTensors(common, 'decoder.');
    const encoder = { shape: [64, 3, 3, 3], values: new Float32Array(64 * 27) };
    const { notes } = recognise(new Map([...decoder, ['encoder.input_layer.0.weight', encoder]]));
    expect(notes.join(' ')).toContain(
      'Ignored 1 tensors that the generator does not use: `encoder.input_layer.0.weight`',
    );
  });

  it('refuses the wavelets of SWAGAN', () => {
    const wavelets = new Map([...tensors, ['to_rgbs.0.iwt.ll', { shape: [2, 2], values: new Float32Array(4) }]]);
    const error = expectError('unsupported-architecture', () => recognise(wavelets));
    expect(error.message).toContain('SWAGAN');
  });

  it.each(['convs.99999999.conv.weight', 'to_rgbs.4000000000.conv.weight'])('refuses %s at once', (name) => {
    const huge = new Map([...tensors, [name, plain(tensors, 'conv1.conv.weight')]]);
    expect(expectError('unsupported-architecture', () => recognise(huge)).details['key']).toBe(name);
  });

  it('misses a dense layer before others, and does not look for millions', () => {
    const withLayer = (index: number): PlainTensors =>
      new Map([...tensors, [`style.${index}.weight`, plain(tensors, 'style.1.weight')]]);
    expect(expectError('weights-missing', () => recognise(withLayer(5))).details['key']).toBe('style.3.weight');
    expect(recognise(withLayer(99999999)).notes.join(' ')).toContain('Ignored 1 tensors');
  });
});

describe('genforce', () => {
  it('refuses the resnet whose up-convolutions its code overwrites', () => {
    const tensors = new Map(genforceTensors(tinyTensors({ architecture: 'orig' })));
    for (const name of [...tensors.keys()].filter((key) => /layer[13]\./.test(key))) tensors.delete(name);
    for (const layer of [1, 3]) {
      tensors.set(`synthesis.layer${layer}.weight`, { shape: [4, 6, 1, 1], values: new Float32Array(24) });
    }
    const error = expectError('unsupported-architecture', () => recognise(tensors));
    expect(error.details['key']).toBe('synthesis.layer1.weight');
    expect(error.message).toContain('resnet');
  });
});

describe('TensorFlow', () => {
  const common = tinyTensors();
  const tensors = tensorflowTensors(common);

  it('reads arrays in Fortran order', () => {
    const network = networkOf(tensors);
    const columns = [...network.tensors].map(([name, tensor]) => {
      const { shape, values } = plain(tensors, name);
      if (shape.length !== 2) return [name, tensor] as const;
      const [rows = 0, width = 0] = shape;
      const fortran = values.map((_, index) => values[(index % rows) * width + Math.floor(index / rows)] ?? NaN);
      return [name, { ...stored({ shape, values: fortran }), strides: [1, rows] }] as const;
    });
    const reordered = { ...network, tensors: new Map(columns) };
    expect(picture(recogniseGenerator(checkpointWith(reordered), reordered))).toEqual(picture(recognise(tensors)));
  });

  it('may have a constant of other channels than what follows', () => {
    const wider = new Map(tensors);
    const widen = (name: string, shape: readonly number[]): void => {
      const count = shape.reduce((product, size) => product * size, 1);
      wider.set(name, { shape, values: Float32Array.from({ length: count }, (_, index) => Math.sin(index)) });
    };
    widen('synthesis/4x4/Const/const', [1, 9, 4, 4]);
    widen('synthesis/4x4/Conv/weight', [3, 3, 9, 6]);
    widen('synthesis/4x4/Conv/mod_weight', [wDim, 9]);
    widen('synthesis/4x4/Conv/mod_bias', [9]);
    expect(picture(recognise(wider)).every(Number.isFinite)).toBe(true);
  });

  it('takes settings from static_kwargs', () => {
    const initKwargs = { nonlinearity: 'relu', mapping_nonlinearity: 'tanh', mapping_lrmul: 0.5, conv_clamp: 256 };
    const { config } = recognise(tensors, { initKwargs });
    expect(config).toMatchObject({
      activation: 'relu',
      mappingActivation: 'tanh',
      mappingLrMultiplier: 0.5,
      convClamp: 256,
      demodulatedWeights: 'scaled',
    });
  });

  it('designs the filter from resample_kernel', () => {
    const filterOf = (kernel: unknown): Float32Array => {
      const { tensors: found } = recognise(tensors, { initKwargs: { resample_kernel: kernel } });
      const filter = found.get('synthesis.b8.resample_filter');
      if (filter === undefined) throw new Error('no filter');
      return new Float32Array(filter.bytes.buffer);
    };
    expect(filterOf([1, 3, 3, 1])).toEqual(plain(common, 'synthesis.b8.resample_filter').values);
    expect(filterOf(null)).toEqual(Float32Array.of(0.25, 0.25, 0.25, 0.25));
    expect(filterOf([1, 2])).toEqual(Float32Array.of(1 / 9, 2 / 9, 2 / 9, 4 / 9));
  });

  it.each<[string, Record<string, unknown>]>([
    ['resample_kernel', { resample_kernel: 'box' }],
    ['resample_kernel', { resample_kernel: Array.from({ length: 1000 }, () => 1) }],
    ['nonlinearity', { nonlinearity: 'gelu' }],
    ['conv_clamp', { conv_clamp: 'high' }],
    ['normalize_latents', { normalize_latents: false }],
  ])('refuses an unknown %s', (key, initKwargs) => {
    const error = expectError('unsupported-architecture', () => recognise(tensors, { initKwargs }));
    expect(error.details['key']).toBe(key);
  });

  it('refuses a network that was still growing', () => {
    const growing = growingTensors(tinyTensors({ architecture: 'orig' }), 1.5);
    const error = expectError('unsupported-architecture', () => recognise(growing));
    expect(error.message).toContain('growing');
  });

  it('refuses a picture of millions at once', () => {
    const name = 'synthesis/3000000x3000000/Conv1/weight';
    const huge = new Map([...tensors, [name, plain(tensors, 'synthesis/4x4/Conv/weight')]]);
    expect(expectError('unsupported-architecture', () => recognise(huge)).details['key']).toBe(name);
  });
});
