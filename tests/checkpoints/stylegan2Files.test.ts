/** Whole files of other projects, from bytes to a picture: what lies around the generator in them. */
import { describe, expect, it } from 'vitest';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import * as p from './pickleWriter.js';
import { rosinalityTensors, tensorflowTensors } from './stylegan2Dialects.js';
import {
  commonGenerator,
  difference,
  picture,
  plain,
  tinyTensors,
  type Plain,
  type PlainTensors,
} from './tinyStylegan2.js';
import * as torch from './torchWriter.js';

const rounding = 2e-6;

function open(bytes: Uint8Array): RecognisedGenerator {
  const checkpoint = readCheckpoint(bytes, 'a file');
  expect(checkpoint.inertGlobals).toEqual([]);
  return recogniseGenerator(checkpoint, chooseGenerator(checkpoint));
}

function stateDict(tensors: PlainTensors, firstKey: number): torch.TorchObject {
  const entries = [...tensors].map(([name, { shape, values }]) => [name, { shape, data: values }] as const);
  return torch.stateDict(Object.fromEntries(entries), firstKey);
}

function bareTensor({ shape, values }: Plain, key: string): torch.TorchObject {
  const storage = torch.storage(key, 'FloatStorage', values);
  const [first = 1, second] = shape;
  const strides = second === undefined ? [1] : [second, 1];
  return {
    storages: [storage],
    root: (form) =>
      torch.tensorOf(torch.reference(storage, form === 'legacy' ? p.none : undefined), {
        shape: second === undefined ? [first] : [first, second],
        strides,
      }),
  };
}

describe('PyTorch files with the names of rosinality', () => {
  const common = tinyTensors();
  const expected = picture(commonGenerator(common, 'joint'));
  const average = plain(common, 'mapping.w_avg');

  it.each(['zip', 'legacy'])('hold g_ema and latent_avg, as convert_weight.py writes them: %s', (form) => {
    const content = torch.dictOf({
      g_ema: stateDict(rosinalityTensors(common), 0),
      d: stateDict(new Map([['convs.0.0.weight', plain(common, 'synthesis.b8.conv0.weight')]]), 1000),
      latent_avg: bareTensor(average, '2000'),
    });
    const recognised = open(form === 'zip' ? torch.writeTorchZip(content) : torch.writeTorchLegacy(content));
    expect(difference(picture(recognised), expected)).toBeLessThan(rounding);
  });

  it('hold an encoder and its decoder, as pSp and e4e write them', () => {
    const encoder = [['encoder.input_layer.0.weight', plain(common, 'synthesis.b8.conv0.weight')]] as const;
    const rows = { shape: [6, 5], values: Float32Array.from({ length: 30 }, (_, i) => average.values[i % 5] ?? NaN) };
    const recognised = open(
      torch.writeTorchZip(
        torch.dictOf(
          {
            state_dict: stateDict(new Map([...rosinalityTensors(common, 'decoder.'), ...encoder]), 0),
            latent_avg: bareTensor(rows, '2000'),
          },
          { opts: p.dict({ stylegan_size: p.int(16) }) },
        ),
      ),
    );
    expect(difference(picture(recognised), expected)).toBeLessThan(rounding);
    expect(recognised.notes.join(' ')).toContain('below `decoder.`');
    expect(recognised.notes.join(' ')).toContain('`encoder.input_layer.0.weight`');
  });
});

describe('TensorFlow pickles', () => {
  const common = tinyTensors({ labels: 'separate' });
  const tensors = tensorflowTensors(common);
  const variables = (prefix: string): Record<string, p.Pickled> =>
    Object.fromEntries(
      [...tensors]
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, { shape, values }]) => [
          name.slice(prefix.length),
          shape.length === 0 ? p.numpyFloat(values[0] ?? NaN) : p.numpyArray(shape, values),
        ]),
    );
  const own = Object.fromEntries(Object.entries(variables('')).filter(([name]) => !name.includes('/')));
  const network = (name: string): p.Pickled =>
    p.tensorflowNetwork({
      name,
      kwargs: { resample_kernel: p.list(...[1, 3, 3, 1].map(p.int)), mapping_lrmul: p.float(0.01), conv_clamp: p.none },
      components: {
        synthesis: p.tensorflowNetwork({ name: 'G_synthesis', variables: variables('synthesis/') }),
        mapping: p.tensorflowNetwork({ name: 'G_mapping', variables: variables('mapping/') }),
      },
      variables: own,
    });

  it.each([2, 3, 4])('hold G, D and Gs, in protocol %i', (protocol) => {
    const snapshot = p.tuple(network('G'), p.tensorflowNetwork({ name: 'D' }), network('Gs'));
    const recognised = open(p.writePickle(snapshot, protocol));
    expect(difference(picture(recognised), picture(commonGenerator(common, 'separate')))).toBeLessThan(rounding);
    expect(recognised.notes[0]).toContain('TensorFlow');
  });
});
