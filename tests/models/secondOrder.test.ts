import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { mse } from '../../src/losses/mse.js';
import { pathLength } from '../../src/losses/pathLength.js';
import { r1Penalty } from '../../src/losses/r1Penalty.js';
import { StyleGan2, type StyleGan2Config } from '../../src/models/stylegan2.js';
import { StyleGan2Discriminator, type StyleGan2DiscriminatorConfig } from '../../src/models/stylegan2Discriminator.js';
import type { Weights } from '../../src/models/weights.js';
import { hessianVectorProduct, jacobianVectorProduct } from '../../src/ops/curvature.js';
import { mul } from '../../src/ops/binary.js';
import { gradient } from '../../src/ops/gradient.js';
import { maxPool2d } from '../../src/ops/maxPool2d.js';
import { square } from '../../src/ops/unary.js';
import { expectAgreement, kernelTolerance } from '../ops/agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type Fed, type FedInputs } from '../ops/evaluate.js';
import { dot, fed, numbers } from '../ops/numbers.js';
import type { RandomWeights } from './randomWeights.js';
import { tinyDiscriminatorWeights, tinyGeneratorWeights } from './tinyStyleGan2.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

const discriminator: StyleGan2DiscriminatorConfig = {
  architecture: 'resnet',
  resolution: 8,
  imgChannels: 2,
  cDim: 0,
  cmapDim: 0,
  mappingLayers: 0,
  mappingActivation: 'lrelu',
  mappingLrMultiplier: 0.01,
  activation: 'lrelu',
  convClamp: null,
  // Of three samples: of two, the deviation is half their distance, whose second derivative vanishes but for rounding.
  mbstdGroupSize: null,
  mbstdNumChannels: 1,
};

const generator: StyleGan2Config = {
  architecture: 'skip',
  resolution: 8,
  imgChannels: 2,
  zDim: 5,
  wDim: 5,
  cDim: 0,
  mappingLayers: 0,
  mappingActivation: 'lrelu',
  mappingLrMultiplier: 0.01,
  activation: 'lrelu',
  convClamp: null,
};

type Inputs = Readonly<Record<string, Tensor>>;

/** Weights of which some are inputs of the program, so that one can differentiate in them and move them. */
function weightsWithInputs(stored: RandomWeights, inputs: Inputs, names: readonly string[]): Weights {
  const find = (name: string): Tensor | null => (names.includes(name) ? named(inputs, name) : stored.find(name));
  return { count: 0, find, get: (name) => find(name) ?? stored.get(name) };
}

const fedWeights = (stored: RandomWeights, names: readonly string[]): FedInputs =>
  Object.fromEntries(
    names.map((name) => [name, { shape: stored.get(name).shape, values: Float32Array.from(stored.of(name)) }]),
  );

/** A value of shape [N] and its gradients; both on the GPU and in f64. */
const withGradients =
  (fn: (inputs: Inputs) => Tensor, wrt: readonly string[]): TraceFunction =>
  (inputs) => {
    const value = fn(inputs);
    const gradients = gradient(
      value,
      wrt.map((name) => named(inputs, name)),
    );
    return { value, ...Object.fromEntries(gradients.map((result, index) => [wrt[index] ?? '', result])) };
  };

/** d Σ value / dε along a direction of one input: a central difference in f64, whose own error is about 1e-8. */
function slope(fn: (inputs: Inputs) => Tensor, inputs: FedInputs, name: string, direction: ArrayLike<number>): number {
  const h = 1e-5;
  const total = (step: number): number => {
    const { shape, values }: Fed = inputs[name] ?? fed([], 0);
    const moved = { shape, values: Array.from(values, (x, i) => x + step * (direction[i] ?? NaN)) };
    const { value = new Float64Array() } = runReference((i) => ({ value: fn(i) }), { ...inputs, [name]: moved });
    return value.reduce((sum, x) => sum + x, 0);
  };
  return (total(h) - total(-h)) / (2 * h);
}

/** Gradients through several layers and back twice; sums of many terms that cancel in part. */
const secondOrderTolerance = { relL2: 1e-5, maxAbs: 3e-5 };

