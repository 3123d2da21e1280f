import { describe, expect, it } from 'vitest';
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { expectError } from './expectError.js';
import * as p from './pickleWriter.js';

const counting = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i);

function valuesOf(network: StoredNetwork | undefined, name: string): readonly number[] {
  const tensor = network?.tensors.get(name);
  if (!tensor) throw new Error(`no tensor ${name}: ${[...(network?.tensors.keys() ?? [])].join(', ')}`);
  return [...readTensor(tensor)];
}

/** Two components, a scalar, a Fortran array and settings. */
const generator = (value: number, name: string): p.Pickled =>
  p.tensorflowNetwork({
    name,
    kwargs: { resolution: p.int(8), fmap_base: p.int(64), extra: p.easyDict({ gain: p.numpyDouble(0.5) }) },
    components: {
      synthesis: p.tensorflowNetwork({
        name: 'G_synthesis',
        function: 'G_synthesis_stylegan2',
        kwargs: { architecture: p.text('skip') },
        variables: {
          '4x4/Const/const': p.numpyArray([1, 2, 2, 1], counting(4)),
          '4x4/Conv/noise_strength': p.numpyFloat(value),
        },
      }),
      mapping: p.tensorflowNetwork({
        name: 'G_mapping',
        variables: { 'Dense0/weight': p.numpyArray([2, 3], Float32Array.of(0, 3, 1, 4, 2, 5), { fortran: true }) },
      }),
    },
    variables: { lod: p.numpyFloat(0), dlatent_avg: p.numpyArray([2], Float32Array.of(value, -value)) },
  });

