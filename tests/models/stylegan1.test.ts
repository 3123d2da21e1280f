import { expect, test } from 'vitest';
import { inputTensor } from '../../src/engine/tensor.js';
import { StyleGan } from '../../src/models/stylegan.js';
import { named } from '../ops/evaluate.js';
import { guaranteedBinding, numberless, planned, publishedStyleGan } from './publishedProgressive.js';

test('1024² fits the binding size that every adapter has', () => {
  const { config, shapes } = publishedStyleGan(1024);
  const generator = new StyleGan(config, numberless(shapes));
  expect(generator.numWs).toBe(18);
  const { largestBuffer } = planned(
    'StyleGAN 1024²',
    (given) => generator.synthesis(named(given, 'ws'), { noise: 'const' }),
    { ws: [1, 18, 512] },
  );
  expect(largestBuffer).toBeLessThanOrEqual(guaranteedBinding);
});

test('names its layers, noise maps and the weights that w meets', () => {
  const { config, shapes } = publishedStyleGan(16);
  const generator = new StyleGan(config, numberless(shapes));
  expect(generator.wLayers.map(({ names, resolution }) => `${names.join()} ${resolution}`)).toEqual([
    'layer0 4',
    'layer1 4',
    'layer2 8',
    'layer3 8',
    'layer4 16',
    'layer5 16',
  ]);
  expect(generator.noiseMaps.map(({ layer }) => layer)).toEqual(generator.wLayers.map(({ names }) => names[0]));
  expect(generator.latentWeight('layer5')).toEqual({ name: 'synthesis.layer5.style.weight', latentAxis: 1 });
});

test('asks for the noise and the class that it lacks', () => {
  const { config, shapes } = publishedStyleGan(8);
  const generator = new StyleGan(config, numberless(shapes));
  const noNoise = (): unknown => generator.synthesis(inputTensor('ws', [1, 4, 512]), { noise: new Map() });
  expect(noNoise).toThrow(expect.objectContaining({ code: 'noise-missing' }) as Error);
  const conditional = new StyleGan({ ...config, cDim: 3 }, numberless(shapes));
  const noClass = (): unknown => conditional.mapping(inputTensor('z', [1, 512]), null);
  expect(noClass).toThrow(expect.objectContaining({ code: 'class-missing' }) as Error);
});