async function expectSecondOrder(fn: (inputs: Inputs) => Tensor, inputs: FedInputs, wrt: readonly string[]) {
  const graph = withGradients(fn, wrt);
  const expected = runReference(graph, inputs);
  for (const fuse of [false, true]) {
    const { outputs } = await runOnGpu(engine, graph, inputs, fuse);
    for (const [name, values] of Object.entries(expected)) {
      expectAgreement(
        `${name}, ${fuse ? 'fused' : 'op by op'}`,
        outputs[name] ?? [],
        values,
        undefined,
        secondOrderTolerance,
      );
    }
  }
  for (const name of wrt) {
    const exact = expected[name] ?? new Float64Array();
    const direction = numbers([exact.length], 31);
    const size = Math.sqrt(dot(exact, exact) * dot(direction, direction));
    expect(size, `gradient in ${name} is there`).toBeGreaterThan(1e-6);
    expect(Math.abs(dot(exact, direction) - slope(fn, inputs, name, direction)) / size, name).toBeLessThan(1e-6);
  }
}

describe('the R1 penalty', () => {
  const layers = [
    'b8.fromrgb.weight',
    'b8.conv0.weight',
    'b8.conv1.weight',
    'b8.skip.weight',
    'b4.conv.weight',
    'b4.fc.weight',
    'b4.out.weight',
  ];

  test.each(['resnet', 'skip', 'orig'] as const)(
    'of a %s discriminator, in its weights and its picture',
    async (architecture) => {
      const config = { ...discriminator, architecture };
      const stored = tinyDiscriminatorWeights(config);
      const names = layers.filter((name) => stored.find(name) !== null);
      const penalty = (inputs: Inputs): Tensor => {
        const network = new StyleGan2Discriminator(config, weightsWithInputs(stored, inputs, names));
        const picture = named(inputs, 'picture');
        return r1Penalty(network.logits(picture, null), picture, 10);
      };
      const inputs = { picture: fed([3, 2, 8, 8], 1), ...fedWeights(stored, names) };
      await expectSecondOrder(penalty, inputs, ['picture', ...names]);
    },
  );
});

const latents = { ws: fed([2, 4, 5], 2) };

describe('the path-length penalty', () => {
  test('of a generator, in its weights and its latents', async () => {
    const stored = tinyGeneratorWeights(generator);
    const names = ['b4.const', 'b4.conv1.weight', 'b8.conv0.weight', 'b8.conv0.affine.weight', 'b8.torgb.weight'].map(
      (name) => `synthesis.${name}`,
    );
    const penalty = (inputs: Inputs): Tensor => {
      const network = new StyleGan2(generator, weightsWithInputs(stored, inputs, names));
      const ws = named(inputs, 'ws');
      const picture = network.synthesis(ws, { noise: 'none' });
      return pathLength(picture, ws, named(inputs, 'noise'), named(inputs, 'mean')).penalty;
    };
    const inputs = {
      ...latents,
      noise: fed([2, 2, 8, 8], 3),
      mean: { shape: [1], values: Float32Array.of(0.3) },
      ...fedWeights(stored, names),
    };
    await expectSecondOrder(penalty, inputs, ['ws', ...names]);
  });
});

