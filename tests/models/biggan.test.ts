import { beforeAll, describe, expect, test } from 'vitest';
import type { StoredNetwork } from '../../src/checkpoints/checkpoint.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Shape } from '../../src/engine/shape.js';
import { expectError } from '../checkpoints/expectError.js';
import { checkpointWith } from '../checkpoints/storedNetwork.js';
import { createTestEngine, named, runOnGpu, type FedInputs } from '../ops/evaluate.js';
import { numbers } from '../ops/numbers.js';
import { plainBigGan, type PlainBigGan } from './plainBigGan.js';
import { randomNetwork } from './randomNetwork.js';

type Shapes = Record<string, Shape>;
type Form = Omit<PlainBigGan, 'values'> & { readonly zDim: number; readonly cDim: number; readonly sharedDim: number };

const hierarchical: Form = {
  blocks: [
    { out: 16, attention: true },
    { out: 4, attention: false },
  ],
  firstChannels: 16,
  bottomWidth: 4,
  zChunk: 3,
  zDim: 9,
  cDim: 5,
  sharedDim: 6,
  sharedEmbedding: true,
  imgChannels: 3,
};

/** z goes into the first layer alone, and every batch norm embeds the classes itself. */
const flat: Form = { ...hierarchical, zChunk: 0, zDim: 7, sharedDim: 0, sharedEmbedding: false };

/** Names and shapes as BigGAN-PyTorch stores them. */
function shapesOf(form: Form): Shapes {
  const shapes: Shapes = {};
  const spectral = (path: string, shape: Shape): void => {
    shapes[`${path}.weight`] = shape;
    shapes[`${path}.u0`] = [1, shape[0] ?? 0];
    shapes[`${path}.sv0`] = [1];
  };
  const convolution = (path: string, shape: Shape): void => {
    spectral(path, shape);
    shapes[`${path}.bias`] = [shape[0] ?? 0];
  };
  const norm = (path: string, channels: number): void => {
    shapes[`${path}.stored_mean`] = [channels];
    shapes[`${path}.stored_var`] = [channels];
  };
  const { sharedEmbedding, sharedDim, zChunk, cDim, zDim, firstChannels, bottomWidth } = form;
  if (sharedEmbedding) shapes['shared.weight'] = [cDim, sharedDim];
  convolution('linear', [firstChannels * bottomWidth ** 2, zChunk > 0 ? zChunk : zDim]);
  let channels = firstChannels;
  form.blocks.forEach(({ out, attention }, index) => {
    const path = `blocks.${index}.0`;
    for (const [name, width] of [['bn1', channels] as const, ['bn2', out] as const]) {
      norm(`${path}.${name}`, width);
      for (const part of ['gain', 'bias']) {
        if (sharedEmbedding) spectral(`${path}.${name}.${part}`, [width, sharedDim + zChunk]);
        else shapes[`${path}.${name}.${part}.weight`] = [cDim, width];
      }
    }
    convolution(`${path}.conv1`, [out, channels, 3, 3]);
    convolution(`${path}.conv2`, [out, out, 3, 3]);
    convolution(`${path}.conv_sc`, [out, channels, 1, 1]);
    channels = out;
    if (!attention) return;
    const layer = `blocks.${index}.1`;
    spectral(`${layer}.theta`, [channels / 8, channels, 1, 1]);
    spectral(`${layer}.phi`, [channels / 8, channels, 1, 1]);
    spectral(`${layer}.g`, [channels / 2, channels, 1, 1]);
    spectral(`${layer}.o`, [channels, channels / 2, 1, 1]);
    shapes[`${layer}.gamma`] = [];
  });
  norm('output_layer.0', channels);
  shapes['output_layer.0.gain'] = [channels];
  shapes['output_layer.0.bias'] = [channels];
  convolution('output_layer.2', [form.imgChannels, channels, 3, 3]);
  return shapes;
}

const recognised = (network: StoredNetwork): RecognisedGenerator =>
  recogniseGenerator(checkpointWith(network), network);

/** Two samples: one of class 1, one half of class 2 and half of class 3. */
function latents({ zDim, cDim }: Form): { z: Float32Array<ArrayBuffer>; c: Float32Array<ArrayBuffer> } {
  const c = new Float32Array(2 * cDim);
  c[1] = 1;
  c[cDim + 2] = 0.5;
  c[cDim + 3] = 0.5;
  return { z: numbers([2, zDim], 1), c };
}

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

async function picture({ generator }: RecognisedGenerator, form: Form, psi = 1): Promise<Float32Array> {
  const { z, c } = latents(form);
  const inputs: FedInputs = {
    z: { shape: [2, form.zDim], values: z },
    c: { shape: [2, form.cDim], values: c },
    psi: { shape: [generator.numWs], values: new Float32Array(generator.numWs).fill(psi) },
  };
  const { outputs } = await runOnGpu(
    engine,
    (given) => {
      const ws = generator.truncate(generator.mapping(named(given, 'z'), named(given, 'c')), named(given, 'psi'));
      return { img: generator.synthesis(ws, { noise: 'none' }) };
    },
    inputs,
    true,
  );
  return outputs['img'] ?? new Float32Array();
}

function plainPictures(form: Form, values: PlainBigGan['values'], psi: number): number[] {
  const { z, c } = latents(form);
  return [0, 1].flatMap((sample) => {
    const own = (all: Float32Array, width: number): number[] => [...all.subarray(sample * width, (sample + 1) * width)];
    const scaled = own(z, form.zDim).map((value) => value * psi);
    return [...plainBigGan({ ...form, values }, scaled, own(c, form.cDim)).values];
  });
}

const worst = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - (b[index] ?? NaN))), 0);

describe.each([
  ['z split among the layers', hierarchical],
  ['z in the first layer alone', flat],
])('BigGAN with %s', (_, form) => {
  const { network, values } = randomNetwork(shapesOf(form));

  test('makes the pictures of the same network in plain f64, whole and truncated', async () => {
    const model = recognised(network);
    expect(model.generator).toMatchObject({ family: 'biggan', resolution: 16, zDim: form.zDim, cDim: 5, numWs: 3 });
    for (const psi of [1, 0.4]) {
      const expected = plainPictures(form, values, psi);
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.2);
      expect(worst(await picture(model, form, psi), expected)).toBeLessThan(1e-5);
    }
  });

  test('makes the same pictures from a converted file', async () => {
    const model = recognised(network);
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
    expect(await picture(again, form)).toEqual(await picture(model, form));
  });

  test.each(['bn.stored', 'bn.running'])('finds batch norm statistics under %s_mean', (place) => {
    const renamed = [...network.tensors].map(
      ([name, tensor]) => [name.replace(/\.stored_(mean|var)$/, `.${place}_$1`), tensor] as const,
    );
    const moved = recognised({ ...network, tensors: new Map(renamed) });
    expect([...moved.tensors.keys()]).toEqual([...recognised(network).tensors.keys()]);
  });
});

test('BigGAN-deep of the same project is refused by name, and no block of it is read as attention', () => {
  const shapes = shapesOf(flat);
  for (const block of ['blocks.0.0', 'blocks.0.1', 'blocks.1.0', 'blocks.1.1'])
    for (const conv of [1, 2, 3, 4]) shapes[`${block}.conv${conv}.weight`] = [4, 4, 1, 1];
  const error = expectError('unsupported-architecture', () => recognised(randomNetwork(shapes).network));
  expect(error.details).toMatchObject({ key: 'blocks.0.0.conv4.weight' });
  expect(error.message).toContain('BigGAN-deep of ajbrock’s BigGAN-PyTorch');
});
