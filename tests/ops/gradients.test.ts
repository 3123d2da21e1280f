import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constantTensor, inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { gradient } from '../../src/ops/gradient.js';
import { matmul } from '../../src/ops/matmul.js';
import { modulatedConv2d } from '../../src/ops/modulatedConv2d.js';
import { reduceMax } from '../../src/ops/reduce.js';
import { setupFilter, upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { unary } from '../../src/ops/unary.js';
import { named, outputShapeOf, runReference, type F64Inputs } from './evaluate.js';
import { dot, fed, numbers } from './numbers.js';
import { reported, type OpCase } from './opCase.js';
import { compositionCases, opCases } from './opCases.js';

// All in f64 on the CPU; no GPU is involved. Cases come from a fixed seed: functions with kinks are drawn too, and at
// a kink, which a random step would meet once in some thousand draws, there is no derivative to compare with.
const fixed = { seed: 20, numRuns: 15 };

type Inputs = Readonly<Record<string, Tensor>>;
type Fn = (inputs: Inputs) => Tensor;

const evaluate = (fn: Fn, inputs: F64Inputs): Float64Array =>
  runReference((traced) => ({ y: fn(traced) }), inputs)['y'] ?? new Float64Array();

/** ⟨y, cotangent⟩'s gradient with respect to one input, as a function of the inputs. */
const gradientIn =
  (fn: Fn, name: string, cotangent: ArrayLike<number>): Fn =>
  (inputs) => {
    const y = fn(inputs);
    const [result] = gradient(y, [named(inputs, name)], constantTensor('cotangent', y.shape, cotangent));
    if (result === undefined) throw new Error(`There is no gradient of ${name}.`);
    return result;
  };

/** Inputs with `step · direction` added to one of them. */
function moved(inputs: F64Inputs, name: string, direction: ArrayLike<number>, step: number): F64Inputs {
  const { shape, values } = inputs[name] ?? { shape: [], values: [] };
  return { ...inputs, [name]: { shape, values: Array.from(values, (x, i) => x + step * (direction[i] ?? NaN)) } };
}

/** d⟨f, cotangent⟩/dε along a direction of one input, by a central difference: error about 1e-9. */
function slope(fn: Fn, inputs: F64Inputs, name: string, direction: ArrayLike<number>, cotangent: ArrayLike<number>) {
  const h = 1e-5;
  const at = (step: number): number => dot(evaluate(fn, moved(inputs, name, direction, step)), cotangent);
  return (at(h) - at(-h)) / (2 * h);
}

function expectDerivative(fn: Fn, inputs: F64Inputs, name: string): void {
  const cotangent = numbers(outputShapeOf(fn, inputs), 5);
  const direction = numbers(inputs[name]?.shape ?? [], 6);
  const exact = evaluate(gradientIn(fn, name, cotangent), inputs);
  const expected = slope(fn, inputs, name, direction, cotangent);
  const scale = Math.max(1, Math.sqrt(dot(exact, exact) * dot(direction, direction)));
  expect(Math.abs(dot(exact, direction) - expected) / scale, `derivative in ${name}`).toBeLessThan(1e-7);
}

describe('backward', () => {
  test.each(Object.entries({ ...opCases, ...compositionCases }))('%s agrees with central differences', (_, cases) => {
    fc.assert(
      fc.property(reported(cases), ({ fn, inputs, wrt }: OpCase) => {
        for (const name of wrt) expectDerivative(fn, inputs, name);
      }),
      fixed,
    );
  });

  const linear = Object.entries(opCases)
    .filter(([name]) => !['unary', 'biasAct', 'softmax'].includes(name))
    .map(([name, cases]) => [name, cases.filter(({ kind }) => kind === 'products')] as const);

  test.each(linear)('%s is the adjoint where it is linear: ⟨Ax, y⟩ = ⟨x, Aᵀy⟩', (_, cases) => {
    fc.assert(
      fc.property(reported(cases), ({ fn, inputs, wrt }: OpCase) => {
        for (const name of wrt) {
          const x = inputs[name]?.values ?? [];
          const ax = evaluate(fn, inputs);
          const y = numbers(outputShapeOf(fn, inputs), 7);
          const aty = evaluate(gradientIn(fn, name, y), inputs);
          // A sum of several inputs (concat) is linear in all together, and so affine in one.
          const rest = wrt.length > 1 && dependsOnOthers(fn, inputs, name) ? evaluate(fn, zeroed(inputs, name)) : null;
          const part = rest === null ? ax : ax.map((value, index) => value - (rest[index] ?? NaN));
          const size = Math.sqrt(dot(part, part) * dot(y, y)) + 1e-30;
          expect(Math.abs(dot(part, y) - dot(x, aty)) / size, name).toBeLessThan(1e-12);
        }
      }),
      fixed,
    );
  });

  test('of an input that does not reach the output is zero', () => {
    const [x, other] = [inputTensor('x', [2, 3]), inputTensor('other', [4])];
    const [result] = gradient(unary('square', x), [other]);
    expect(result?.shape).toEqual([4]);
    const zeros = runReference(() => ({ y: result ?? x }), {});
    expect(zeros['y']).toEqual(new Float64Array(4));
  });

  test('of a maximum with ties goes to every maximal element, of a two-operand maximum to the first', () => {
    const inputs = { x: { shape: [4], values: [3, 1, 3, 2] } };
    expect(
      Array.from(
        evaluate(
          gradientIn((i) => reduceMax(named(i, 'x'), [0]), 'x', [1]),
          inputs,
        ),
      ),
    ).toEqual([1, 0, 1, 0]);
  });

  test('refuses an input in which the op is not differentiable, instead of giving zero', () => {
    const [x, f] = [inputTensor('x', [1, 1, 4, 4]), inputTensor('f', [2, 2])];
    expect(() => gradient(upfirdn2d(x, f), [f])).toThrow(
      expect.objectContaining({
        code: 'not-differentiable',
        message: expect.stringMatching(/upfirdn2d .* f\./) as string,
      }) as Error,
    );
  });

  test('refuses a cotangent of another shape', () => {
    const x = inputTensor('x', [2, 3]);
    expect(() => gradient(unary('square', x), [x], inputTensor('dy', [3, 2]))).toThrow(
      expect.objectContaining({ code: 'shape-mismatch' }) as Error,
    );
  });
});

/** The same inputs with zeros for one. */
function zeroed(inputs: F64Inputs, name: string): F64Inputs {
  const { shape, values } = inputs[name] ?? { shape: [], values: [] };
  return { ...inputs, [name]: { shape, values: Array.from(values, () => 0) } };
}

function dependsOnOthers(fn: Fn, inputs: F64Inputs, name: string): boolean {
  return evaluate(fn, zeroed(inputs, name)).some((value) => value !== 0);
}

const filter = setupFilter([
  [1, 3, 3, 1],
  [3, 9, 9, 3],
  [3, 9, 9, 3],
  [1, 3, 3, 1],
]);

/** Functions whose gradient is differentiated once more, with respect to every pair of inputs. */
const twice: Readonly<Record<string, { readonly inputs: F64Inputs; readonly fn: Fn }>> = {
  conv2d: {
    inputs: { x: fed([2, 4, 5, 6], 1), w: fed([6, 2, 3, 2], 2) },
    fn: (i) => conv2d(named(i, 'x'), named(i, 'w'), { stride: 2, padding: 1, groups: 2 }),
  },
  conv2dTransposed: {
    inputs: { x: fed([2, 4, 3, 4], 1), w: fed([4, 3, 3, 3], 2) },
    fn: (i) => conv2dTransposed(named(i, 'x'), named(i, 'w'), { stride: 2, padding: 1, outputPadding: [1, 0] }),
  },
  matmul: {
    inputs: { a: fed([3, 5], 1), b: fed([4, 5], 2) },
    fn: (i) => matmul(named(i, 'a'), named(i, 'b'), { transposeB: true }),
  },
  tanh: { inputs: { x: fed([7], 1) }, fn: (i) => unary('tanh', named(i, 'x')) },
  'biasAct swish': {
    inputs: { x: fed([2, 3, 4], 1), b: fed([3], 2) },
    fn: (i) => biasAct(named(i, 'x'), named(i, 'b'), { act: 'swish' }),
  },
  'biasAct softplus': {
    inputs: { x: fed([2, 3, 4], 1), b: fed([3], 2) },
    fn: (i) => biasAct(named(i, 'x'), named(i, 'b'), { act: 'softplus', gain: 1.5 }),
  },
  'biasAct lrelu, clamped': {
    inputs: { x: fed([2, 3, 4], 1), b: fed([3], 2) },
    fn: (i) => biasAct(named(i, 'x'), named(i, 'b'), { act: 'lrelu', clamp: 0.8 }),
  },
  'a layer with noise, bias and lrelu': {
    inputs: { x: fed([2, 3, 4, 3], 1), w: fed([2, 3, 3, 3], 2), s: fed([2, 3], 3), noise: fed([4, 3], 4) },
    fn: (i) => {
      const options = { padding: 1, noise: named(i, 'noise') };
      return biasAct(modulatedConv2d(named(i, 'x'), named(i, 'w'), named(i, 's'), options), null, { act: 'lrelu' });
    },
  },
  'modulatedConv2d, doubling': {
    inputs: { x: fed([2, 3, 4, 3], 1), w: fed([2, 3, 3, 3], 2), s: fed([2, 3], 3) },
    fn: (i) =>
      modulatedConv2d(named(i, 'x'), named(i, 'w'), named(i, 's'), {
        up: 2,
        padding: 1,
        flipWeight: false,
        resampleFilter: filter,
      }),
  },
};

const pairs = Object.entries(twice).flatMap(([name, { inputs }]) =>
  Object.keys(inputs).flatMap((first) => Object.keys(inputs).map((second) => [name, first, second] as const)),
);

test.each(pairs)('the gradient of %s in %s can be differentiated in %s', (name, first, second) => {
  const { fn, inputs } = twice[name] ?? {};
  if (fn === undefined || inputs === undefined) throw new Error('unreachable: the name comes from the table');
  expectDerivative(gradientIn(fn, first, numbers(outputShapeOf(fn, inputs), 8)), inputs, second);
});
