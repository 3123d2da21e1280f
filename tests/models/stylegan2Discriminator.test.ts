import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { inputTensor } from '../../src/engine/tensor.js';
import { StyleGan2Discriminator, type StyleGan2DiscriminatorConfig } from '../../src/models/stylegan2Discriminator.js';
import { expectAgreement, kernelTolerance } from '../ops/agreement.js';
import { createTestEngine, named } from '../ops/evaluate.js';
import { numbers } from '../ops/numbers.js';
import { PlainDiscriminator } from './plainDiscriminator.js';
import { maps } from './plainLayers.js';
import { tinyDiscriminatorWeights } from './tinyStyleGan2.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

const tiny: StyleGan2DiscriminatorConfig = {
  architecture: 'resnet',
  resolution: 16,
  imgChannels: 3,
  cDim: 0,
  cmapDim: 0,
  mappingLayers: 0,
  mappingActivation: 'lrelu',
  mappingLrMultiplier: 0.01,
  activation: 'lrelu',
  convClamp: null,
  mbstdGroupSize: 4,
  mbstdNumChannels: 1,
};

const cases: readonly (readonly [string, StyleGan2DiscriminatorConfig, number])[] = [
  ['resnet', tiny, 2],
  ['orig, one sample', { ...tiny, architecture: 'orig' }, 1],
  ['skip', { ...tiny, architecture: 'skip' }, 2],
  ['clamped, groups of two', { ...tiny, convClamp: 0.4, mbstdGroupSize: 2, mbstdNumChannels: 2 }, 4],
  ['clamped skip, the whole batch a group', { ...tiny, architecture: 'skip', convClamp: 0.4, mbstdGroupSize: null }, 3],
  ['conditional', { ...tiny, cDim: 5, cmapDim: 6, mappingLayers: 2 }, 2],
];

describe.each(cases)('%s', (_, config, batch) => {
  test('its features and scores agree with plain loops in f64', async () => {
    const weights = tinyDiscriminatorWeights(config);
    const network = new StyleGan2Discriminator(config, weights);
    const shape = [batch, 3, 16, 16];
    const picture = numbers(shape, 1);
    const label = Float32Array.from({ length: batch * config.cDim }, (_each, i) =>
      i % (config.cDim + 1) === 0 ? 1 : 0,
    );
    const program = await engine.compile(
      (inputs) => {
        const x = named(inputs, 'picture');
        const features = network.features(x).map((layer, index) => [`feature ${index}`, layer] as const);
        return { ...Object.fromEntries(features), logits: network.logits(x, inputs['label'] ?? null) };
      },
      { picture: shape, ...(config.cDim > 0 ? { label: [batch, config.cDim] } : {}) },
      { label: 'tiny discriminator' },
    );
    program.run({ picture, ...(config.cDim > 0 ? { label } : {}) });
    const expected = new PlainDiscriminator(config, weights).run(maps(shape, picture), config.cDim > 0 ? label : null);
    for (const [index, layer] of expected.features.entries()) {
      expectAgreement(
        `b${16 / 2 ** index}`,
        await program.read(`feature ${index}`),
        layer.values,
        undefined,
        kernelTolerance.f32Chain,
      );
    }
    expectAgreement('logits', await program.read('logits'), expected.logits, undefined, kernelTolerance.f32Chain);
    expect(program.outputShape('logits')).toEqual([batch, 1]);
    program.dispose();
  });
});

test('a conditional one asks for the class', () => {
  const config = { ...tiny, cDim: 5, cmapDim: 6, mappingLayers: 2 };
  const network = new StyleGan2Discriminator(config, tinyDiscriminatorWeights(config));
  expect(() => network.logits(inputTensor('x', [1, 3, 16, 16]), null)).toThrow(
    expect.objectContaining({ code: 'class-missing' }) as Error,
  );
});
