import fc from 'fast-check';
import type { Shape } from '../../src/engine/shape.js';
import type { Tensor } from '../../src/engine/tensor.js';
import { activationNames } from '../../src/ops/activations.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { biasActGrad } from '../../src/ops/biasActGrad.js';
import { add, binaryNames, div, equal, maximum, minimum, mul, sub, type BinaryName } from '../../src/ops/binary.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { softmax } from '../../src/ops/softmax.js';
import { affine, clamp, unary, unaryNames, within, type UnaryName } from '../../src/ops/unary.js';
import { named } from './evaluate.js';
import { fed, fedFrom, numbers } from './numbers.js';
import { axesOf, extent, seed, shapeOf, type OpCase } from './opCase.js';

/** Functions that are steep, or not defined, at zero and below. */
const wantsPositive: ReadonlySet<string> = new Set(['log', 'sqrt', 'rsqrt', 'reciprocal']);

function applyUnary(kind: UnaryName, x: Tensor, a: number, b: number): Tensor {
  switch (kind) {
    case 'affine':
      return affine(x, a, b);
    case 'clamp':
      return clamp(x, -0.75, 0.5);
    case 'within':
      return within(x, -0.75, 0.5);
    default:
      return unary(kind, x);
  }
}

export const unaryCase: fc.Arbitrary<OpCase> = fc
  .record({
    kind: fc.constantFrom(...unaryNames),
    shape: fc.oneof(shapeOf({ min: 0, max: 4 }), fc.constant([65, 3])),
    a: fc.constantFrom(-1.5, 0.25, 3),
    b: fc.constantFrom(-0.5, 0, 2),
    seed,
  })
  .map((v) => ({
    label: `unary ${JSON.stringify(v)}`,
    inputs: { x: wantsPositive.has(v.kind) ? fedFrom(0.5, v.shape, v.seed) : fed(v.shape, v.seed) },
    fn: (inputs) => applyUnary(v.kind, named(inputs, 'x'), v.a, v.b),
    wrt: ['x'],
    kind: 'values',
  }));

/** An output shape and two operands that broadcast to it. */
const broadcastPair = shapeOf({ min: 0, max: 6 }).chain((shape) =>
  fc.record({
    a: fc.tuple(axesOf(shape.length), fc.integer({ min: 0, max: shape.length })).map((cut) => stretched(shape, ...cut)),
    b: axesOf(shape.length).map((axes) => stretched(shape, axes, 0)),
  }),
);

/** `shape` with extents of 1 at `axes` and without its first `lead` axes. */
function stretched(shape: Shape, axes: readonly number[], lead: number): Shape {
  return shape.map((size, axis) => (axes.includes(axis) ? 1 : size)).slice(lead);
}

const binaryFunctions: Readonly<Record<BinaryName, (a: Tensor, b: Tensor) => Tensor>> = {
  add,
  sub,
  mul,
  div,
  maximum,
  minimum,
  equal,
};

export const binaryCase: fc.Arbitrary<OpCase> = fc
  .record({ kind: fc.constantFrom(...binaryNames), shapes: broadcastPair, swap: fc.boolean(), seed })
  .map((v) => {
    const [first, second] = v.swap ? [v.shapes.b, v.shapes.a] : [v.shapes.a, v.shapes.b];
    // Rounded, so that some are equal.
    const coarse = (shape: Shape, from: number) => ({ shape, values: numbers(shape, from).map(Math.round) });
    const make = v.kind === 'equal' ? coarse : fed;
    return {
      label: `binary ${JSON.stringify(v)}`,
      inputs: {
        a: make(first, v.seed),
        b: v.kind === 'div' ? fedFrom(0.5, second, v.seed + 1) : make(second, v.seed + 1),
      },
      fn: (inputs) => binaryFunctions[v.kind](named(inputs, 'a'), named(inputs, 'b')),
      // Where two are equal, the comparison jumps: its gradient is zero by definition only.
      wrt: v.kind === 'equal' ? [] : ['a', 'b'],
      kind: v.kind === 'mul' ? 'products' : 'values',
    };
  });

export const broadcastToCase: fc.Arbitrary<OpCase> = shapeOf({ min: 0, max: 6 })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      from: fc
        .tuple(axesOf(shape.length), fc.integer({ min: 0, max: shape.length }))
        .map((cut) => stretched(shape, ...cut)),
      seed,
    }),
  )
  .map((v) => ({
    label: `broadcastTo ${JSON.stringify(v)}`,
    inputs: { x: fed(v.from, v.seed) },
    fn: (inputs) => broadcastTo(named(inputs, 'x'), v.shape),
    wrt: ['x'],
    kind: 'products',
  }));

export const biasActCase: fc.Arbitrary<OpCase> = fc
  .record({
    act: fc.constantFrom(...activationNames),
    shape: fc.oneof(shapeOf({ min: 2, max: 4 }), fc.tuple(extent, fc.constant(65))),
    dim: fc.integer({ min: 0, max: 3 }),
    hasBias: fc.boolean(),
    gain: fc.constantFrom(null, 0.5, 1.7),
    alpha: fc.constantFrom(null, 0.05),
    clamp: fc.constantFrom(null, 0.6),
    seed,
  })
  .map((v) => {
    const dim = v.dim % v.shape.length;
    const bias = v.hasBias ? { b: fed([v.shape[dim] ?? 1], v.seed + 1) } : {};
    return {
      label: `biasAct ${JSON.stringify(v)}`,
      inputs: { x: fed(v.shape, v.seed), ...bias },
      fn: (inputs) => biasAct(named(inputs, 'x'), inputs['b'] ?? null, { ...v, dim }),
      wrt: ['x', ...Object.keys(bias)],
      kind: 'values',
    };
  });

export const biasActGradCase: fc.Arbitrary<OpCase> = fc
  .record({
    shape: fc.oneof(shapeOf({ min: 1, max: 4 }), fc.tuple(extent, fc.constant(65))),
    positive: fc.constantFrom(1, 1.7, -0.5),
    alpha: fc.constantFrom(0, 0.2, 1),
    clamp: fc.constantFrom(null, 0.6),
    seed,
  })
  .map((v) => ({
    label: `biasActGrad ${JSON.stringify(v)}`,
    inputs: { dy: fed(v.shape, v.seed), y: fed(v.shape, v.seed + 1) },
    fn: (inputs) =>
      biasActGrad(named(inputs, 'dy'), named(inputs, 'y'), {
        positive: v.positive,
        negative: v.positive * v.alpha,
        clamp: v.clamp,
      }),
    wrt: ['dy'],
    kind: v.positive > 0 ? 'products' : 'values',
  }));

export const softmaxCase: fc.Arbitrary<OpCase> = fc
  .record({
    shape: fc.oneof(shapeOf({ min: 1, max: 3 }), fc.tuple(extent, fc.constant(131)), fc.constant([2, 67, 3])),
    axis: fc.nat(2),
    seed,
  })
  .map((v) => ({
    label: `softmax ${JSON.stringify(v)}`,
    inputs: { x: fed(v.shape, v.seed) },
    fn: (inputs) => softmax(named(inputs, 'x'), v.axis % v.shape.length),
    wrt: ['x'],
    kind: 'values',
  }));