describe('TensorFlow pickles', () => {
  it.each([2, 3, 4])('are read in protocol %i, with Gs for the generator', (protocol) => {
    const snapshot = p.tuple(generator(1, 'G'), p.tensorflowNetwork({ name: 'D' }), generator(2, 'Gs'));
    const checkpoint = readCheckpoint(p.writePickle(snapshot, protocol), 'stylegan2.pkl');
    expect(checkpoint.format).toBe('tensorflow-pickle');
    expect(checkpoint.networks.map(({ name }) => name)).toEqual(['G', 'D', 'Gs']);
    expect(checkpoint.inertGlobals).toEqual([]);
    const network = chooseGenerator(checkpoint);
    expect(network).toMatchObject({ name: 'Gs', className: 'G_main' });
    expect(network.initKwargs).toEqual({ resolution: 8, fmap_base: 64, extra: { gain: 0.5 } });
    expect(Object.fromEntries(network.attributes)).toEqual({
      version: 4,
      build_func_name: 'G_main',
      'synthesis.version': 4,
      'synthesis.build_func_name': 'G_synthesis_stylegan2',
      'synthesis.architecture': 'skip',
      'mapping.version': 4,
      'mapping.build_func_name': 'G_main',
    });
    expect([...network.tensors.keys()]).toEqual([
      'lod',
      'dlatent_avg',
      'synthesis/4x4/Const/const',
      'synthesis/4x4/Conv/noise_strength',
      'mapping/Dense0/weight',
    ]);
    expect(network.tensors.get('lod')?.shape).toEqual([]);
    expect(valuesOf(network, 'dlatent_avg')).toEqual([2, -2]);
    expect(valuesOf(network, 'synthesis/4x4/Conv/noise_strength')).toEqual([2]);
    expect(valuesOf(network, 'synthesis/4x4/Const/const')).toEqual([0, 1, 2, 3]);
    expect(network.tensors.get('mapping/Dense0/weight')?.strides).toEqual([1, 2]);
    expect(valuesOf(network, 'mapping/Dense0/weight')).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('stay views of the file from protocol 3 on', () => {
    const file = p.writePickle(generator(1, 'Gs'), 3);
    const [network] = readCheckpoint(file, 'x.pkl').networks;
    expect(network?.name).toBe('');
    expect(network?.tensors.get('dlatent_avg')?.bytes.buffer).toBe(file.buffer);
  });

  it('are read as Progressive GAN has them, and in either byte order and every type', () => {
    const network = p.tensorflowNetwork({
      module: 'tfutil',
      version: 2,
      function: 'G_paper',
      variables: {
        'ToRGB_lod0/bias': p.numpyArray([2], Uint8Array.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0), { byteOrder: '>' }),
        half: p.numpyArray([1], Uint16Array.of(0x3c00), { dtype: 'f2' }),
        double: p.numpyArray([1], Float64Array.of(0.25), { dtype: 'f8' }),
        wide: p.numpyArray([2], Uint32Array.of(7, 4_000_000_000), { dtype: 'u4' }),
        python2: p.numpyArray([2], Float32Array.of(-1, 300), { python2: true }),
        names: p.list(p.text('not a number')),
      },
    });
    const [read] = readCheckpoint(p.writePickle(p.tuple(network, network, network), 2), 'x.pkl').networks;
    expect(read?.className).toBe('G_paper');
    expect(valuesOf(read, 'ToRGB_lod0/bias')).toEqual([1, -2]);
    expect(valuesOf(read, 'half')).toEqual([1]);
    expect(valuesOf(read, 'double')).toEqual([0.25]);
    expect(valuesOf(read, 'wide')).toEqual([7, 4_000_000_000]);
    expect(valuesOf(read, 'python2')).toEqual([-1, 300]);
    expect(read?.tensors.has('names')).toBe(false);
  });

  it('name the networks of longer tuples as they name themselves, and of dicts by their keys', () => {
    const four = p.tuple(...['E', 'G', 'D', 'Gs'].map((name) => p.tensorflowNetwork({ name })));
    expect(readCheckpoint(p.writePickle(four), 'x.pkl').networks.map(({ name }) => name)).toEqual([
      'E',
      'G',
      'D',
      'Gs',
    ]);
    const dict = p.dict({ Gs: p.tensorflowNetwork({ name: 'anything' }), step: p.int(3) });
    expect(readCheckpoint(p.writePickle(dict), 'x.pkl').networks.map(({ name }) => name)).toEqual(['Gs']);
  });

  it('are refused where components contain themselves', () => {
    let network: p.Pickled = p.tensorflowNetwork({});
    for (let depth = 0; depth < 80; depth++) network = p.tensorflowNetwork({ components: { inner: network } });
    expectError('checkpoint-too-complex', () => readCheckpoint(p.writePickle(network), 'x.pkl'));
  });

  it('are refused where an array is longer than its bytes', () => {
    const network = p.tensorflowNetwork({ variables: { w: p.numpyArray([3], counting(2)) } });
    const [read] = readCheckpoint(p.writePickle(network), 'x.pkl').networks;
    expectError('numpy-truncated', () => valuesOf(read, 'w'));
  });
});

describe('Theano pickles', () => {
  const array = (...shape: number[]): p.Pickled =>
    p.numpyArray(shape, counting(shape.reduce((a, b) => a * b, 1)), { python2: true });
  const scale = (value: number): p.Pickled => p.numpyArray([], Float32Array.of(value), { python2: true });
  /** 4², z of 2 numbers, 3 channels: dense, convolution, RGB, each with scale and bias. */
  const parameters = [
    ...[array(3, 2, 4, 4), scale(0.5), array(3)],
    ...[array(3, 3, 3, 3), scale(2), array(3)],
    ...[array(3, 1), scale(1), array(1)],
  ];
  const spec = (settings: Readonly<Record<string, p.Pickled>> = {}): Readonly<Record<string, p.Pickled>> => ({
    func: p.text2('G_paper'),
    resolution: p.int(4),
    use_wscale: p.bool(true),
    label_size: p.int(0),
    ...settings,
  });
  const snapshot = (network: p.Pickled, discriminator = network): Uint8Array =>
    p.writePickle(p.tuple(network, discriminator, network), 2);

  it('get the names, layouts and scales of the TensorFlow code', () => {
    const checkpoint = readCheckpoint(snapshot(p.theanoNetwork(spec(), parameters)), 'old.pkl');
    const network = chooseGenerator(checkpoint);
    expect(network).toMatchObject({ name: 'Gs', className: 'G_paper' });
    expect(network.initKwargs).toEqual({ resolution: 4, use_wscale: true, fused_scale: false });
    expect([...network.tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ['4x4/Dense/weight', [2, 48]],
      ['4x4/Dense/bias', [3]],
      ['4x4/Conv/weight', [3, 3, 3, 3]],
      ['4x4/Conv/bias', [3]],
      ['ToRGB_lod0/weight', [1, 1, 3, 1]],
      ['ToRGB_lod0/bias', [1]],
      ['lod', []],
    ]);
    // Row 1, channel 2, pixel 5 of the dense weight is element [2, 1, 1, 1] of the file.
    const dense = valuesOf(network, '4x4/Dense/weight')[48 + 2 * 16 + 5];
    expect(dense).toBeCloseTo((((2 * 2 + 1) * 16 + 5) * 0.5 * Math.sqrt(2)) / (Math.SQRT2 / 4), 3);
    // [ky, kx, in, out] = [0, 1, 2, 0] is [out, in, 2 − ky, 2 − kx] = [0, 2, 2, 1].
    const convolution = valuesOf(network, '4x4/Conv/weight')[(0 * 3 + 1) * 9 + 2 * 3 + 0];
    expect(convolution).toBeCloseTo(((2 * 9 + 2 * 3 + 1) * 2 * Math.sqrt(27)) / Math.SQRT2, 3);
    expect(valuesOf(network, 'ToRGB_lod0/weight')[2]).toBeCloseTo(2 * Math.sqrt(3), 5);
  });

  it('read discriminators alike', () => {
    const discriminator = p.theanoNetwork(spec({ func: p.text2('D_progressive_8') }), [
      ...[array(1, 3), scale(1), array(3)],
      ...[array(3, 4, 3, 3), scale(1), array(3)],
      ...[array(2, 3, 4, 4), scale(1), array(2)],
      ...[array(2, 1), scale(1), array(1)],
    ]);
    const { networks } = readCheckpoint(snapshot(p.theanoNetwork(spec(), parameters), discriminator), 'old.pkl');
    const read = networks.find(({ name }) => name === 'D');
    expect(read?.tensors.get('4x4/Dense0/weight')?.shape).toEqual([48, 2]);
    // [channel 1, pixel (0, 1)] → out 1 is element [1, 1, 3, 2] of the file.
    const gain = Math.sqrt(48) / Math.SQRT2;
    expect(valuesOf(read, '4x4/Dense0/weight')[(16 + 1) * 2 + 1]).toBeCloseTo((48 + 16 + 14) * gain, 2);
  });

  it('say what has no counterpart, unless only the discriminator has none', () => {
    const odd = p.theanoNetwork(spec({ label_size: p.int(10) }), parameters);
    expect(expectError('theano-unsupported', () => readCheckpoint(snapshot(odd), 'old.pkl')).message).toContain(
      'label',
    );
    const foreign = p.theanoNetwork(spec({ func: p.text2('D_mnist') }), []);
    const { networks } = readCheckpoint(snapshot(p.theanoNetwork(spec(), parameters), foreign), 'old.pkl');
    expect(networks.map(({ name }) => name)).toEqual(['G', 'Gs']);
    const short = p.theanoNetwork(spec(), parameters.slice(0, 4));
    expect(expectError('theano-unsupported', () => readCheckpoint(snapshot(short), 'old.pkl')).message).toContain(
      'scale',
    );
  });
});
