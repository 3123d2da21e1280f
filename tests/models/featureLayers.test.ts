import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { recogniseWithLayers } from '../../src/checkpoints/layersFileRecognition.js';
import { recogniseGenerator } from '../../src/checkpoints/recognise.js';
import { topologicalOrder } from '../../src/engine/graph.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { featureLayersOf, synthesisWithFeatures, visibleSide } from '../../src/models/featureLayers.js';
import type { Generator } from '../../src/models/generator.js';
import { mul } from '../../src/ops/binary.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { documentedDcgan } from '../checkpoints/layersExample.js';
import { dcganFile } from '../workbench/dcganFile.js';
import { generatorCases, type GoldenCase } from './goldenCase.js';

function generatorOf({ folder, manifest }: GoldenCase): Generator {
  const [file = ''] = Object.keys(manifest.checkpoint_files).filter((name) => !name.endsWith('.json'));
  const checkpoint = readCheckpoint(new Uint8Array(readFileSync(join(folder, file))), file);
  const network = chooseGenerator(checkpoint);
  if (manifest.family !== 'biggan-deep') return recogniseGenerator(checkpoint, network).generator;
  return recogniseWithLayers(checkpoint, network, readFileSync(join(folder, 'config.json'), 'utf8')).generator;
}

const listed = (generator: Generator): string[] =>
  featureLayersOf(generator).map(({ name, channels, resolution }) => `${name} ${channels}@${resolution}`);

/** Layers in order, each once, from coarse to fine, none of them a picture. */
function expectLayers(generator: Generator): void {
  const layers = featureLayersOf(generator);
  expect(layers.length).toBeGreaterThanOrEqual(3);
  expect(new Set(layers.map(({ name }) => name)).size).toBe(layers.length);
  layers.forEach(({ name, channels }) => {
    expect(channels, name).not.toBe(generator.imgChannels);
    expect(name).not.toMatch(/rgb|affine|style|skip|conv$|bn$|output/);
  });
  if (generator.family === 'stylegan3') {
    // Ten samples a side lie outside the picture but where the last layers crop (networks_stylegan3.py: margin_size).
    layers.forEach((layer) => expect([0, 10]).toContain(layer.margin ?? 0));
    expect(visibleSide(layers[0] ?? expect.fail())).toBe(16);
    expect(visibleSide(layers.at(-1) ?? expect.fail())).toBe(generator.resolution);
    return;
  }
  const sizes = layers.map(({ resolution }) => resolution);
  expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  expect(sizes[0]).toBe(4);
  // DCGAN doubles once more on the way to the picture.
  expect(sizes.at(-1)).toBe(generator.family === 'dcgan' ? generator.resolution / 2 : generator.resolution);
}

/** A change of any layer reaches the picture and every later layer, and no earlier one. */
function expectInterventionsReach(generator: Generator): void {
  const ws = inputTensor('ws', [1, generator.numWs, generator.wDim]);
  const marker = inputTensor('marker', [1, 1, 1, 1]);
  const statistics = generator.statisticsOf(1);
  const options = {
    noise: 'none',
    ...(statistics === null ? {} : { statistics: inputTensor('statistics', [statistics.length]) }),
  } as const;
  const names = featureLayersOf(generator).map(({ name }) => name);
  names.forEach((name, index) => {
    const changed = new Map([[name, (map: Tensor) => mul(map, marker)]]);
    const { img, features } = synthesisWithFeatures(generator, ws, options, changed);
    const reaches = [...features].map(([, tensor]) => topologicalOrder([tensor]).includes(marker));
    expect(reaches, name).toEqual(names.map((_, later) => later >= index));
    expect(topologicalOrder([img]).includes(marker), name).toBe(true);
  });
}

describe('feature layers of the golden checkpoints', () => {
  test.each(generatorCases().map((golden) => [golden.name, golden] as const))('%s', (_, golden) => {
    const generator = generatorOf(golden);
    expectLayers(generator);
    expectInterventionsReach(generator);
  });
});

test('those of face64', async () => {
  const bytes = new Uint8Array(readFileSync('weights/face64/face64-g.safetensors'));
  expect(listed((await openCheckpoint(bytes, 'face64')).generator)).toEqual([
    'synthesis.b4.conv1 128@4',
    'synthesis.b8.conv0 128@8',
    'synthesis.b8.conv1 128@8',
    'synthesis.b16.conv0 64@16',
    'synthesis.b16.conv1 64@16',
    'synthesis.b32.conv0 32@32',
    'synthesis.b32.conv1 32@32',
    'synthesis.b64.conv0 16@64',
    'synthesis.b64.conv1 16@64',
  ]);
});

test('those of a DCGAN, and the same layers when a layers file describes it', async () => {
  const { generator } = await openCheckpoint(dcganFile(), 'dcgan');
  expectInterventionsReach(generator);
  expect(listed(generator)).toEqual(['main.1.relu 16@4', 'main.4.relu 8@8', 'main.7.relu 8@16']);
  const description = JSON.parse(documentedDcgan()) as { input: number[]; layers: { shape?: number[] }[] };
  const described = {
    ...description,
    input: [12],
    layers: [{ type: 'reshape', shape: [12, 1, 1] }, ...description.layers.slice(1, 10), ...lastLayers],
  };
  const byFile = await openCheckpoint(dcganFile(), 'dcgan', { description: JSON.stringify(described) });
  const sizes = featureLayersOf(byFile.generator).map(({ channels, resolution }) => `${channels}@${resolution}`);
  expect(sizes).toEqual(['16@4', '8@8', '8@16']);
});

const lastLayers = [
  { type: 'convTransposed', weights: 'main.9', stride: 2, padding: 1 },
  { type: 'activation', activation: 'tanh' },
];
