import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { checkpoint } from '../../src/engine/checkpoint.js';
import type { Engine, TraceFunction } from '../../src/engine/engine.js';
import { Interner } from '../../src/engine/graph.js';
import { planGraph } from '../../src/engine/graphPlan.js';
import { inputTensor, parameterTensor, type Tensor } from '../../src/engine/tensor.js';
import { withGradients, type DifferentiateOptions } from '../../src/engine/differentiate.js';
import type { Generator } from '../../src/models/generator.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { mul, sub } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { reduceMean, reduceSum } from '../../src/ops/reduce.js';
import { square, unary } from '../../src/ops/unary.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { differenceOf } from '../ops/agreement.js';
import { createTestEngine, named, runReference, type F64Inputs } from '../ops/evaluate.js';
import { numbers } from '../ops/numbers.js';

const weight = parameterTensor({ name: 'weight', shape: [2, 2, 3, 3], load: () => numbers([2, 2, 3, 3], 7) });

/** Two convolutions with a checkpoint between them; returns its features and the weight beside the value. */
const network: TraceFunction = (inputs) => {
  const layer = (x: Tensor): Tensor => unary('tanh', conv2d(x, weight, { padding: 1 }));
  const features = layer(named(inputs, 'x'));
  const y = layer(checkpoint(layer(checkpoint(features))));
  return { value: reduceSum(mul(y, square(y)), [0, 1, 2, 3]), features, weight };
};

const shapes = { x: [1, 2, 5, 4] };
const x = numbers(shapes.x, 1);
const fed: F64Inputs = { x: { shape: shapes.x, values: x } };

/** `fn` with its gradients, to be evaluated in f64. */
const differentiated =
  (wrt: readonly string[], options?: DifferentiateOptions): TraceFunction =>
  (inputs) =>
    withGradients(inputs, network(inputs), wrt, opLibrary.gradientOps, options);

let engine: Engine;
let generator: Generator;
beforeAll(async () => {
  engine = await createTestEngine();
  const file = new Uint8Array(readFileSync('weights/face64/face64-g.safetensors'));
  generator = (await openCheckpoint(file, 'face64')).generator;
});

describe('valueAndGrad', () => {
  test('differentiates with respect to inputs, features and weights', async () => {
    const program = await engine.valueAndGrad(network, ['x', 'features', 'weight'], shapes, { label: 'network' });
    program.run({ x });
    const expected = runReference(differentiated(['x', 'features', 'weight']), fed);
    for (const [name, values] of Object.entries(expected)) {
      const { relL2 } = differenceOf(await program.read(name), values, values);
      expect([name, relL2 < 1e-5]).toEqual([name, true]);
    }
    expect(program.outputShape('grad.features')).toEqual([1, 2, 5, 4]);
    program.dispose();
  });

  test('agrees with central differences of the value', () => {
    const { 'grad.x': gradient } = runReference(differentiated(['x']), fed);
    const valueAt = (index: number, step: number): number => {
      const moved = Float64Array.from(x);
      moved[index] = (moved[index] ?? 0) + step;
      return runReference(network, { x: { shape: shapes.x, values: moved } })['value']?.[0] ?? NaN;
    };
    for (const index of [0, 13, 39]) {
      const difference = (valueAt(index, 1e-5) - valueAt(index, -1e-5)) / 2e-5;
      expect(gradient?.[index]).toBeCloseTo(difference, 6);
    }
  });

  test.each([
    ['value-missing', (): Promise<unknown> => engine.valueAndGrad(() => ({}), ['x'], shapes, { label: 'none' })],
    ['wrt-missing', (): Promise<unknown> => engine.valueAndGrad(network, ['y'], shapes, { label: 'unknown' })],
    [
      'no-checkpoints',
      (): Promise<unknown> =>
        engine.valueAndGrad((inputs) => ({ value: square(named(inputs, 'x')) }), ['x'], shapes, {
          label: 'unmarked',
          recompute: true,
        }),
    ],
  ])('%s', async (code, attempt) => {
    await expect(attempt()).rejects.toThrow(expect.objectContaining({ code }) as Error);
  });

  test('runs no weight gradient that was not asked for', () => {
    const shadersOf = (wrt: readonly string[]): string[] =>
      planGraph(
        (inputs) => ({ outputs: differentiated(wrt)(inputs), updates: [] }),
        shapes,
        opLibrary.fusion,
        new Interner(),
      ).schedule.steps.map(({ call }) => call.shader);
    expect(shadersOf(['x', 'features'])).not.toContain('conv2dWeightGrad');
    expect(shadersOf(['weight'])).toContain('conv2dWeightGrad');
  });
});

