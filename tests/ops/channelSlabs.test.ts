import { describe, expect, test } from 'vitest';
import { configR, configT, designedConfig, designedShapes, type StyleGan3Design } from '../../bench/stylegan3Design.js';
import { withGradients } from '../../src/engine/differentiate.js';
import type { TraceFunction } from '../../src/engine/engine.js';
import { fuseGraph } from '../../src/engine/fusion.js';
import { Interner } from '../../src/engine/graph.js';
import { planGraph } from '../../src/engine/graphPlan.js';
import { at, type Shape } from '../../src/engine/shape.js';
import { parameterTensor, type Tensor } from '../../src/engine/tensor.js';
import { StyleGan3 } from '../../src/models/stylegan3.js';
import { aliasFreeModulatedConv2d } from '../../src/models/stylegan3Layers.js';
import { filteredLrelu } from '../../src/ops/filteredLrelu.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { reduceMean } from '../../src/ops/reduce.js';
import { splitRules } from '../../src/ops/splitRules.js';
import { square } from '../../src/ops/unary.js';
import { setupFilter } from '../../src/ops/upfirdn2d.js';
import { differenceOf } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type FedInputs } from './evaluate.js';
import { fed } from './numbers.js';

/** Bytes of the largest buffer that a kernel binds. */
function largestBinding(fn: TraceFunction, shapes: Readonly<Record<string, Shape>>, bytes: number): number {
  const passes = [opLibrary.splitting(bytes), ...opLibrary.fusion];
  const plan = planGraph((traced) => ({ outputs: fn(traced), updates: [] }), shapes, passes, new Interner());
  return Math.max(...plan.schedule.steps.flatMap(({ bindings }) => [...bindings.values()].map((each) => each.bytes)));
}

const filter = setupFilter([1, 3, 4, 2]);

/** Two layers of StyleGAN3, 7 and 5 channels of 17², and the gradients of their mean square. */
const layers: TraceFunction = (inputs) => {
  const layer = (x: Tensor, name: string): Tensor =>
    filteredLrelu(
      aliasFreeModulatedConv2d(x, named(inputs, `weight${name}`), named(inputs, `styles${name}`), { padding: 2 }),
      named(inputs, `bias${name}`),
      { upFilter: filter, downFilter: filter, up: 2, down: 2, padding: [1, 0, 1, 0] },
    );
  const y = layer(layer(named(inputs, 'x'), '1'), '2');
  const value = reduceMean(square(y), [0, 1, 2, 3]);
  return withGradients(inputs, { value }, ['x', 'styles1', 'styles2'], opLibrary.gradientOps);
};

const inputs: FedInputs = {
  x: fed([1, 3, 17, 17], 1),
  weight1: fed([7, 3, 3, 3], 2),
  styles1: fed([1, 3], 3),
  bias1: fed([7], 4),
  weight2: fed([5, 7, 3, 3], 5),
  styles2: fed([1, 7], 6),
  bias2: fed([5], 7),
};

/** The layers taken apart, to be compared with the whole. */
const split =
  (bytes: number): TraceFunction =>
  (traced) => {
    const whole = Object.entries(layers(traced));
    const parts = fuseGraph(
      whole.map(([, tensor]) => tensor),
      splitRules(bytes),
    );
    return Object.fromEntries(whole.map(([name], index) => [name, at(parts, index)]));
  };

const planeBytes = 19 * 19 * 4;

describe('layers of StyleGAN3 by slabs of channels', () => {
  test.each([4, 3, 1])('of %d change no result', async (channels) => {
    const bytes = channels * planeBytes;
    const expected = runReference(layers, inputs);
    const reference = runReference(split(bytes), inputs);
    const { outputs } = await runOnGpu(await createTestEngine(), split(bytes), inputs, true);
    for (const [name, values] of Object.entries(expected)) {
      expect([name, differenceOf(reference[name] ?? [], values, values).relL2 < 1e-12]).toEqual([name, true]);
      expect([name, differenceOf(outputs[name] ?? [], values, values).relL2 < 1e-5]).toEqual([name, true]);
    }
  });

  const guaranteed = 128 * 2 ** 20;
  const planned = (design: StyleGan3Design, isBackward: boolean): number => {
    const leaves = new Map(
      [...designedShapes(design)].map(([name, shape]) => [
        name,
        parameterTensor({ name, shape, load: () => new Float32Array() }),
      ]),
    );
    const find = (name: string): Tensor | null => leaves.get(name) ?? null;
    const get = (name: string): Tensor => named(Object.fromEntries(leaves), name);
    const generator = new StyleGan3(designedConfig(design), { count: 0, find, get });
    const fn: TraceFunction = (given) => {
      const img = generator.synthesis(named(given, 'ws'), { noise: 'none' });
      const value = reduceMean(square(img), [0, 1, 2, 3]);
      return isBackward ? withGradients(given, { value }, ['ws'], opLibrary.gradientOps) : { img };
    };
    return largestBinding(fn, { ws: [1, generator.numWs, generator.wDim] }, guaranteed);
  };

  test.each([
    ['T', configT(1024)],
    ['R', configR(1024)],
  ])('%s-1024 makes pictures within the bindings that WebGPU guarantees', (_, design) => {
    expect(planned(design, false)).toBeLessThanOrEqual(guaranteed);
  });

  test('T-1024 has gradients within them, too', () => {
    expect(planned(configT(1024), true)).toBeLessThanOrEqual(guaranteed);
  });
});
