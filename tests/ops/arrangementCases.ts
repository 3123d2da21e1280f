import fc from 'fast-check';
import { sizeOf, type Shape } from '../../src/engine/shape.js';
import { concat } from '../../src/ops/concat.js';
import { matmul } from '../../src/ops/matmul.js';
import { pad } from '../../src/ops/pad.js';
import { reduceMax, reduceSum } from '../../src/ops/reduce.js';
import { resize } from '../../src/ops/resample.js';
import { reshape } from '../../src/ops/reshape.js';
import { slice } from '../../src/ops/slice.js';
import { transpose } from '../../src/ops/transpose.js';
import { named } from './evaluate.js';
import { fed } from './numbers.js';
import { axesOf, extent, seed, shapeOf, type OpCase } from './opCase.js';

/** Part of an axis: elements `start + i·step`, i < size, all inside `whole`. */
const axisPart = fc
  .record({ size: extent, step: fc.constantFrom(1, 2, 3, -1, -2), before: fc.nat(2), after: fc.nat(2) })
  .map(({ size, step, before, after }) => {
    const reach = (size - 1) * Math.abs(step);
    return { whole: before + reach + 1 + after, size, step, start: before + (step < 0 ? reach : 0) };
  });
const axisParts = fc.array(axisPart, { minLength: 1, maxLength: 5 });

export const sliceCase: fc.Arbitrary<OpCase> = fc.record({ axes: axisParts, seed }).map((v) => ({
  label: `slice ${JSON.stringify(v)}`,
  inputs: {
    x: fed(
      v.axes.map((axis) => axis.whole),
      v.seed,
    ),
  },
  fn: (inputs) =>
    slice(
      named(inputs, 'x'),
      v.axes.map((axis) => axis.start),
      v.axes.map((axis) => axis.size),
      v.axes.map((axis) => axis.step),
    ),
  wrt: ['x'],
  kind: 'products',
}));

export const padCase: fc.Arbitrary<OpCase> = fc.record({ axes: axisParts, seed }).map((v) => ({
  label: `pad ${JSON.stringify(v)}`,
  inputs: {
    x: fed(
      v.axes.map((axis) => axis.size),
      v.seed,
    ),
  },
  fn: (inputs) =>
    pad(
      named(inputs, 'x'),
      v.axes.map((axis) => axis.whole),
      v.axes.map((axis) => axis.start),
      v.axes.map((axis) => axis.step),
    ),
  wrt: ['x'],
  kind: 'products',
}));

/** Small ones, and long ones that are summed by whole workgroups. */
const reducible: fc.Arbitrary<Shape> = fc.oneof(
  shapeOf({ min: 1, max: 6 }),
  fc.constantFrom<Shape>([300], [3, 257], [257, 3], [2, 17, 19], [2, 3, 16, 16], [3, 1, 700, 2]),
);

export const reduceCase: fc.Arbitrary<OpCase> = reducible
  .chain((shape) => fc.record({ shape: fc.constant(shape), axes: axesOf(shape.length), maximum: fc.boolean(), seed }))
  .map((v) => ({
    label: `reduce ${JSON.stringify(v)}`,
    inputs: { x: fed(v.shape, v.seed) },
    fn: (inputs) => (v.maximum ? reduceMax : reduceSum)(named(inputs, 'x'), v.axes),
    wrt: ['x'],
    kind: v.maximum ? 'values' : 'products',
  }));

/** A few parts, or many. */
const partExtents: fc.Arbitrary<number[]> = fc.oneof(
  fc.array<number>(extent, { minLength: 2, maxLength: 4 }),
  fc.array<number>(fc.constantFrom(1, 2), { minLength: 20, maxLength: 24 }),
);

export const concatCase: fc.Arbitrary<OpCase> = shapeOf({ min: 1, max: 5 })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.integer({ min: 0, max: shape.length - 1 }),
      extents: partExtents,
      seed,
    }),
  )
  .filter(({ shape }) => sizeOf(shape) < 600)
  .map((v) => {
    const parts = v.extents.map((size, part) => {
      const shape = v.shape.map((whole, axis) => (axis === v.axis ? size : whole));
      return [`part${part}`, fed(shape, v.seed + part)] as const;
    });
    return {
      label: `concat ${JSON.stringify(v)}`,
      inputs: Object.fromEntries(parts),
      fn: (inputs) =>
        concat(
          parts.map(([name]) => named(inputs, name)),
          v.axis,
        ),
      wrt: parts.map(([name]) => name),
      kind: 'products',
    };
  });

const matrixSide = fc.constantFrom(1, 3, 5, 7, 65);

export const matmulCase: fc.Arbitrary<OpCase> = fc
  .record({
    m: matrixSide,
    k: fc.oneof(matrixSide, fc.constant(300)),
    n: matrixSide,
    batch: fc.constantFrom(null, 1, 3),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    seed,
  })
  .filter(({ m, k, n }) => m * k * n < 100_000)
  .map((v) => {
    const lead = v.batch === null ? [] : [v.batch];
    return {
      label: `matmul ${JSON.stringify(v)}`,
      inputs: {
        a: fed([...lead, ...(v.transposeA ? [v.k, v.m] : [v.m, v.k])], v.seed),
        b: fed([...lead, ...(v.transposeB ? [v.n, v.k] : [v.k, v.n])], v.seed + 1),
      },
      fn: (inputs) => matmul(named(inputs, 'a'), named(inputs, 'b'), v),
      wrt: ['a', 'b'],
      kind: 'products',
    };
  });

export const transposeCase: fc.Arbitrary<OpCase> = shapeOf({ min: 1, max: 6 })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      permutation: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
      seed,
    }),
  )
  .filter(({ shape }) => sizeOf(shape) < 3000)
  .map((v) => ({
    label: `transpose ${JSON.stringify(v)}`,
    inputs: { x: fed(v.shape, v.seed) },
    fn: (inputs) => transpose(named(inputs, 'x'), v.permutation),
    wrt: ['x'],
    kind: 'products',
  }));

export const reshapeCase: fc.Arbitrary<OpCase> = shapeOf({ min: 0, max: 5 })
  .chain((shape) => fc.record({ shape: fc.constant(shape), cut: fc.nat(shape.length), seed }))
  .map((v) => ({
    label: `reshape ${JSON.stringify(v)}`,
    inputs: { x: fed(v.shape, v.seed) },
    fn: (inputs) => reshape(named(inputs, 'x'), [sizeOf(v.shape.slice(0, v.cut)), 1, sizeOf(v.shape.slice(v.cut))]),
    wrt: ['x'],
    kind: 'products',
  }));

const side = fc.integer({ min: 1, max: 9 });

export const resampleCase: fc.Arbitrary<OpCase> = fc
  .record({
    mode: fc.constantFrom('nearest', 'bilinear', 'bicubic', 'area'),
    from: fc.tuple(side, side),
    to: fc.tuple(fc.integer({ min: 1, max: 13 }), fc.integer({ min: 1, max: 13 })),
    alignCorners: fc.boolean(),
    antialias: fc.boolean(),
    n: fc.integer({ min: 1, max: 3 }),
    c: fc.integer({ min: 1, max: 3 }),
    seed,
  })
  .map((v) => ({
    label: `resample ${JSON.stringify(v)}`,
    inputs: { x: fed([v.n, v.c, ...v.from], v.seed) },
    fn: (inputs) => resize(named(inputs, 'x'), v.to, v),
    wrt: ['x'],
    // Bicubic weights are negative in places, so that absolute inputs bound nothing.
    kind: v.mode === 'bicubic' ? 'values' : 'products',
  }));
