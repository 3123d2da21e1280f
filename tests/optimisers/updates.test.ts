import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { sizeOf, type Shape } from '../../src/engine/shape.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import type { Update } from '../../src/engine/update.js';
import { adam, adamDefaults, adamSchedule, adamScheduleShape, momentsShape } from '../../src/optimisers/adam.js';
import { renormalise } from '../../src/optimisers/renormalise.js';
import { sgd, sgdScheduleShape } from '../../src/optimisers/sgd.js';
import { mul } from '../../src/ops/binary.js';
import { reduceSum } from '../../src/ops/reduce.js';
import { expectAgreement } from '../ops/agreement.js';
import { createTestEngine, named } from '../ops/evaluate.js';
import { numbers } from '../ops/numbers.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

type Values = Record<string, Float64Array>;
type Inputs = Readonly<Record<string, Tensor>>;

/** An optimiser in a program whose inputs are its states and operands. */
interface Stepped {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly states: readonly string[];
  readonly update: (inputs: Inputs) => Update;
  /** What the CPU writes before a step, from 1. */
  readonly feed: (step: number) => Record<string, Float32Array<ArrayBuffer>>;
}

const sizes: readonly Shape[] = [[1], [7], [3, 65], [2, 5, 129]];
const gradientOf = (shape: Shape, step: number): Float32Array<ArrayBuffer> => numbers(shape, 1000 + step);

const optimisers: readonly (readonly [string, (shape: Shape) => Stepped])[] = [
  [
    'adam',
    (shape) => ({
      shapes: { value: shape, moments: momentsShape(shape), gradient: shape, schedule: adamScheduleShape },
      states: ['value', 'moments'],
      update: (i) => adam(named(i, 'value'), named(i, 'moments'), named(i, 'gradient'), named(i, 'schedule')),
      feed: (step) => ({ gradient: gradientOf(shape, step), schedule: adamSchedule(0.1 / step, step) }),
    }),
  ],
  [
    'sgd',
    (shape) => ({
      shapes: { value: shape, velocity: shape, gradient: shape, schedule: sgdScheduleShape },
      states: ['value', 'velocity'],
      update: (i) =>
        sgd(named(i, 'value'), named(i, 'velocity'), named(i, 'gradient'), named(i, 'schedule'), { momentum: 0.9 }),
      feed: (step) => ({ gradient: gradientOf(shape, step), schedule: Float32Array.of(0.1 / step) }),
    }),
  ],
];

/** The states after `steps` in f64. */
function reference({ shapes, states, update, feed }: Stepped, start: Values, steps: number): Values {
  const inputs = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, inputTensor(name, shape)]));
  const { op, attributes, operands } = update(inputs);
  const values: Values = { ...start };
  const read = (tensor: Tensor): Float64Array => {
    const { source } = tensor;
    return (source.kind === 'input' ? values[source.name] : undefined) ?? new Float64Array();
  };
  for (let step = 1; step <= steps; step++) {
    for (const [name, fed] of Object.entries(feed(step))) values[name] = Float64Array.from(fed);
    const next = op.reference({
      states: states.map((name) => values[name] ?? new Float64Array()),
      operands: operands.map(read),
      stateShapes: states.map((name) => shapes[name] ?? []),
      operandShapes: operands.map(({ shape }) => shape),
      attributes,
    });
    states.forEach((name, index) => (values[name] = next[index] ?? new Float64Array()));
  }
  return values;
}

describe.each(optimisers)('%s', (_, build) => {
  test.each(sizes.map((shape) => [`[${shape.join(', ')}]`, shape] as const))(
    'follows its f64 reference over 40 steps on %s',
    async (_shape, shape) => {
      const stepped = build(shape);
      const start = numbers(shape, 1);
      const program = await engine.compileStep(
        (inputs) => ({ outputs: {}, updates: [stepped.update(inputs)] }),
        stepped.shapes,
        { label: 'optimiser' },
      );
      program.write('value', start);
      for (let step = 1; step <= 40; step++) program.run(stepped.feed(step));
      const zeros = Object.fromEntries(
        stepped.states.map((name) => [name, new Float64Array(sizeOf(stepped.shapes[name] ?? []))]),
      );
      const expected = reference(stepped, { ...zeros, value: Float64Array.from(start) }, 40);
      for (const name of stepped.states) expectAgreement(name, await program.read(name), expected[name] ?? []);
      expect(program.report.dispatches).toBe(1);
      program.dispose();
    },
  );
});

