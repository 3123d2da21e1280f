import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { parameterTensor, type Tensor } from '../../src/engine/tensor.js';
import { truncatedWs } from '../../src/models/wPlus.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { biasActGrad } from '../../src/ops/biasActGrad.js';
import { add, mul, sub } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { dense } from '../../src/ops/dense.js';
import { gradient } from '../../src/ops/gradient.js';
import { matmul } from '../../src/ops/matmul.js';
import { modulatedConv2d } from '../../src/ops/modulatedConv2d.js';
import { reduceSum } from '../../src/ops/reduce.js';
import { reshape } from '../../src/ops/reshape.js';
import { sliceAxis } from '../../src/ops/slice.js';
import { affine, rsqrt, scale, square } from '../../src/ops/unary.js';
import { setupFilter, upsample2d } from '../../src/ops/upfirdn2d.js';
import { expectAgreement, kernelTolerance } from './agreement.js';
import { createTestEngine, named, runOnGpu, runReference, type FedInputs } from './evaluate.js';
import { fed, numbers } from './numbers.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});

type Inputs = Readonly<Record<string, Tensor>>;
type Outputs = Readonly<Record<string, Tensor>>;

const weight = (name: string, shape: readonly number[], seed: number): Tensor =>
  parameterTensor({ name, shape, load: () => numbers(shape, seed) });

const [w, b, rgbWeight, rgbBias] = [
  weight('weight', [8, 6, 3, 3], 1),
  weight('bias', [8], 2),
  weight('rgb weight', [3, 6, 1, 1], 3),
  weight('rgb bias', [3], 4),
];
const [denseWeight, denseBias] = [weight('dense weight', [8, 6], 5), weight('dense bias', [8], 6)];
const energy = square(weight('root of energy', [8, 5], 7));
const filter = setupFilter([
  [1, 3, 3, 1],
  [3, 9, 9, 3],
  [3, 9, 9, 3],
  [1, 3, 3, 1],
]);

const x = fed([2, 6, 8, 8], 10);
const styles = fed([2, 6], 11);

interface Block {
  readonly inputs: FedInputs;
  readonly fn: (inputs: Inputs) => Outputs;
  /** Kernels when fused. */
  readonly fused: number;
}

const layer = (i: Inputs, options: Parameters<typeof modulatedConv2d>[3]): Tensor =>
  modulatedConv2d(named(i, 'x'), w, named(i, 's'), { padding: 1, ...options });
const up = { up: 2, flipWeight: false, resampleFilter: filter };

/** Gradients of ⟨y, dy⟩ by the names of the inputs. */
function gradientsOf(y: Tensor, inputs: Inputs, wrt: readonly string[]): Outputs {
  const sources = wrt.map((name) => named(inputs, name));
  const gradients = gradient(y, sources, named(inputs, 'dy'));
  return Object.fromEntries(gradients.map((result, index) => [`gradient of ${wrt[index] ?? ''}`, result]));
}

