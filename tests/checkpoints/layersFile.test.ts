import { beforeAll, describe, expect, test } from 'vitest';
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { recogniseLayeredNetwork } from '../../src/checkpoints/layersFileLayout.js';
import { recogniseWithLayers } from '../../src/checkpoints/layersFileRecognition.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Shape } from '../../src/engine/shape.js';
import { convolve, joined, mapped, maps, maxPool, summed } from '../models/plainLayers.js';
import { randomNetwork } from '../models/randomNetwork.js';
import { createTestEngine, named, runOnGpu } from '../ops/evaluate.js';
import { numbers } from '../ops/numbers.js';
import { documentedDcgan, documentedJson } from './layersExample.js';
import { checkpointWith } from './storedNetwork.js';

type Json = Readonly<Record<string, unknown>>;

const fileOf = (layers: readonly unknown[], { kind = 'predictor', input = [3, 8, 8] }: Json = {}): string =>
  JSON.stringify({ format: 'ganvas-layers', version: 1, kind, input, layers });

/** Channels of a DCGAN as pytorch/examples names it, a few wide. */
const dcganShapes = (): Record<string, Shape> => {
  const shapes: Record<string, Shape> = {};
  [100, 8, 6, 4, 4, 3].reduce((inChannels, outChannels, index) => {
    const place = (index - 1) * 3;
    shapes[`main.${place}.weight`] = [inChannels, outChannels, 4, 4];
    if (outChannels === 3) return outChannels;
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      shapes[`main.${place + 1}.${part}`] = [outChannels];
    return outChannels;
  });
  return shapes;
};

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

async function picture({ generator }: RecognisedGenerator): Promise<Float32Array> {
  const { outputs } = await runOnGpu(
    engine,
    (given) => {
      const ws = generator.truncate(generator.mapping(named(given, 'z'), null), named(given, 'psi'));
      return { img: generator.synthesis(ws, { noise: 'none' }) };
    },
    {
      z: { shape: [2, generator.zDim], values: numbers([2, generator.zDim], 4) },
      psi: { shape: [1], values: Float32Array.of(1) },
    },
    true,
  );
  return outputs['img'] ?? new Float32Array();
}

const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? NaN))), 0);

describe('a described generator', () => {
  const { network } = randomNetwork(dcganShapes());
  const described = (): RecognisedGenerator => recogniseWithLayers(checkpointWith(network), network, documentedDcgan());

  test('makes the pictures that the recognised one makes', async () => {
    const model = described();
    expect(model.generator).toMatchObject({ family: 'layers', zDim: 100, resolution: 64, imgChannels: 3, numWs: 1 });
    expect(model.generator.latentWeight('')).toEqual({ name: 'main.0.weight', latentAxis: 0 });
    const byItself = recogniseGenerator(checkpointWith(network), network);
    expect(byItself.generator.family).toBe('dcgan');
    expect(largestDifference(await picture(model), await picture(byItself))).toBeLessThan(1e-5);
  });

  test('opens by itself once it is converted, and makes the same pictures', async () => {
    const model = described();
    const written = new Map(
      [...model.tensors].map(([name, tensor]) => [
        name,
        { dtype: 'F32' as const, shape: tensor.shape, data: readTensor(tensor) },
      ]),
    );
    const checkpoint = readSafetensors(writeSafetensors(written, model.metadata));
    const [converted] = checkpoint.networks;
    if (converted === undefined) throw new Error('nothing was written');
    const again = recogniseGenerator(checkpoint, converted);
    expect(again.generator.family).toBe('layers');
    expect(again.hashedText).toBe(model.hashedText);
    expect(await picture(again)).toEqual(await picture(model));
  });

  test('is another model to its hash than the same weights under another description, however it is spaced', () => {
    const hashed = (json: string): string | null =>
      recogniseWithLayers(checkpointWith(network), network, json).hashedText;
    const spaced = JSON.stringify(JSON.parse(documentedDcgan()), null, 8);
    expect(hashed(spaced)).toBe(described().hashedText);
    expect(hashed(documentedDcgan().replace('"relu"', '"tanh"'))).not.toBe(described().hashedText);
    expect(recogniseGenerator(checkpointWith(network), network).hashedText).toBeNull();
  });

  test('may be named as in the file or without what DataParallel puts before it', () => {
    const parallel = {
      ...network,
      tensors: new Map([...network.tensors].map(([name, tensor]) => [`module.${name}`, tensor])),
    };
    for (const json of [documentedDcgan(), documentedDcgan().replaceAll('"main.', '"module.main.')]) {
      const { tensors, origins } = recogniseWithLayers(checkpointWith(parallel), parallel, json);
      expect([...tensors.keys()]).toContain('main.0.weight');
      expect(origins.get('main.0.weight')?.from).toBe('module.main.0.weight');
    }
  });
});