describe('products with derivatives of a generator', () => {
  const network = new StyleGan2(generator, tinyGeneratorWeights(generator));
  const synthesis = (ws: Tensor): Tensor => network.synthesis(ws, { noise: 'none' });
  const inputs = { ...latents, direction: fed([2, 4, 5], 4) };

  test('J·v is the change of the picture along v', async () => {
    const graph: TraceFunction = (i) => ({
      change: jacobianVectorProduct(synthesis(named(i, 'ws')), [named(i, 'ws')], [named(i, 'direction')]),
    });
    const { change = new Float64Array() } = runReference(graph, inputs);
    const { outputs } = await runOnGpu(engine, graph, inputs, true);
    expectAgreement('J·v', outputs['change'] ?? [], change, undefined, kernelTolerance.f32Chain);
    const h = 1e-5;
    const pictureAt = (step: number): Float64Array => {
      const values = Array.from(latents.ws.values, (x, i) => x + step * (inputs.direction.values[i] ?? NaN));
      const { y = new Float64Array() } = runReference((i) => ({ y: synthesis(named(i, 'ws')) }), {
        ws: { shape: latents.ws.shape, values },
      });
      return y;
    };
    const [ahead, behind] = [pictureAt(h), pictureAt(-h)];
    const difference = ahead.map((value, i) => (value - (behind[i] ?? NaN)) / (2 * h));
    expectAgreement('J·v', change, difference, undefined, { relL2: 1e-7, maxAbs: 1e-6 });
  });

  test('⟨J·v, u⟩ is ⟨v, Jᵀ·u⟩', () => {
    const u = fed([2, 2, 8, 8], 5);
    const { forward = new Float64Array(), backward = new Float64Array() } = runReference(
      (i) => {
        const ws = named(i, 'ws');
        const [back = ws] = gradient(synthesis(ws), [ws], named(i, 'u'));
        return { forward: jacobianVectorProduct(synthesis(ws), [ws], [named(i, 'direction')]), backward: back };
      },
      { ...inputs, u },
    );
    const [left, right] = [dot(forward, u.values), dot(inputs.direction.values, backward)];
    expect(Math.abs(left - right)).toBeLessThan(1e-11 * Math.sqrt(dot(forward, forward) * dot(u.values, u.values)));
  });

  test('H·v is the change of the gradient of a loss along v', async () => {
    const loss = (i: Inputs): Tensor => mse(synthesis(named(i, 'ws')), named(i, 'target'));
    const given = { ...inputs, target: fed([2, 2, 8, 8], 6) };
    const graph: TraceFunction = (i) => {
      const [product = named(i, 'ws')] = hessianVectorProduct(loss(i), [named(i, 'ws')], [named(i, 'direction')]);
      return { product };
    };
    const { product = new Float64Array() } = runReference(graph, given);
    const { outputs } = await runOnGpu(engine, graph, given, true);
    expectAgreement('H·v', outputs['product'] ?? [], product, undefined, secondOrderTolerance);
    const gradientAt = withGradients(loss, ['ws']);
    const h = 1e-5;
    const at = (step: number): Float64Array => {
      const values = Array.from(latents.ws.values, (x, i) => x + step * (inputs.direction.values[i] ?? NaN));
      const { ws = new Float64Array() } = runReference(gradientAt, {
        ...given,
        ws: { shape: latents.ws.shape, values },
      });
      return ws;
    };
    const [ahead, behind] = [at(h), at(-h)];
    const difference = ahead.map((value, i) => (value - (behind[i] ?? NaN)) / (2 * h));
    expectAgreement('H·v', product, difference, undefined, { relL2: 1e-6, maxAbs: 1e-5 });
  });
});

test('H·v goes through pooling, and has the mixed terms of several variables', () => {
  // f(x, y) = Σ over windows of max(x)·y: the second derivatives are mixed ones only.
  const inputs = {
    x: fed([1, 1, 4, 4], 7),
    y: fed([1, 1, 2, 2], 8),
    vx: fed([1, 1, 4, 4], 9),
    vy: fed([1, 1, 2, 2], 10),
  };
  const { ofX = new Float64Array(), ofY = new Float64Array() } = runReference((i) => {
    const [x, y] = [named(i, 'x'), named(i, 'y')];
    const value = mul(maxPool2d(x, { kernel: 2 }), y);
    const [productX = x, productY = y] = hessianVectorProduct(value, [x, y], [named(i, 'vx'), named(i, 'vy')]);
    return { ofX: productX, ofY: productY };
  }, inputs);
  for (let window = 0; window < 4; window++) {
    const corner = Math.floor(window / 2) * 8 + (window % 2) * 2;
    const places = [corner, corner + 1, corner + 4, corner + 5];
    const value = (place: number): number => inputs.x.values[place] ?? NaN;
    const largest = places.reduce((best, place) => (value(place) > value(best) ? place : best));
    expect(ofY[window]).toBe(inputs.vx.values[largest]);
    expect(places.map((place) => ofX[place])).toEqual(
      places.map((p) => (p === largest ? inputs.vy.values[window] : 0)),
    );
  }
});

test('directions of other shapes are refused', () => {
  const x = inputTensor('x', [2, 3]);
  for (const product of [hessianVectorProduct, jacobianVectorProduct]) {
    expect(() => product(square(x), [x], [])).toThrow(/one direction for each variable, of its shape: \[2, 3\]/);
    expect(() => product(square(x), [x], [inputTensor('v', [3, 2])])).toThrow(/\[3, 2\]/);
  }
});
