import fc from 'fast-check';
import type { Shape } from '../../src/engine/shape.js';
import { applyOp } from '../../src/engine/op.js';
import { maxPool2d, maxPool2dGradOp, maxPool2dOp } from '../../src/ops/maxPool2d.js';
import { roll } from '../../src/ops/roll.js';
import { inputTensor } from '../../src/engine/tensor.js';
import { named, type Fed } from './evaluate.js';
import { fed, fedFrom } from './numbers.js';
import { extent, mapSide, seed, shapeOf, type OpCase } from './opCase.js';

const pooling = fc
  .record({
    n: fc.constantFrom(1, 2, 3),
    c: extent,
    height: mapSide,
    width: mapSide,
    kernel: fc.constantFrom(1, 2, 3),
    stride: fc.constantFrom(1, 2, 3),
    ceilMode: fc.boolean(),
    seed,
  })
  .filter(({ height, width, kernel, stride, ceilMode, n, c }) => {
    // With ceilMode, less than a whole window will do.
    const least = ceilMode ? Math.max(1, kernel - stride + 1) : kernel;
    return Math.min(height, width) >= least && n * c * height * width < 20_000;
  });

const pictureOf = (v: { n: number; c: number; height: number; width: number }): Shape => [v.n, v.c, v.height, v.width];

/** Linear in the operand that is not x, whose numbers are positive there: their absolute values choose the same places. */
const isLinear = fc.boolean();
const chooser = (shape: Shape, linear: boolean, seed: number): Fed =>
  linear ? fedFrom(0.1, shape, seed) : fed(shape, seed);

/** Pooling, and the choice of other values by it. */
export const maxPool2dCase: fc.Arbitrary<OpCase> = fc.record({ v: pooling, linear: isLinear }).map(({ v, linear }) => {
  const { kernel, stride, ceilMode } = v;
  const x = chooser(pictureOf(v), linear, v.seed);
  return {
    label: `maxPool2d ${JSON.stringify({ ...v, linear })}`,
    inputs: linear ? { x, values: fed(pictureOf(v), v.seed + 1) } : { x },
    fn: (inputs) =>
      linear
        ? applyOp(maxPool2dOp, [named(inputs, 'x'), named(inputs, 'values')], { kernel, stride, ceilMode })
        : maxPool2d(named(inputs, 'x'), { kernel, stride, ceilMode }),
    wrt: linear ? ['values'] : ['x'],
    kind: linear ? 'products' : 'values',
  };
});

export const maxPool2dGradCase: fc.Arbitrary<OpCase> = fc
  .record({ v: pooling, linear: isLinear })
  .map(({ v, linear }) => {
    const { kernel, stride, ceilMode } = v;
    const pooled = maxPool2d(inputTensor('x', pictureOf(v)), { kernel, stride, ceilMode }).shape;
    return {
      label: `maxPool2dGrad ${JSON.stringify({ ...v, linear })}`,
      inputs: { x: chooser(pictureOf(v), linear, v.seed), dy: fed(pooled, v.seed + 1) },
      fn: (inputs) => applyOp(maxPool2dGradOp, [named(inputs, 'x'), named(inputs, 'dy')], { kernel, stride, ceilMode }),
      wrt: linear ? ['dy'] : ['x', 'dy'],
      kind: linear ? 'products' : 'values',
    };
  });

export const rollCase: fc.Arbitrary<OpCase> = shapeOf({ min: 1, max: 4 })
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.integer({ min: 0, max: shape.length - 1 }),
      shift: fc.integer({ min: -9, max: 9 }),
      seed,
    }),
  )
  .map((v) => ({
    label: `roll ${JSON.stringify(v)}`,
    inputs: { x: fed(v.shape, v.seed) },
    fn: (inputs) => roll(named(inputs, 'x'), v.shift, v.axis),
    wrt: ['x'],
    kind: 'products',
  }));