/** Everything that a layer may be, in one predictor. */
const shapesOfAll: Record<string, Shape> = {
  'conv.weight': [4, 3, 3, 3],
  'conv.bias': [4],
  'norm.running_mean': [4],
  'norm.running_var': [4],
  second: [4, 2, 3, 3],
  'up.weight': [4, 3, 2, 2],
  'head.weight': [5, 28],
  'head.bias': [5],
};
const allLayers = [
  { type: 'scale', factor: [0.5, 1, 2], offset: 0.25 },
  { type: 'conv', name: 'first', weights: 'conv', padding: 1 },
  { type: 'batchNorm', weights: 'norm', epsilon: 0.001 },
  { type: 'activation', activation: 'lrelu', slope: 0.1 },
  { type: 'conv', weights: { weight: 'second' }, padding: 1, groups: 2 },
  { type: 'add', name: 'sum', with: 'first' },
  { type: 'pool', name: 'small', mode: 'max', kernel: 2 },
  { type: 'convTransposed', weights: 'up', stride: 2, input: 'small' },
  { type: 'pool', name: 'means', mode: 'average', kernel: 4 },
  { type: 'upsample', input: 'small', name: 'large' },
  { type: 'pool', mode: 'average', kernel: 4 },
  { type: 'concat', with: ['means'] },
  { type: 'reshape', shape: [28] },
  { type: 'dense', weights: 'head' },
  { type: 'activation', activation: 'sigmoid' },
];

describe('a described predictor', () => {
  const { network, values } = randomNetwork(shapesOfAll);

  test('computes what plain loops compute', async () => {
    const { network: layered, kind } = recogniseLayeredNetwork(network, fileOf(allLayers));
    expect(kind).toBe('predictor');
    expect(layered.output).toEqual([5]);
    const x = numbers([1, 3, 8, 8], 2);
    const { outputs } = await runOnGpu(
      engine,
      (given) => ({ y: layered.apply(named(given, 'x')) }),
      { x: { shape: [1, 3, 8, 8], values: x } },
      true,
    );
    expect(largestDifference(outputs['y'] ?? [], plainPrediction(values, x))).toBeLessThan(1e-5);
  });

  test('lists what it reads, and nothing else', () => {
    const { tensors } = recogniseLayeredNetwork(network, fileOf(allLayers));
    expect([...tensors.keys()].sort()).toEqual(Object.keys(shapesOfAll).sort());
  });

  test('is no generator', () => {
    expect(() => recogniseWithLayers(checkpointWith(network), network, fileOf(allLayers))).toThrow(
      /describes a predictor/,
    );
  });
});

function plainPrediction(values: (name: string) => ArrayLike<number>, picture: ArrayLike<number>): number[] {
  const [factor, mean, variance] = [[0.5, 1, 2], values('norm.running_mean'), values('norm.running_var')];
  const x = mapped(maps([1, 3, 8, 8], picture), (value, c) => value * (factor[c] ?? NaN) + 0.25);
  const first = mapped(
    convolve(x, values('conv.weight'), 4, 3, { padding: 1 }),
    (value, c) => value + (values('conv.bias')[c] ?? NaN),
  );
  const normed = mapped(first, (value, c) => (value - (mean[c] ?? NaN)) / Math.sqrt((variance[c] ?? NaN) + 0.001));
  const active = mapped(normed, (value) => (value > 0 ? value : value * 0.1));
  const halves = [0, 1].map((half) => {
    const part = maps([1, 2, 8, 8], active.values.subarray(half * 128, (half + 1) * 128));
    return convolve(part, Array.from(values('second')).slice(half * 36, (half + 1) * 36), 2, 3, { padding: 1 });
  });
  const [upper = x, lower = x] = halves;
  const small = maxPool(summed(joined(upper, lower), first), 2, 2, false);
  // Stride 2 and kernel 2: every pixel becomes a square of its own.
  const up = Float64Array.from({ length: 3 * 64 }, (_, index) => {
    const [o, row, column] = [Math.floor(index / 64), Math.floor(index / 8) % 8, index % 8];
    const place = Math.floor(row / 2) * 4 + Math.floor(column / 2);
    const tap = (row % 2) * 2 + (column % 2);
    return [0, 1, 2, 3].reduce(
      (sum, c) => sum + (small.values[c * 16 + place] ?? NaN) * (values('up.weight')[(c * 3 + o) * 4 + tap] ?? NaN),
      0,
    );
  });
  const quarterMeans = (plane: (row: number, column: number) => number): number[] =>
    [0, 4].flatMap((top) =>
      [0, 4].map((left) => {
        let sum = 0;
        for (let y = 0; y < 4; y++) for (let i = 0; i < 4; i++) sum += plane(top + y, left + i);
        return sum / 16;
      }),
    );
  const large = [0, 1, 2, 3].flatMap((c) =>
    quarterMeans((row, column) => small.values[c * 16 + Math.floor(row / 2) * 4 + Math.floor(column / 2)] ?? NaN),
  );
  const means = [0, 1, 2].flatMap((c) => quarterMeans((row, column) => up[c * 64 + row * 8 + column] ?? NaN));
  const flat = [...large, ...means];
  return Array.from(values('head.bias'), (bias, o) => {
    const sum = flat.reduce(
      (total, value, k) => total + value * (values('head.weight')[o * flat.length + k] ?? NaN),
      bias,
    );
    return 1 / (1 + Math.exp(-sum));
  });
}

