import { beforeAll, expect, test } from 'vitest';
import { publishedPggan } from '../../bench/publishedModels.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Tensor } from '../../src/engine/tensor.js';
import { Pggan } from '../../src/models/pggan.js';
import { upConvolution } from '../../src/models/pgganLayers.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { normalize2ndMoment } from '../../src/ops/dense.js';
import { resize } from '../../src/ops/resample.js';
import { reshape } from '../../src/ops/reshape.js';
import { scale } from '../../src/ops/unary.js';
import { expectAgreement } from '../ops/agreement.js';
import { createTestEngine, named, runOnGpu, runReference } from '../ops/evaluate.js';
import { fed } from '../ops/numbers.js';
import { guaranteedBinding, numberless, planned } from './publishedProgressive.js';
import { RandomWeights, unitDeviation } from './randomWeights.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

type Named = Readonly<Record<string, Tensor>>;

const pictureOf =
  (generator: Pggan) =>
  (given: Named): Tensor =>
    generator.synthesis(generator.truncate(generator.mapping(named(given, 'z'), null)), { noise: 'none' });

test('doubling and convolving is repeating pixels and correlating', async () => {
  const inputs = { x: fed([2, 5, 6, 7], 1), w: fed([4, 5, 3, 3], 2) };
  const ours = (given: Named) => ({ y: upConvolution(named(given, 'x'), named(given, 'w'), 0.3, 'nearest') });
  const { y: expected = [] } = runReference((given) => {
    const repeated = resize(named(given, 'x'), [12, 14], { mode: 'nearest' });
    return { y: conv2d(repeated, scale(named(given, 'w'), 0.3), { padding: 1 }) };
  }, inputs);
  const exact = { relL2: 1e-12, maxAbs: 1e-12 };
  expectAgreement('reference', runReference(ours, inputs)['y'] ?? [], expected, undefined, exact);
  const { outputs } = await runOnGpu(engine, ours, inputs, true);
  expectAgreement('GPU', outputs['y'] ?? [], expected);
});

test('1024² fits the binding size that every adapter has', () => {
  const { config, shapes } = publishedPggan(1024);
  const generator = new Pggan(config, numberless(Object.fromEntries(shapes)));
  expect((generator.parameterCount / 1e6).toFixed(1)).toBe('23.1');
  const { largestBuffer, peak } = planned('PGGAN 1024²', pictureOf(generator), { z: [1, 512] });
  expect(largestBuffer).toBeLessThanOrEqual(guaranteedBinding);
  expect(peak).toBeLessThan(370 * 2 ** 20);
});

test('1024² of a sixteenth of the channels is what plain ops make of it', async () => {
  const { config, shapes } = publishedPggan(1024, 1 / 16);
  const weights = new RandomWeights(Object.fromEntries(shapes), unitDeviation);
  // Away from 0, where dividing a pixel by its length would enlarge rounding.
  for (const name of weights.names().filter((each) => each.endsWith('.bias'))) {
    const bias = weights.of(name);
    weights.set(
      name,
      [bias.length],
      bias.map((value) => value + 1),
    );
  }
  const layer = (name: string, x: Tensor, padding: number, gain: number): Tensor => {
    const weight = weights.get(`${name}.weight`);
    const [, channels = 1, kernel = 1] = weight.shape;
    const y = conv2d(normalize2ndMoment(x), scale(weight, gain / Math.sqrt(channels * kernel ** 2)), { padding });
    return biasAct(y, weights.get(`${name}.bias`), { act: gain === 1 ? 'linear' : 'lrelu', gain: 1 });
  };
  const plain = (given: Named): Tensor => {
    let x = layer('layer0', reshape(named(given, 'z'), [1, config.zDim, 1, 1]), 3, Math.SQRT2);
    for (let index = 1; index < 18; index++) {
      const size = 4 * 2 ** Math.floor(index / 2);
      x = layer(`layer${index}`, resize(x, [size, size], { mode: 'nearest' }), 1, Math.SQRT2);
    }
    return layer('output8', x, 0, 1);
  };
  const inputs = { z: fed([1, config.zDim], 1) };
  const generator = new Pggan(config, weights);
  const { outputs } = await runOnGpu(engine, (given) => ({ img: pictureOf(generator)(given) }), inputs, true);
  const second = await runOnGpu(engine, (given) => ({ img: plain(given) }), inputs, false);
  // Both round, in some hundred kernels each.
  const tolerance = { relL2: 2e-5, maxAbs: 1e-4 };
  expectAgreement('picture', outputs['img'] ?? [], second.outputs['img'] ?? [], undefined, tolerance);
});