/** A test vector of torch.optim.Adam worked by hand: the first step moves every value by the rate, whatever its size. */
test('adam moves each value by about the learning rate at its first step, and not at rate 0', () => {
  const shape = [3];
  const { op } = adam(
    inputTensor('value', shape),
    inputTensor('moments', [2, 3]),
    inputTensor('gradient', shape),
    inputTensor('schedule', [3]),
  );
  const step = (rate: number, count: number): readonly Float64Array[] =>
    op.reference({
      states: [Float64Array.of(1, 1, 1), new Float64Array(6)],
      operands: [Float64Array.of(1e-3, -50, 0), Float64Array.from(adamSchedule(rate, count))],
      stateShapes: [shape, [2, 3]],
      operandShapes: [shape, [3]],
      attributes: adamDefaults,
    });
  const [moved = new Float64Array()] = step(0.1, 1);
  expect(moved[0]).toBeCloseTo(0.9, 4);
  expect(moved[1]).toBeCloseTo(1.1, 4);
  expect(moved[2]).toBe(1);
  expect([...(step(0, 1)[0] ?? [])]).toEqual([1, 1, 1]);
});

test('adam with a gradient computed in the same program finds the minimum, one submit a step', async () => {
  // f(x) = Σ x², whose gradient is 2x.
  const program = await engine.compileStep(
    (inputs) => {
      const value = named(inputs, 'value');
      const loss = reduceSum(mul(value, value), [0]);
      return {
        outputs: { loss },
        updates: [adam(value, named(inputs, 'moments'), mul(value, named(inputs, 'two')), named(inputs, 'schedule'))],
      };
    },
    { value: [9], moments: [2, 9], two: [1], schedule: [3] },
    { label: 'bowl' },
  );
  program.run({ value: numbers([9], 3), two: Float32Array.of(2), schedule: adamSchedule(0.1, 1) });
  const [first = NaN] = await program.read('loss');
  for (let step = 2; step <= 100; step++) program.run({ schedule: adamSchedule(0.1, step) });
  const [last = NaN] = await program.read('loss');
  expect(last).toBeLessThan(first / 1e3);
  program.dispose();
});

test.each([
  ['small odd planes', [2, 1, 3, 5]],
  ['a plane of many workgroup turns', [1, 1, 65, 67]],
  ['many planes', [70, 2, 4, 4]],
] as const)('renormalise: %s get mean 0 and mean square 1', async (_, shape) => {
  const program = await engine.compileStep(
    (inputs) => ({ outputs: {}, updates: [renormalise(named(inputs, 'value'))] }),
    { value: shape },
    { label: 'renormalise' },
  );
  // A mean a thousand times the spread: f32 still has four digits of it.
  const start = numbers(shape, 4).map((x) => x + 1000);
  program.run({ value: start });
  const result = await program.read('value');
  const [expected = new Float64Array()] = renormalise(inputTensor('value', shape)).op.reference({
    states: [Float64Array.from(start)],
    operands: [],
    stateShapes: [shape],
    operandShapes: [],
    attributes: {},
  });
  expectAgreement('renormalised', result, expected, undefined, { relL2: 1e-4, maxAbs: 2e-4 });
  program.dispose();
});

test('renormalise leaves no NaN in a constant plane', async () => {
  const program = await engine.compileStep(
    (inputs) => ({ outputs: {}, updates: [renormalise(named(inputs, 'value'))] }),
    { value: [1, 1, 4, 4] },
    { label: 'renormalise' },
  );
  program.run({ value: new Float32Array(16).fill(0.5) });
  expect([...(await program.read('value'))]).toEqual(new Array(16).fill(0));
  program.dispose();
});

const input = (...shape: readonly number[]): Tensor => inputTensor('t', shape);
test.each([
  ['adam', () => adam(input(3), input(3), input(3), input(3)), /moments must be \[2, 3\]/],
  ['adam', () => adam(input(3), input(2, 3), input(4), input(3)), /the gradient must be \[3\]/],
  ['adam', () => adam(input(3), input(2, 3), input(3), input(1)), /the schedule must be \[3\]/],
  ['sgd', () => sgd(input(3), input(4), input(3), input(1), { momentum: 0 }), /the velocity must be \[3\]/],
  ['sgd', () => sgd(input(3), input(3), input(3), input(2), { momentum: 0 }), /the schedule must be \[1\]/],
  ['renormalise', () => renormalise(input(3)), /at least two axes/],
] as const)('%s refuses wrong shapes: %o', (name, build, message) => {
  expect(build).toThrow(expect.objectContaining({ code: 'shape-mismatch' }) as Error);
  expect(build).toThrow(message);
  expect(build).toThrow(name);
});

test('adam counts steps from 1', () => {
  expect(() => adamSchedule(0.1, 0)).toThrow(RangeError);
});
