import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { withGradients } from '../../src/engine/differentiate.js';
import { Interner } from '../../src/engine/graph.js';
import { planGraph, type GraphPlan } from '../../src/engine/graphPlan.js';
import type { Tensor } from '../../src/engine/tensor.js';
import { sub } from '../../src/ops/binary.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { reduceMean } from '../../src/ops/reduce.js';
import { square } from '../../src/ops/unary.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { named } from './evaluate.js';

const { generator } = await openCheckpoint(
  new Uint8Array(readFileSync('weights/face64/face64-g.safetensors')),
  'face64',
);

type Named = Readonly<Record<string, Tensor>>;

/** Plans on no device, fused as the engine does. */
const planOf = (fn: (inputs: Named) => Named): GraphPlan =>
  planGraph(
    (inputs) => ({ outputs: fn(inputs), updates: [] }),
    { ws: [1, generator.numWs, generator.wDim], target: [1, 3, 64, 64] },
    opLibrary.fusion,
    new Interner(),
  );

const forward = planOf((inputs) => ({ image: generator.synthesis(named(inputs, 'ws'), { noise: 'const' }) }));
const both = planOf((inputs) => {
  const image = generator.synthesis(named(inputs, 'ws'), { noise: 'const' });
  const value = reduceMean(square(sub(image, named(inputs, 'target'))), [0, 1, 2, 3]);
  return withGradients(inputs, { image, value }, ['ws'], opLibrary.gradientOps);
});

const countOf = ({ schedule }: GraphPlan, shader: string): number =>
  schedule.steps.filter(({ call }) => call.shader === shader).length;

describe('forward and backward of the bundled model in W+', () => {
  test('runs no weight gradient', () => {
    expect(countOf(both, 'conv2dWeightGrad')).toBe(0);
  });

  test('takes few dispatches', () => {
    // Four of the forward's convolutions are Winograd's, in three kernels each, and as many of the adjoints.
    expect(forward.report.dispatches).toBeLessThanOrEqual(32);
    expect(both.report.dispatches).toBeLessThanOrEqual(123);
  });

  test('keeps the forward fused: no bias, activation or demodulation by itself', () => {
    expect(countOf(both, 'biasAct')).toBe(0);
    // The error and its derivative.
    expect(countOf(both, 'binary')).toBe(2);
    expect(countOf(both, 'biasActGrad')).toBe(9);
  });

  test('convolves once back for each time forth, with the kernels of the forward', () => {
    const convolutions = (plan: GraphPlan): number =>
      ['conv2d', 'conv2dWholeMap', 'toRgb', 'conv2dUp', 'planeProduct', 'fewPlacesProduct'].reduce(
        (sum, shader) => sum + countOf(plan, shader),
        0,
      );
    expect(convolutions(both)).toBe(2 * convolutions(forward));
    // Only doubling layers need the kernel that doubles; adjoints of stride 1 slide over turned weights.
    expect(countOf(both, 'conv2dUp')).toBe(countOf(forward, 'conv2dUp'));
    expect(countOf(both, 'conv2dTransposed')).toBe(0);
    expect(both.report.flops).toBeLessThan(2.1 * forward.report.flops);
  });

  test('keeps little more than the layers’ outputs', () => {
    expect(both.report.arenaBytes).toBeLessThan(2.2 * forward.report.arenaBytes);
  });
});
