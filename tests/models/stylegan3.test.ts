import { beforeAll, describe, expect, test } from 'vitest';
import { configR, configT, designedLayers, type StyleGan3Design } from '../../bench/stylegan3Design.js';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import type { StyleGan3 } from '../../src/models/stylegan3.js';
import { fourierFeatures } from '../../src/models/stylegan3Input.js';
import { layerResampling } from '../../src/models/stylegan3Layers.js';
import { gradient } from '../../src/ops/gradient.js';
import { reduceMean } from '../../src/ops/reduce.js';
import { square } from '../../src/ops/unary.js';
import { expectAgreement } from '../ops/agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type Fed } from '../ops/evaluate.js';
import { fed } from '../ops/numbers.js';
import { randomStyleGan3 } from './randomStyleGan3.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

// Names as in the published files.
test.each<[string, StyleGan3Design, string]>([
  [
    'T at 1024²',
    configT(1024),
    'L0_36_512 L1_36_512 L2_52_512 L3_52_512 L4_84_512 L5_148_512 L6_148_512 L7_276_323 L8_276_203 L9_532_128 L10_1044_81 L11_1044_51 L12_1044_32 L13_1024_32 L14_1024_3',
  ],
  [
    'R at 1024²',
    configR(1024),
    'L0_36_1024 L1_36_1024 L2_52_1024 L3_52_1024 L4_84_1024 L5_148_1024 L6_148_1024 L7_276_645 L8_276_406 L9_532_256 L10_1044_161 L11_1044_102 L12_1044_64 L13_1024_64 L14_1024_3',
  ],
  [
    'T at 512²',
    configT(512),
    'L0_36_512 L1_36_512 L2_52_512 L3_52_512 L4_84_512 L5_84_512 L6_148_512 L7_148_483 L8_276_323 L9_276_215 L10_532_144 L11_532_96 L12_532_64 L13_512_64 L14_512_3',
  ],
  [
    'T at 256²',
    configT(256),
    'L0_36_512 L1_36_512 L2_36_512 L3_52_512 L4_52_512 L5_84_512 L6_84_512 L7_148_362 L8_148_256 L9_148_181 L10_276_128 L11_276_91 L12_276_64 L13_256_64 L14_256_3',
  ],
])('%s has the published layers', (_, design, names) => {
  expect(
    designedLayers(design)
      .map(({ name }) => name)
      .join(' '),
  ).toBe(names);
});

test.each([configT(1024), configR(1024)])('each layer makes its own size of the one before: %o', (design) => {
  const layers = designedLayers(design);
  layers.slice(1, -1).forEach((layer, index) => {
    const before = layers[index] ?? layer;
    const rate = 2 * Math.max(before.samplingRate, layer.samplingRate);
    const [upTaps, downTaps] = [(6 * rate) / before.samplingRate, (6 * rate) / layer.samplingRate];
    const { kernel } = design;
    const { up, down, padding } = layerResampling(before, layer, { upsampling: 2, kernel, upTaps, downTaps });
    const middle = (before.size + kernel - 1) * up + padding[0] + padding[1] - (upTaps - 1);
    expect(Math.ceil((middle - (downTaps - 1)) / down)).toBe(layer.size);
  });
});

/** As deep as the published networks, with few channels. */
const narrow = (design: StyleGan3Design): StyleGan3Design => ({ ...design, channelBase: 64, channelMax: 6 });
const moved: Fed = { shape: [3, 3], values: Float32Array.of(0.8, -0.3, 0.1, 0.2, 0.9, -0.2, 0, 0, 1) };

describe.each([
  ['T', narrow(configT(64))],
  ['R', narrow(configR(64))],
] as const)('a narrow StyleGAN3-%s', (_, design) => {
  const generator = randomStyleGan3(design);
  const ws = fed([2, generator.numWs, generator.wDim], 1);
  const picture = (ws: Tensor, transform: Tensor | undefined): Tensor =>
    generator.synthesis(ws, { noise: 'none', ...(transform === undefined ? {} : { transform }) });

  test('has an index of W+ for the input and each layer', () => {
    expect(generator.numWs).toBe(16);
    expect(generator.wLayers.map(({ names }) => names[0])).toEqual([
      'input',
      ...designedLayers(design).map(({ name }) => name),
    ]);
  });

  test('makes the same picture and gradients fused and op by op', async () => {
    const fn: TraceFunction = (inputs) => {
      const [given, transform] = [named(inputs, 'ws'), named(inputs, 'transform')];
      const img = picture(given, transform);
      const loss = reduceMean(square(img), [0, 1, 2, 3]);
      const [ofWs = loss, ofTransform = loss] = gradient(loss, [given, transform]);
      return { img, ofWs, ofTransform };
    };
    const inputs = { ws, transform: moved };
    const [fused, plain] = [await runOnGpu(engine, fn, inputs, true), await runOnGpu(engine, fn, inputs, false)];
    const img = plain.outputs['img'] ?? new Float32Array();
    expect(Math.max(...img) - Math.min(...img)).toBeGreaterThan(0.02);
    expect(fused.dispatches).toBeLessThan(plain.dispatches / 2);
    for (const [name, values] of Object.entries(plain.outputs)) {
      expect(values.some((value) => value !== 0)).toBe(true);
      expectAgreement(name, fused.outputs[name] ?? [], values, undefined, { relL2: 1e-5, maxAbs: 5e-5 });
    }
  });

  test('makes a picture that does not depend on its batch, and an identity transform is none', async () => {
    const identity = { shape: [3, 3], values: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) };
    const together = await runOnGpu(engine, (i) => ({ img: picture(named(i, 'ws'), undefined) }), { ws }, true);
    const alone = await runOnGpu(
      engine,
      (i) => ({ img: picture(named(i, 'ws'), named(i, 'transform')) }),
      {
        ws: { shape: [1, ...ws.shape.slice(1)], values: ws.values.slice(0, ws.values.length / 2) },
        transform: identity,
      },
      true,
    );
    const first = together.outputs['img']?.slice(0, 3 * 64 * 64) ?? new Float32Array();
    expectAgreement('picture', alone.outputs['img'] ?? [], first);
  });
});

