import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { at, sizeOf } from '../../src/engine/shape.js';
import { constantTensor, inputTensor } from '../../src/engine/tensor.js';
import { featureDistance } from '../../src/losses/featureDistance.js';
import { lpips } from '../../src/losses/lpips.js';
import { AlexNet } from '../../src/models/alexnet.js';
import { SqueezeNet } from '../../src/models/squeezenet.js';
import { Vgg16 } from '../../src/models/vgg16.js';
import { maps } from '../models/plainLayers.js';
import { heNormal, RandomWeights } from '../models/randomWeights.js';
import { expectAgreement } from '../ops/agreement.js';
import { createTestEngine, named } from '../ops/evaluate.js';
import { dot, numbers } from '../ops/numbers.js';
import { plainFeatures, plainLpips, plainTrunks } from './plainLpips.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

const networks = { vgg16: Vgg16, alexnet: AlexNet, squeezenet: SqueezeNet } as const;
const names = ['vgg16', 'alexnet', 'squeezenet'] as const;

/** Weights of the true shapes, not trained. */
function setUp(name: (typeof names)[number]) {
  const trunk = plainTrunks[name];
  const weights = new RandomWeights(trunk.shapes, heNormal);
  const heads = trunk.channels.map((count, index) => numbers([count], 50 + index).map(Math.abs));
  const shape = trunk.picture;
  const [a, b] = [numbers(shape, 1), numbers(shape, 2)].map((values) => values.map((value) => value / 1.3));
  return { trunk, weights, heads, shape, a: a ?? new Float32Array(), b: b ?? new Float32Array() };
}

describe.each(names)('LPIPS over %s', (name) => {
  const { trunk, weights, heads, shape, a, b } = setUp(name);
  const network = new networks[name](weights);
  const headTensors = heads.map((head, index) => constantTensor(`lin${index}`, [1, head.length, 1, 1], head));

  test('and its gradient agree with plain loops in f64', async () => {
    const target = plainFeatures(trunk, weights, maps(shape, b));
    const plain = (picture: ArrayLike<number>): number[] =>
      plainLpips(trunk, weights, heads, maps(shape, picture), target);
    const program = await engine.valueAndGrad(
      (inputs) => ({ value: lpips(network, headTensors, named(inputs, 'a'), constantTensor('b', shape, b)) }),
      ['a'],
      { a: shape },
      { label: `lpips ${name}` },
    );
    program.run({ a });
    const [value, slope] = [await program.read('value'), await program.read('grad.a')];
    program.dispose();
    // Up to thirteen convolutions, each rounding what the one before has rounded.
    expectAgreement('distance', value, plain(a), undefined, { relL2: 1e-5, maxAbs: 1e-5 });

    const direction = numbers(shape, 9);
    const h = 1e-6;
    const total = (step: number): number =>
      plain(Array.from(a, (x, i) => x + step * (direction[i] ?? NaN))).reduce((sum, x) => sum + x, 0);
    const expected = (total(h) - total(-h)) / (2 * h);
    const size = Math.sqrt(dot(slope, slope) * dot(direction, direction));
    expect(Math.abs(dot(slope, direction) - expected) / size).toBeLessThan(1e-5);
  });

  test('has the layers of the reference, each with its channels', () => {
    const features = network.features(inputTensor('x', shape));
    expect(features.map((layer) => layer.shape[1])).toEqual(trunk.channels);
  });
});

test('a head too few, or one for other channels, is refused', () => {
  const { weights, heads, shape } = setUp('alexnet');
  const network = new AlexNet(weights);
  const x = inputTensor('x', shape);
  const tensors = heads.map((head, index) => constantTensor(`lin${index}`, [1, head.length, 1, 1], head));
  expect(() => lpips(network, tensors.slice(1), x, x)).toThrow(/one head .* 5 layers of alexnet/);
  expect(() => lpips(network, [...tensors].reverse(), x, x)).toThrow(/weigh 64 channels/);
});

test('features that are all zero give no NaN, in value or gradient', async () => {
  const { trunk, weights, shape } = setUp('squeezenet');
  // Biases so low that nothing gets through a ReLU: were only the first dead, the later ones would give features again.
  const biases = Object.entries(trunk.shapes).filter(([name]) => name.endsWith('.bias'));
  for (const [name, extents] of biases) weights.set(name, extents, new Float32Array(sizeOf(extents)).fill(-1e3));
  const network = new SqueezeNet(weights);
  const program = await engine.valueAndGrad(
    (inputs) => ({ value: featureDistance(network, named(inputs, 'a'), named(inputs, 'b')) }),
    ['a'],
    { a: shape, b: shape },
    { label: 'dead features' },
  );
  program.run({ a: numbers(shape, 1), b: numbers(shape, 2) });
  expect(at(await program.read('value'), 0)).toBe(0);
  expect((await program.read('grad.a')).every((value) => value === 0)).toBe(true);
  program.dispose();
});
