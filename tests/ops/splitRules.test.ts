import { describe, expect, test } from 'vitest';
import { Interner } from '../../src/engine/graph.js';
import { withGradients } from '../../src/engine/differentiate.js';
import type { TraceFunction } from '../../src/engine/engine.js';
import { fuseGraph } from '../../src/engine/fusion.js';
import { planGraph } from '../../src/engine/graphPlan.js';
import { at } from '../../src/engine/shape.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { modulatedConv2d } from '../../src/ops/modulatedConv2d.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { reduceSum } from '../../src/ops/reduce.js';
import { splitRules } from '../../src/ops/splitRules.js';
import { square } from '../../src/ops/unary.js';
import { setupFilter } from '../../src/ops/upfirdn2d.js';
import { differenceOf } from './agreement.js';
import { createTestEngine, named, runReference, type FedInputs } from './evaluate.js';
import { runOnGpu } from './evaluate.js';
import { fed } from './numbers.js';

/** An upsampling layer of StyleGAN2: its transposed convolution makes 7 channels of 17×17, the layer 7 of 16×16. */
const layer: TraceFunction = (inputs) => {
  const y = modulatedConv2d(named(inputs, 'x'), named(inputs, 'weight'), named(inputs, 'styles'), {
    up: 2,
    padding: 1,
    resampleFilter: setupFilter([1, 3, 3, 1]),
    flipWeight: false,
  });
  const active = biasAct(y, named(inputs, 'bias'), { act: 'lrelu' });
  const value = reduceSum(square(active), [0, 1, 2, 3]);
  return withGradients(inputs, { value, y: active }, ['x', 'styles', 'weight'], opLibrary.gradientOps);
};

const inputs: FedInputs = {
  x: fed([2, 3, 8, 8], 1),
  weight: fed([7, 3, 3, 3], 2),
  styles: fed([2, 3], 3),
  bias: fed([7], 4),
};

const planeBytes = 17 * 17 * 4;
const layerBytes = 2 * 7 * 16 * 16 * 4;

/** The layer with its upsampling taken apart, to be compared with the whole. */
const split =
  (bytes: number): TraceFunction =>
  (traced) => {
    const whole = Object.entries(layer(traced));
    const parts = fuseGraph(
      whole.map(([, tensor]) => tensor),
      splitRules(bytes),
    );
    return Object.fromEntries(whole.map(([name], index) => [name, at(parts, index)]));
  };

function largestBinding(bytes: number): number {
  const shapes = Object.fromEntries(Object.entries(inputs).map(([name, { shape }]) => [name, shape]));
  const passes = [opLibrary.splitting(bytes), ...opLibrary.fusion];
  const plan = planGraph((traced) => ({ outputs: layer(traced), updates: [] }), shapes, passes, new Interner());
  const buffers = plan.schedule.steps.flatMap(({ bindings }) => [...bindings.values()]);
  return Math.max(...buffers.map((storage) => storage.bytes));
}

describe('upsampling by slabs', () => {
  test('binds no buffer that is too large', () => {
    expect(largestBinding(Infinity)).toBe(2 * 7 * planeBytes);
    expect(largestBinding(layerBytes)).toBe(layerBytes);
  });

  test.each([layerBytes, 5 * 2 * planeBytes, 2 * planeBytes])('at most %d bytes change no result', async (bytes) => {
    const expected = runReference(layer, inputs);
    const reference = runReference(split(bytes), inputs);
    const { outputs } = await runOnGpu(await createTestEngine(), split(bytes), inputs, true);
    for (const [name, values] of Object.entries(expected)) {
      expect([name, differenceOf(reference[name] ?? [], values, values).relL2 < 1e-12]).toEqual([name, true]);
      expect([name, differenceOf(outputs[name] ?? [], values, values).relL2 < 1e-5]).toEqual([name, true]);
    }
  });

  test('leaves alone what fits, and what a single channel overflows', () => {
    expect(largestBinding(2 * planeBytes - 4)).toBe(2 * 7 * planeBytes);
  });
});
