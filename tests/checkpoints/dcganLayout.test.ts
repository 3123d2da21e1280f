import { describe, expect, test } from 'vitest';
import type { StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { checkpointWith, constantTensor, storedNetwork } from './storedNetwork.js';

type Shapes = Readonly<Record<string, readonly number[]>>;

/** A DCGAN of these widths whose convolution and batch norm number i are called so. */
function shapesOf(
  widths: readonly number[],
  name: (index: number) => { readonly conv: string; readonly norm: string },
  first = 4,
): Shapes {
  const shapes: Record<string, readonly number[]> = {};
  widths.slice(1).forEach((out, index) => {
    const { conv, norm } = name(index);
    const kernel = index === 0 ? first : 4;
    shapes[`${conv}.weight`] = [widths[index] ?? 0, out, kernel, kernel];
    if (index === widths.length - 2) return;
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) shapes[`${norm}.${part}`] = [out];
    shapes[`${norm}.num_batches_tracked`] = [];
  });
  return shapes;
}

function open(shapes: Shapes, order: (names: readonly string[]) => readonly string[] = (names) => names) {
  const tensors = new Map<string, StoredTensor>();
  for (const name of order(Object.keys(shapes))) tensors.set(name, constantTensor(shapes[name] ?? []));
  const network = storedNetwork(tensors);
  return (): RecognisedGenerator => recogniseGenerator(checkpointWith(network), network);
}

const sequential = (index: number) => ({ conv: `main.${3 * index}`, norm: `main.${3 * index + 1}` });
const widths = [16, 8, 8, 6, 4, 3];

describe('a DCGAN', () => {
  test.each<[string, Shapes, object]>([
    ['64² of pytorch/examples', shapesOf(widths, sequential), { resolution: 64, zDim: 16, imgChannels: 3 }],
    ['128², one layer more', shapesOf([16, 8, 8, 8, 6, 4, 3], sequential), { resolution: 128 }],
    ['28², grey, from 7²', shapesOf([10, 8, 4, 1], sequential, 7), { resolution: 28, zDim: 10, imgChannels: 1 }],
    [
      'nested sequences',
      shapesOf(widths, (index) => ({ conv: `net.${index}.0`, norm: `net.${index}.1` })),
      { resolution: 64 },
    ],
    [
      'layers with names of their own',
      shapesOf(widths, (index) => ({ conv: `up${index}`, norm: `bn${index}` })),
      { resolution: 64 },
    ],
    [
      'layers told apart by words, as in WassersteinGAN',
      shapesOf([16, 8, 4, 3], (index) => {
        const layer = `main.${['initial:16-8', 'pyramid:8-4', 'final:4-3'][index]}`;
        return { conv: `${layer}:convt`, norm: `${layer}:batchnorm` };
      }),
      { resolution: 16, zDim: 16 },
    ],
    [
      'DataParallel',
      shapesOf(widths, (index) => ({ conv: `module.main.${3 * index}`, norm: `module.main.${3 * index + 1}` })),
      { resolution: 64 },
    ],
  ])('%s', (_, shapes, expected) => {
    expect(open(shapes)().generator).toMatchObject({
      family: 'dcgan',
      numWs: 1,
      cDim: 0,
      canTruncate: false,
      ...expected,
    });
  });

  test('is told whatever the order of the names: safetensors files list them alphabetically', () => {
    const { generator, tensors } = open(shapesOf(widths, sequential), (names) => [...names].sort())();
    expect(generator.wLayers).toEqual([{ index: 0, names: ['main.0'], resolution: 4 }]);
    expect([...tensors.keys()].filter((name) => tensors.get(name)?.shape.length === 4)).toEqual(
      [0, 3, 6, 9, 12].map((place) => `main.${place}.weight`),
    );
  });

  test('does not count statistics as trained', () => {
    const { generator } = open(shapesOf([2, 3, 1], sequential))();
    expect(generator.parameterCount).toBe(2 * 3 * 16 + 3 * 16 + 2 * 3);
  });

  test('says which strides and activations it takes for granted', () => {
    expect(open(shapesOf(widths, sequential))().notes.join(' ')).toMatch(/strides.*ReLU.*tanh.*layers\.json/);
  });

  test('is not a discriminator, nor a chain with another kernel', () => {
    const discriminator = Object.fromEntries(
      Object.entries(shapesOf(widths, sequential)).map(([name, [inputs = 1, outputs = 1, ...kernel]]) =>
        kernel.length === 0 ? [name, [inputs]] : [name, [outputs, inputs, ...kernel]],
      ),
    );
    expect(open(discriminator)).toThrow(expect.objectContaining({ code: 'unsupported-architecture' }) as Error);
    const odd = { ...shapesOf(widths, sequential), 'main.6.weight': [8, 6, 5, 5] };
    expect(open(odd)).toThrow(/main\.6\.weight.*5×5.*layers\.json/);
  });
});
