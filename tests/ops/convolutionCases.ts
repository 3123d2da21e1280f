import fc from 'fast-check';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { conv2dWeightGrad } from '../../src/ops/conv2dWeightGrad.js';
import { upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { named } from './evaluate.js';
import { fed } from './numbers.js';
import { mapSide, seed, type OpCase } from './opCase.js';

const convolution = fc.record({
  n: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 1, max: 3 }),
  c: fc.integer({ min: 1, max: 3 }),
  o: fc.constantFrom(1, 3, 4, 5),
  h: mapSide,
  w: mapSide,
  kh: fc.integer({ min: 1, max: 4 }),
  kw: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  padY: fc.integer({ min: 0, max: 3 }),
  padX: fc.integer({ min: 0, max: 3 }),
  extraY: fc.integer({ min: 0, max: 2 }),
  extraX: fc.integer({ min: 0, max: 2 }),
  seed,
});

/** Two large sides cost the f64 reference seconds. */
const directConvolution = convolution.filter(
  ({ h, w, kh, kw, padY, padX }) => h * w < 1200 && h + 2 * padY >= kh && w + 2 * padX >= kw,
);

export const conv2dCase: fc.Arbitrary<OpCase> = directConvolution.map((v) => {
  const options = { stride: v.stride, padding: [v.padY, v.padX] as const, groups: v.groups };
  return {
    label: `conv2d ${JSON.stringify(v)}`,
    inputs: { x: fed([v.n, v.groups * v.c, v.h, v.w], v.seed), w: fed([v.groups * v.o, v.c, v.kh, v.kw], v.seed + 1) },
    fn: (inputs) => conv2d(named(inputs, 'x'), named(inputs, 'w'), options),
    wrt: ['x', 'w'],
    kind: 'products',
  };
});

export const conv2dTransposedCase: fc.Arbitrary<OpCase> = convolution
  .map((v) => ({ ...v, outputPadding: [v.extraY % v.stride, v.extraX % v.stride] as const }))
  .filter(
    ({ h, w, kh, kw, padY, padX, stride, outputPadding: [extraY, extraX] }) =>
      h * w < 400 && (h - 1) * stride - 2 * padY + kh + extraY >= 1 && (w - 1) * stride - 2 * padX + kw + extraX >= 1,
  )
  .map((v) => {
    const { outputPadding, stride, groups } = v;
    const options = { stride, padding: [v.padY, v.padX] as const, groups, outputPadding };
    return {
      label: `conv2dTransposed ${JSON.stringify(v)}`,
      inputs: { x: fed([v.n, groups * v.c, v.h, v.w], v.seed), w: fed([groups * v.c, v.o, v.kh, v.kw], v.seed + 1) },
      fn: (inputs) => conv2dTransposed(named(inputs, 'x'), named(inputs, 'w'), options),
      wrt: ['x', 'w'],
      kind: 'products',
    };
  });

export const conv2dWeightGradCase: fc.Arbitrary<OpCase> = directConvolution.map((v) => {
  const { stride, groups, padY, padX, kh, kw } = v;
  const [oh, ow] = [Math.floor((v.h + 2 * padY - kh) / stride) + 1, Math.floor((v.w + 2 * padX - kw) / stride) + 1];
  const options = { stride, groups, padding: [padY, padX] as const, kernel: [kh, kw] as const };
  return {
    label: `conv2dWeightGrad ${JSON.stringify(v)}`,
    inputs: { x: fed([v.n, groups * v.c, v.h, v.w], v.seed), dy: fed([v.n, groups * v.o, oh, ow], v.seed + 1) },
    fn: (inputs) => conv2dWeightGrad(named(inputs, 'x'), named(inputs, 'dy'), options),
    wrt: ['x', 'dy'],
    kind: 'products',
  };
});

const factor = fc.integer({ min: 1, max: 3 });
const margin = fc.integer({ min: -2, max: 4 });

/** Doubling and plain filtering have kernels of their own; the others share one. */
const rates = fc.oneof(
  fc.record({ up: fc.tuple(factor, factor), down: fc.tuple(factor, factor) }),
  fc.constantFrom(
    { up: [2, 2] as [number, number], down: [1, 1] as [number, number] },
    { up: [1, 1] as [number, number], down: [1, 1] as [number, number] },
  ),
);

export const upfirdn2dCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    c: fc.integer({ min: 1, max: 3 }),
    h: mapSide,
    w: mapSide,
    rates,
    padding: fc.tuple(margin, margin, margin, margin),
    filter: fc.oneof(
      fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
      fc.tuple(fc.integer({ min: 1, max: 6 })),
    ),
    flipFilter: fc.boolean(),
    gain: fc.constantFrom(1, 4, 0.75),
    seed,
  })
  .map(({ rates: { up, down }, ...others }) => ({ ...others, up, down }))
  .filter(({ h, w, up: [upX, upY], padding: [x0, x1, y0, y1], filter: [fh, fw = fh] }) => {
    return h * w < 1200 && h * upY + y0 + y1 >= fh && w * upX + x0 + x1 >= fw;
  })
  .map((v) => ({
    label: `upfirdn2d ${JSON.stringify(v)}`,
    inputs: { x: fed([v.n, v.c, v.h, v.w], v.seed), f: fed([...v.filter], v.seed + 1) },
    fn: (inputs) => upfirdn2d(named(inputs, 'x'), named(inputs, 'f'), v),
    wrt: ['x'],
    kind: 'products',
  }));