describe('the page about layers.json', () => {
  test('shows a residual block that is one', () => {
    const [, block = '[]'] = documentedJson();
    const { network } = randomNetwork({
      'block.conv0.weight': [64, 64, 3, 3],
      'block.conv1.weight': [64, 64, 3, 3],
      'block.conv1.bias': [64],
    });
    const file = fileOf(JSON.parse(block) as unknown[], { kind: 'segmenter', input: [64, 16, 16] });
    expect(recogniseLayeredNetwork(network, file).network.output).toEqual([64, 16, 16]);
  });
});

describe('a file that does not fit is refused', () => {
  const { network } = randomNetwork({ ...shapesOfAll, 'odd.running_mean': [3], 'odd.running_var': [4] });
  const open = (stored: StoredNetwork, json: string): unknown => recogniseLayeredNetwork(stored, json);
  const conv = { type: 'conv', name: 'edges', weights: 'conv', padding: 1 };
  test.each<[string, string, string, RegExp]>([
    ['what is no JSON', '{', 'layers-file-invalid', /not JSON/],
    ['another format', '{"format":"onnx"}', 'layers-file-invalid', /format/],
    ['a later version', fileOf([conv]).replace('"version":1', '"version":2'), 'layers-file-invalid', /version.*2/],
    ['an unknown kind', fileOf([conv], { kind: 'critic' }), 'layers-file-invalid', /kind.*critic/],
    ['a predictor of no picture', fileOf([conv], { input: [7] }), 'layers-file-invalid', /channels, height, width/],
    ['no layers', fileOf([]), 'layers-file-invalid', /1 to 1000 layers/],
    ['an unknown layer', fileOf([{ type: 'deconv' }]), 'layers-file-invalid', /layers\[0\]\.type.*convTransposed/s],
    ['a misspelt setting', fileOf([{ ...conv, pading: 1 }]), 'layers-file-invalid', /pading/],
    ['a slope that is not said', fileOf([{ type: 'activation', activation: 'lrelu' }]), 'layers-file-invalid', /slope/],
    ['a stride of zero', fileOf([{ ...conv, stride: 0 }]), 'layers-file-invalid', /stride/],
    ['a name given twice', fileOf([conv, conv]), 'layers-file-invalid', /edges/],
    ['a layer further down', fileOf([{ ...conv, input: 'later' }]), 'layers-file-invalid', /later/],
    ['a missing tensor', fileOf([{ type: 'dense', weights: 'tail' }]), 'weights-missing', /tail\.weight.*layers\[0\]/s],
    [
      'another number of channels',
      fileOf([{ ...conv, weights: { weight: 'second' } }]),
      'layers-shape',
      /"edges" \(conv\)/,
    ],
    ['a matrix as a kernel', fileOf([{ ...conv, weights: 'head' }]), 'layers-shape', /"edges".*four axes/s],
    ['statistics of another width', fileOf([conv, { type: 'batchNorm', weights: 'odd' }]), 'layers-shape', /"odd"/],
    [
      'a sum of different maps',
      fileOf([conv, { type: 'add', name: 's', with: 'input' }]),
      'layers-shape',
      /"s" \(add\)/,
    ],
    ['numbers that do not fill a shape', fileOf([{ type: 'reshape', shape: [5] }]), 'layers-shape', /reshape/],
    ['maps where numbers are wanted', fileOf([conv]), 'layers-shape', /"edges".*predictor/s],
  ])('%s', (_, json, code, message) => {
    const opening = (): unknown => open(network, json);
    expect(opening).toThrow(message);
    expect(opening).toThrow(expect.objectContaining({ code }) as Error);
  });

  test('a picture that is not square', () => {
    const { network: dcgan } = randomNetwork(dcganShapes());
    const json = documentedDcgan().replace(
      '"stride": 2, "padding": 1 },\n    { "type": "activation", "activation": "tanh" }',
      '"stride": 2, "padding": 1 },\n    { "type": "reshape", "shape": [3, 32, 128] }',
    );
    expect(() => recogniseWithLayers(checkpointWith(dcgan), dcgan, json)).toThrow(/square picture/);
  });

  test('the config.json of BigGAN-deep for another family', () => {
    const { network: dcgan } = randomNetwork(dcganShapes());
    const config = JSON.stringify({ attention_layer_position: 3, layers: [] });
    expect(() => recogniseWithLayers(checkpointWith(dcgan), dcgan, config)).toThrow(/family dcgan/);
  });
});