const blocks: Readonly<Record<string, Block>> = {
  'a layer: demodulation and one kernel': {
    inputs: { x, s: styles, noise: fed([8, 8], 12) },
    fn: (i) => ({ y: biasAct(layer(i, { noise: named(i, 'noise') }), b, { act: 'lrelu', clamp: 2 }) }),
    fused: 2,
  },
  'a doubling layer: demodulation, transposed convolution, filter with all the rest': {
    inputs: { x, s: styles, noise: fed([2, 1, 16, 16], 13) },
    fn: (i) => ({ y: biasAct(layer(i, { ...up, noise: named(i, 'noise') }), b, { act: 'lrelu' }) }),
    fused: 3,
  },
  'toRGB with the running RGB: one kernel': {
    inputs: { x, s: styles, image: fed([2, 3, 8, 8], 14) },
    fn: (i) => {
      const rgb = modulatedConv2d(named(i, 'x'), rgbWeight, named(i, 's'), { demodulate: false });
      return { y: add(named(i, 'image'), biasAct(rgb, rgbBias, { clamp: 2 })) };
    },
    fused: 1,
  },
  'the running RGB, doubled by a filter in one kernel': {
    inputs: { image: fed([2, 3, 8, 8], 15), rgb: fed([2, 3, 16, 16], 16) },
    fn: (i) => ({ y: add(upsample2d(named(i, 'image'), filter), named(i, 'rgb')) }),
    fused: 1,
  },
  'toRGB added to the doubled RGB of the layers before it: one kernel': {
    inputs: { x, s: styles, image: fed([2, 3, 4, 4], 35) },
    fn: (i) => {
      const rgb = modulatedConv2d(named(i, 'x'), rgbWeight, named(i, 's'), { demodulate: false });
      return { y: add(upsample2d(named(i, 'image'), filter), biasAct(rgb, rgbBias)) };
    },
    fused: 1,
  },
  'truncation of w and what edits add: one kernel': {
    inputs: { w: styles, psi: fed([4], 36), center: fed([6], 37), offset: fed([2, 4, 6], 38) },
    fn: (i) => ({ ws: add(truncatedWs(named(i, 'w'), named(i, 'psi'), named(i, 'center')), named(i, 'offset')) }),
    fused: 1,
  },
  'styles of two layers and their demodulation: one kernel each; what a caller reads is apart': {
    inputs: { ws: fed([2, 4, 6], 39) },
    fn: (i) => {
      const row = (index: number): Tensor => reshape(sliceAxis(named(i, 'ws'), 1, index, 1), [2, 6]);
      const style = (index: number): Tensor => dense(row(index), denseWeight, denseBias);
      const demodulation = (index: number): Tensor => rsqrt(affine(matmul(square(style(index)), energy), 1, 1e-8));
      return { y: mul(demodulation(0), demodulation(3)), style: style(1) };
    },
    fused: 4,
  },
  'a dense layer: one kernel': {
    inputs: { w: styles },
    fn: (i) => ({ y: dense(named(i, 'w'), denseWeight, denseBias, { act: 'lrelu', lrMultiplier: 0.01 }) }),
    fused: 1,
  },
  'a dense layer on one row of w+: still one kernel': {
    inputs: { ws: fed([2, 4, 6], 17) },
    fn: (i) => ({ y: dense(reshape(sliceAxis(named(i, 'ws'), 1, 2, 1), [2, 6]), denseWeight, denseBias) }),
    fused: 1,
  },
  'a plain convolution with bias and activation: one kernel': {
    inputs: { x },
    fn: (i) => ({ y: biasAct(conv2d(named(i, 'x'), w, { stride: 2 }), b, { act: 'swish' }) }),
    fused: 1,
  },
  'a value that is an output as well is not absorbed': {
    inputs: { x },
    fn: (i) => {
      const convolved = conv2d(named(i, 'x'), w, { padding: 1 });
      return { convolved, y: biasAct(convolved, b, { act: 'relu' }) };
    },
    fused: 2,
  },
  'a value that two nodes read is not absorbed': {
    inputs: { x },
    fn: (i) => {
      const convolved = conv2d(named(i, 'x'), w, { padding: 1 });
      return { y: mul(biasAct(convolved, b, { act: 'sigmoid' }), square(convolved)) };
    },
    fused: 4,
  },
  'a value added to itself is no residual': {
    inputs: { x },
    fn: (i) => {
      const convolved = conv2d(named(i, 'x'), w, { padding: 1 });
      return { y: add(convolved, convolved) };
    },
    fused: 2,
  },
  'a bias after the residual stays after it': {
    inputs: { x, skip: fed([2, 8, 8, 8], 18) },
    fn: (i) => ({
      y: biasAct(add(conv2d(named(i, 'x'), w, { padding: 1 }), named(i, 'skip')), b, { act: 'relu' }),
    }),
    fused: 2,
  },
  'a scale after the activation stays after it': {
    inputs: { x, scale: fed([2, 8, 1, 1], 19) },
    fn: (i) => ({
      y: mul(biasAct(conv2d(named(i, 'x'), w, { padding: 1 }), b, { act: 'tanh' }), named(i, 'scale')),
    }),
    fused: 2,
  },
  'noise after the bias stays after it': {
    inputs: { x, noise: fed([8, 8], 20) },
    fn: (i) => ({ y: add(biasAct(conv2d(named(i, 'x'), w, { padding: 1 }), b), named(i, 'noise')) }),
    fused: 2,
  },
  'a bias along the wrong axis is not absorbed': {
    inputs: { x },
    fn: (i) => ({ y: biasAct(conv2d(named(i, 'x'), w, { padding: 1 }), b, { dim: 2, act: 'relu' }) }),
    fused: 2,
  },
  'the gradient of a layer in input and styles: 2 forth; activation, convolution, its styles, and 3 for the styles': {
    inputs: { x, s: styles, noise: fed([8, 8], 23), dy: fed([2, 8, 8, 8], 24) },
    fn: (i) => {
      const y = biasAct(layer(i, { noise: named(i, 'noise') }), b, { act: 'lrelu', clamp: 2 });
      return gradientsOf(y, i, ['x', 's']);
    },
    fused: 8,
  },
  'the gradient of a doubling layer: 3 forth; activation, filter, convolution, its styles, and 3 for the styles': {
    inputs: { x, s: styles, noise: fed([2, 1, 16, 16], 25), dy: fed([2, 8, 16, 16], 26) },
    fn: (i) => gradientsOf(biasAct(layer(i, { ...up, noise: named(i, 'noise') }), b, { act: 'relu' }), i, ['x', 's']),
    fused: 10,
  },
  'a pre-activation that is wanted itself is kept, and its gradients are the same': {
    inputs: { x, s: styles, dy: fed([2, 8, 8, 8], 27) },
    fn: (i) => {
      const u = layer(i, {});
      return { u, ...gradientsOf(biasAct(u, b, { act: 'lrelu' }), i, ['s']) };
    },
    fused: 8,
  },
  'the gradients of two layers that read one output, scaled, summed and taken through its activation: one kernel': {
    inputs: {
      ...{ dy: fed([2, 6, 8, 8], 28), s: fed([2, 6, 1, 1], 29), y: x },
      ...{ other: fed([2, 6, 8, 8], 30), t: fed([2, 6, 1, 1], 31) },
    },
    fn: (i) => {
      const sum = add(mul(named(i, 'dy'), named(i, 's')), mul(named(i, 'other'), named(i, 't')));
      return { dx: biasActGrad(sum, named(i, 'y'), { positive: 1.5, negative: 0.3, clamp: 0.9 }) };
    },
    fused: 1,
  },
  'a squared error: the difference, and the sum of squares': {
    inputs: { x, target: fed([2, 6, 8, 8], 32) },
    fn: (i) => ({ value: reduceSum(square(sub(named(i, 'x'), named(i, 'target'))), [0, 1, 2, 3]) }),
    fused: 2,
  },
  'the gradient of w+: one kernel a row, though one is read twice and one never': {
    inputs: { ws: fed([2, 4, 6], 33), dy: fed([2, 8], 34) },
    fn: (i) => {
      const styled = [0, 2, 2, 3].map((row, index) => {
        const w = reshape(sliceAxis(named(i, 'ws'), 1, row, 1), [2, 6]);
        return scale(dense(w, denseWeight, null), 1 + index);
      });
      return gradientsOf(styled.reduce(add), i, ['ws']);
    },
    fused: 4,
  },
  'two residuals: the second by itself': {
    inputs: { x, one: fed([2, 8, 8, 8], 21), two: fed([2, 8, 8, 8], 22) },
    fn: (i) => ({ y: add(add(conv2d(named(i, 'x'), w, { padding: 1 }), named(i, 'one')), named(i, 'two')) }),
    fused: 2,
  },
};

describe.each(Object.entries(blocks))('%s', (_, { inputs, fn, fused }) => {
  test('takes exactly that many kernels and gives the numbers of the composition', async () => {
    const expected = runReference(fn, inputs);
    const composed = await runOnGpu(engine, fn, inputs, false);
    const together = await runOnGpu(engine, fn, inputs, true);
    expect(together.dispatches).toBe(fused);
    expect(composed.dispatches).toBeGreaterThanOrEqual(fused);
    for (const [name, values] of Object.entries(expected)) {
      const magnitudes = values.map((value) => Math.max(1, Math.abs(value)));
      expectAgreement(`${name} composed`, composed.outputs[name] ?? [], values, magnitudes, kernelTolerance.f32Chain);
      expectAgreement(`${name} fused`, together.outputs[name] ?? [], values, magnitudes, kernelTolerance.f32Chain);
    }
  });
});
