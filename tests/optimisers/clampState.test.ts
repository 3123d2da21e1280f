import { expect, test } from 'vitest';
import { inputTensor } from '../../src/engine/tensor.js';
import { clampState } from '../../src/optimisers/clampState.js';
import { expectError } from '../checkpoints/expectError.js';
import { createTestEngine, named } from '../ops/evaluate.js';
import { numbers } from '../ops/numbers.js';

test.each([[[1]], [[7]], [[3, 65]], [[2, 5, 129]]])(
  'every number of %j is put back into the interval',
  async (shape) => {
    const engine = await createTestEngine();
    const program = await engine.compileStep(
      (inputs) => ({ outputs: {}, updates: [clampState(named(inputs, 'value'), -0.25, 0.5)] }),
      { value: shape },
      { label: 'clampState' },
    );
    const start = numbers(shape, 4);
    program.run({ value: start });
    const [expected = new Float64Array()] = clampState(inputTensor('value', shape), -0.25, 0.5).op.reference({
      states: [Float64Array.from(start)],
      operands: [],
      stateShapes: [shape],
      operandShapes: [],
      attributes: { low: -0.25, high: 0.5 },
    });
    expect([...(await program.read('value'))]).toEqual([...expected]);
    expect([...expected]).toEqual(Array.from(start, (x) => Math.min(Math.max(x, -0.25), 0.5)));
    program.dispose();
  },
);

test('an empty interval is refused', () => {
  expectError('shape-mismatch', () => clampState(inputTensor('value', [2]), 1, 0));
});