describe('recomputing', () => {
  test('changes no gradient, nor a gradient of a gradient', () => {
    const wrt = ['x', 'features', 'weight'];
    const recomputed = runReference(differentiated(wrt, { recompute: true }), fed);
    expect(recomputed).toEqual(runReference(differentiated(wrt), fed));

    const curvature =
      (options: DifferentiateOptions): TraceFunction =>
      (inputs) => {
        const once = withGradients(inputs, network(inputs), ['x'], opLibrary.gradientOps, options);
        const value = reduceSum(square(named(once, 'grad.x')), [0, 1, 2, 3]);
        return withGradients(inputs, { value, weight }, ['x', 'weight'], opLibrary.gradientOps);
      };
    const expected = runReference(curvature({}), fed);
    for (const [name, values] of Object.entries(runReference(curvature({ recompute: true }), fed))) {
      const { relL2 } = differenceOf(values, expected[name] ?? [], values);
      expect([name, relL2 < 1e-12]).toEqual([name, true]);
    }
  });

  test('a generator’s gradient needs less memory and stays the same', async () => {
    const fn: TraceFunction = (inputs) => {
      const img = generator.synthesis(named(inputs, 'ws'), { noise: 'const' });
      return { value: reduceMean(square(sub(img, named(inputs, 'target'))), [0, 1, 2, 3]) };
    };
    const inputs = { ws: [1, generator.numWs, generator.wDim], target: [1, 3, 64, 64] };
    // Transformed pictures of Winograd's convolutions would be the floor of both.
    const direct = await createTestEngine({ convolution: 'direct' });
    const compile = (recompute: boolean) =>
      direct.valueAndGrad(fn, ['ws'], inputs, { label: `recompute ${recompute}`, recompute });
    const [saved, recomputed] = [await compile(false), await compile(true)];
    const gradients: Float32Array[] = [];
    for (const program of [saved, recomputed]) {
      program.run({ ws: numbers(inputs.ws, 3), target: numbers(inputs.target, 4) });
      gradients.push(await program.read('grad.ws'));
      program.dispose();
    }
    const [expected = new Float32Array(), actual = new Float32Array()] = gradients;
    expect(differenceOf(actual, expected, expected).relL2).toBeLessThan(1e-6);
    // Layers keep nothing but their outputs anyway; what the last layers need at once is the floor of both.
    expect(recomputed.report.arenaBytes).toBeLessThan(0.9 * saved.report.arenaBytes);
    expect(recomputed.report.flops).toBeLessThan(1.5 * saved.report.flops);
  });
});

test('an activation that is saved is not computed twice', () => {
  const plan = planGraph(
    (inputs) => {
      const y = biasAct(conv2d(named(inputs, 'x'), weight, { padding: 1 }), null, { act: 'lrelu' });
      return {
        outputs: withGradients(inputs, { value: reduceSum(square(y), [1, 2, 3]) }, ['x'], opLibrary.gradientOps),
        updates: [],
      };
    },
    shapes,
    opLibrary.fusion,
    new Interner(),
  );
  const convolutions = plan.schedule.steps.filter(({ call }) => call.shader.startsWith('conv2d'));
  expect(convolutions.length).toBe(2);
  expect(plan.inputs.get('x')).toEqual(inputTensor('x', shapes.x));
});