test('1024² of a sixteenth of the channels is what single ops make of it', async () => {
  const { channelBase, channelMax, ...rest } = configT(1024);
  const generator = randomStyleGan3({ ...rest, channelBase: channelBase / 16, channelMax: channelMax / 16 });
  const inputs = { ws: fed([1, generator.numWs, generator.wDim], 1) };
  const fn: TraceFunction = (given) => ({ img: generator.synthesis(named(given, 'ws'), { noise: 'none' }) });
  const [fused, plain] = [await runOnGpu(engine, fn, inputs, true), await runOnGpu(engine, fn, inputs, false)];
  const img = plain.outputs['img'] ?? new Float32Array();
  expect(img.length).toBe(3 * 1024 ** 2);
  expect(img.reduce((most, value) => Math.max(most, Math.abs(value)), 0)).toBeGreaterThan(0.01);
  expectAgreement('picture', fused.outputs['img'] ?? [], img, undefined, { relL2: 2e-5, maxAbs: 2e-4 });
});

describe('a transform that the file stores', () => {
  const design = narrow(configT(64));
  const [still, stored] = [randomStyleGan3(design), randomStyleGan3(design, moved.values)];
  const ws = fed([1, still.numWs, still.wDim], 1);
  const pictureOf = async (generator: StyleGan3, transform?: readonly number[]): Promise<Float32Array> => {
    const options = transform && { transform: constantTensor('transform', [3, 3], transform) };
    const fn: TraceFunction = (i) => ({ img: generator.synthesis(named(i, 'ws'), { noise: 'none', ...options }) });
    return (await runOnGpu(engine, fn, { ws }, true)).outputs['img'] ?? new Float32Array();
  };

  test('places the picture whether or not one is given, and before the given one moves it', async () => {
    const placed = await pictureOf(still, [...moved.values]);
    expectAgreement('without', await pictureOf(stored), placed);
    expectAgreement('identity', await pictureOf(stored, [1, 0, 0, 0, 1, 0, 0, 0, 1]), placed);
    // moved × a shift by (0.25, −0.125): 0.8 · 0.25 + 0.3 · 0.125 + 0.1, 0.2 · 0.25 − 0.9 · 0.125 − 0.2.
    const shifted = [0.8, -0.3, 0.3375, 0.2, 0.9, -0.2625, 0, 0, 1];
    const expected = await pictureOf(still, shifted);
    expectAgreement('shifted', await pictureOf(stored, [1, 0, 0.25, 0, 1, -0.125, 0, 0, 1]), expected, undefined, {
      relL2: 1e-5,
      maxAbs: 5e-5,
    });
  });
});

describe('Fourier features', () => {
  const [channels, size, samplingRate] = [5, 12, 8];
  const settings = { size, samplingRate, bandwidth: 2 };
  const mixing = Array.from({ length: channels ** 2 }, (_, index) => (index % (channels + 1) === 0 ? 1 : 0));
  const weights = {
    weight: constantTensor('mixing', [channels, channels], mixing),
    freqs: constantTensor('freqs', [channels, 2], [1, 0.5, -1.5, 1, 0.2, -0.7, 0.1, 1.9, 1.1, 1.3]),
    phases: constantTensor('phases', [channels], [0, 0.1, -0.2, 0.3, 0.45]),
  };
  const pose = constantTensor('pose', [1, 4], [2, 0, 0, 0]);
  const features = (transform: readonly number[]): Float64Array =>
    runReference(
      () => ({ y: fourierFeatures(pose, constantTensor('transform', [3, 3], transform), weights, settings) }),
      {},
    ).y ?? new Float64Array();
  const still = features([1, 0, 0, 0, 1, 0, 0, 0, 1]);

  test('are read where the transform puts a point: one sample to the right is the next column', () => {
    const shifted = features([1, 0, 1 / samplingRate, 0, 1, 0, 0, 0, 1]);
    shifted.forEach((value, index) => {
      if (index % size < size - 1) expect(value).toBeCloseTo(still[index + 1] ?? NaN, 6);
    });
  });

  test('vanish where the transform makes frequencies that the samples cannot hold', () => {
    expect(Math.max(...features([20, 0, 0, 0, 20, 0, 0, 0, 1]).map(Math.abs))).toBe(0);
    expect(Math.max(...still.map(Math.abs))).toBeGreaterThan(0.4);
  });
});
