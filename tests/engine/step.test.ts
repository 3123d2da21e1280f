import { beforeAll, describe, expect, test } from 'vitest';
import { requestGpu } from '../../src/engine/device.js';
import { withGradients } from '../../src/engine/differentiate.js';
import { Engine, type StepFunction } from '../../src/engine/engine.js';
import { inputTensor } from '../../src/engine/tensor.js';
import { sgd } from '../../src/optimisers/sgd.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { reduceSum } from '../../src/ops/reduce.js';
import { reshape } from '../../src/ops/reshape.js';
import { affine, scale, square } from '../../src/ops/unary.js';
import { named } from '../ops/evaluate.js';
import { testGpu } from '../setup/gpu.js';
import { CallCounts, watchDevice } from './watchedDevice.js';

const calls = new CallCounts();
let engine: Engine;
beforeAll(async () => {
  const { device, adapter } = await requestGpu(testGpu());
  engine = new Engine({ device: watchDevice(device, calls), adapter }, opLibrary);
});

const shapes = { x: [3], velocity: [3], rate: [1] };
const values = (...numbers: readonly number[]): Float32Array<ArrayBuffer> => Float32Array.from(numbers);

/** Gradient descent on ½‖x − 1‖², which takes x to (1 − rate)·x + rate. */
const descent: StepFunction = (inputs) => {
  const x = named(inputs, 'x');
  const value = scale(reduceSum(square(affine(x, 1, -1)), [0]), 0.5);
  const { 'grad.x': gradient = x } = withGradients(inputs, { value }, ['x'], opLibrary.gradientOps);
  const update = sgd(x, named(inputs, 'velocity'), gradient, named(inputs, 'rate'), { momentum: 0 });
  return { outputs: { value, twice: scale(x, 2) }, updates: [update] };
};

describe('a step', () => {
  test('computes its outputs first and then changes its inputs', async () => {
    const program = await engine.compileStep(descent, shapes, { label: 'descent' });
    program.run({ x: values(1, 3, -1), rate: values(0.25) });
    expect(await program.read('twice')).toEqual(values(2, 6, -2));
    expect(await program.read('value')).toEqual(values(4));
    expect(await program.read('x')).toEqual(values(1, 2.5, -0.5));
    program.run();
    expect(await program.read('twice')).toEqual(values(2, 5, -1));
    expect(await program.read('velocity')).toEqual(values(0, 1.5, -1.5));
    program.dispose();
  });

  test('is one submit, creates nothing, reads nothing back and leaves the memory as it is', async () => {
    const program = await engine.compileStep(descent, shapes, { label: 'descent' });
    program.run({ x: values(1, 3, -1), rate: values(0.25) });
    const before = engine.allocatedBytes;
    calls.reset();
    for (let step = 0; step < 1000; step++) program.run();
    expect(calls.of('submit')).toBe(1000);
    expect(calls.created).toBe(0);
    expect(calls.of('mapAsync')).toBe(0);
    expect(engine.allocatedBytes).toBe(before);
    for (const coordinate of await program.read('x')) expect(coordinate).toBeCloseTo(1, 6);
    program.dispose();
    expect(engine.allocatedBytes).toBe(0);
  });

  test('is profiled without being taken', async () => {
    const program = await engine.compileStep(descent, shapes, { label: 'descent' });
    program.run({ x: values(1, 3, -1), rate: values(0.25) });
    expect((await program.profile()).map(({ label }) => label)).toContain('sgd [3] [3]');
    expect(await program.read('x')).toEqual(values(1, 2.5, -0.5));
    program.dispose();
  });

  test('takes several updates in order', async () => {
    const program = await engine.compileStep(
      (inputs) => {
        const [first, ...others] = descent(inputs).updates;
        if (first === undefined || others.length > 0) throw new Error('descent has one update');
        return { outputs: {}, updates: [first, first] };
      },
      shapes,
      { label: 'twice' },
    );
    program.run({ x: values(1, 3, -1), rate: values(0.5) });
    // Both use the gradient at the old x.
    expect(await program.read('x')).toEqual(values(1, 1, 1));
    program.dispose();
  });
});

describe('an update', () => {
  const [x, velocity, rate] = [inputTensor('x', [3]), inputTensor('velocity', [3]), inputTensor('rate', [1])];

  test('changes inputs only', () => {
    expect(() => sgd(square(x), velocity, x, rate, { momentum: 0 })).toThrow(
      expect.objectContaining({ code: 'state-not-input' }) as Error,
    );
  });

  test('whose shapes do not fit names them', () => {
    expect(() => sgd(x, velocity, rate, rate, { momentum: 0 })).toThrow(
      expect.objectContaining({ code: 'shape-mismatch', message: expect.stringContaining('sgd') as string }) as Error,
    );
  });

  test('never reads the state that it changes', async () => {
    const step: StepFunction = (inputs) => {
      const state = named(inputs, 'x');
      const updates = [
        sgd(state, named(inputs, 'velocity'), reshape(reshape(state, [3, 1]), [3]), named(inputs, 'rate'), {
          momentum: 0,
        }),
      ];
      return { outputs: {}, updates };
    };
    await expect(engine.compileStep(step, shapes, { label: 'self' })).rejects.toThrow(
      expect.objectContaining({ code: 'operand-is-state' }) as Error,
    );
  });
});
