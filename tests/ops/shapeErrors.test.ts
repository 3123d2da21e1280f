import { expect, test } from 'vitest';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { biasActGrad } from '../../src/ops/biasActGrad.js';
import { add } from '../../src/ops/binary.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { concat } from '../../src/ops/concat.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { conv2dWeightGrad } from '../../src/ops/conv2dWeightGrad.js';
import { matmul } from '../../src/ops/matmul.js';
import { maxPool2d, maxPool2dGradOp, maxPool2dOp } from '../../src/ops/maxPool2d.js';
import { minibatchStddev } from '../../src/ops/minibatchStddev.js';
import { modulatedConv2d } from '../../src/ops/modulatedConv2d.js';
import { pad } from '../../src/ops/pad.js';
import { reduceMax, reduceSum } from '../../src/ops/reduce.js';
import { resampleOp, resize } from '../../src/ops/resample.js';
import { applyOp } from '../../src/engine/op.js';
import { reshape } from '../../src/ops/reshape.js';
import { roll } from '../../src/ops/roll.js';
import { flip, slice } from '../../src/ops/slice.js';
import { softmax } from '../../src/ops/softmax.js';
import { transpose } from '../../src/ops/transpose.js';
import { square } from '../../src/ops/unary.js';
import { upfirdn2d } from '../../src/ops/upfirdn2d.js';

const t = (...shape: readonly number[]): Tensor => inputTensor('t', shape);
const pooling = { kernel: 2, stride: 2, ceilMode: false } as const;
const conv = { stride: 1, padding: [0, 0], groups: 1 } as const;
const sampling = { mode: 'nearest', alignCorners: false, antialias: false, adjoint: false } as const;

/** What is built, the op that must be named, and the shapes that must be given. */
type Wrong = readonly [string, () => Tensor, string, ...(readonly string[])];

const wrong: readonly Wrong[] = [
  ['a bias of the wrong length', () => biasAct(t(2, 3, 4), t(4)), 'biasAct', '[2, 3, 4]', '[4]'],
  ['a bias of two axes', () => biasAct(t(2, 3), t(3, 1)), 'biasAct', '[2, 3]', '[3, 1]'],
  ['a bias along an axis that is not there', () => biasAct(t(2, 3), t(3), { dim: 2 }), 'biasAct', '[2, 3]', '[3]'],
  [
    'a gradient of another shape than the output',
    () => biasActGrad(t(2, 3), t(3, 2), { positive: 1, negative: 0, clamp: null }),
    'biasActGrad',
    '[2, 3]',
    '[3, 2]',
  ],
  ['operands that do not broadcast', () => add(t(2, 3), t(2, 4)), 'add', '[2, 3]', '[2, 4]'],
  ['seven axes', () => add(t(1, 1, 1, 1, 1, 1, 2), t(2)), 'binary', '[1, 1, 1, 1, 1, 1, 2]', '[2]'],
  ['a stretch of an extent that is not 1', () => broadcastTo(t(2, 3), [4, 3]), 'broadcastTo', '[2, 3]', '[4, 3]'],
  ['a stretch to fewer axes', () => broadcastTo(t(1, 3), [3]), 'broadcastTo', '[1, 3]', '[3]'],
  ['parts that disagree', () => concat([t(2, 3), t(2, 4)], 0), 'concat', '[2, 3]', '[2, 4]'],
  ['parts of other ranks', () => concat([t(2, 3), t(2)], 0), 'concat', '[2, 3]', '[2]'],
  ['an axis to join that is not there', () => concat([t(2, 3), t(2, 3)], 2), 'concat', '[2, 3]', 'but 2'],
  [
    'too many parts',
    () =>
      concat(
        Array.from({ length: 65 }, () => t(1)),
        0,
      ),
    'concat',
    '[1]',
    '64',
  ],
  ['channels that disagree', () => conv2d(t(1, 3, 8, 8), t(4, 2, 3, 3)), 'conv2d', '[1, 3, 8, 8]', '[4, 2, 3, 3]'],
  [
    'groups that do not divide',
    () => conv2d(t(1, 4, 8, 8), t(3, 2, 3, 3), { groups: 2 }),
    'conv2d',
    '[1, 4, 8, 8]',
    '[3, 2, 3, 3]',
  ],
  ['a picture of three axes', () => conv2d(t(3, 8, 8), t(4, 3, 3, 3)), 'conv2d', '[3, 8, 8]', '[4, 3, 3, 3]'],
  [
    'a kernel larger than the picture',
    () => conv2d(t(1, 3, 2, 2), t(4, 3, 3, 3)),
    'conv2d',
    '[1, 3, 2, 2]',
    '[4, 3, 3, 3]',
  ],
  [
    'transposed channels that disagree',
    () => conv2dTransposed(t(1, 3, 4, 4), t(2, 5, 3, 3)),
    'conv2dTransposed',
    '[1, 3, 4, 4]',
    '[2, 5, 3, 3]',
  ],
  [
    'padding that leaves nothing',
    () => conv2dTransposed(t(1, 3, 1, 1), t(3, 5, 2, 2), { padding: 1 }),
    'conv2dTransposed',
    '[1, 3, 1, 1]',
    '[3, 5, 2, 2]',
  ],
  [
    'an output padding of the stride',
    () => conv2dTransposed(t(1, 3, 4, 4), t(3, 5, 3, 3), { stride: 2, outputPadding: [2, 0] }),
    'conv2dTransposed',
    '[1, 3, 4, 4]',
    'outputPadding [2, 0]',
  ],
  [
    'a cotangent of the wrong size',
    () => conv2dWeightGrad(t(1, 3, 8, 8), t(1, 4, 7, 7), { ...conv, kernel: [3, 3] }),
    'conv2dWeightGrad',
    '[1, 3, 8, 8]',
    '[1, 4, 7, 7]',
  ],
  [
    'a cotangent of three axes',
    () => conv2dWeightGrad(t(1, 3, 8, 8), t(4, 6, 6), { ...conv, kernel: [3, 3] }),
    'conv2dWeightGrad',
    '[1, 3, 8, 8]',
    '[4, 6, 6]',
  ],
  ['inner extents that disagree', () => matmul(t(2, 3), t(2, 3)), 'matmul', '[2, 3]'],
  ['batches that disagree', () => matmul(t(2, 3, 4), t(3, 4, 5)), 'matmul', '[2, 3, 4]', '[3, 4, 5]'],
  ['ranks that disagree', () => matmul(t(2, 3, 4), t(4, 5)), 'matmul', '[2, 3, 4]', '[4, 5]'],
  [
    'styles of another sample count',
    () => modulatedConv2d(t(2, 3, 4, 4), t(5, 3, 3, 3), t(1, 3)),
    'modulatedConv2d',
    '[2, 3, 4, 4]',
    '[5, 3, 3, 3]',
    '[1, 3]',
  ],
  ['a box too small', () => pad(t(3, 3), [4, 4], [0, 2]), 'pad', '[3, 3]', '[4, 4]'],
  ['too few starts', () => pad(t(3, 3), [4, 4], [0]), 'pad', '[3, 3]', '[4, 4]'],
  ['an axis to sum that is not there', () => reduceSum(t(2, 3), [2]), 'reduce sum', '[2, 3]', '[2]'],
  ['an axis to search that is not there', () => reduceMax(t(2, 3), [-1]), 'reduce max', '[2, 3]', '[-1]'],
  [
    'a table for another extent',
    () => applyOp(resampleOp, [t(1, 1, 4, 4)], { ...sampling, from: 5, to: 8, axis: 2 }),
    'resample',
    '[1, 1, 4, 4]',
    '5',
  ],
  ['a window larger than the picture', () => maxPool2d(t(1, 3, 2, 8), { kernel: 3 }), 'maxPool2d', '[1, 3, 2, 8]'],
  [
    'values of another size',
    () => applyOp(maxPool2dOp, [t(1, 1, 4, 4), t(1, 1, 2, 2)], pooling),
    'maxPool2d',
    '[1, 1, 2, 2]',
  ],
  [
    'a pooled cotangent of the wrong size',
    () => applyOp(maxPool2dGradOp, [t(1, 1, 4, 4), t(1, 1, 4, 4)], pooling),
    'maxPool2dGrad',
    '[1, 1, 4, 4]',
  ],
  [
    'a batch that groups do not divide',
    () => minibatchStddev(t(6, 4, 2, 2), { groupSize: 4, numChannels: 1 }),
    'minibatchStddev',
    '[6, 4, 2, 2]',
  ],
  ['an axis to roll that is not there', () => roll(t(2, 3), 1, 2), 'roll', '[2, 3]'],
  ['another number of elements', () => reshape(t(2, 3), [7]), 'reshape', '[2, 3]', '[7]'],
  ['a box that reaches outside', () => slice(t(4), [2], [3]), 'slice', '[4]', '[2]'],
  ['a step that leads outside', () => slice(t(4), [1], [3], [-1]), 'slice', '[4]', '[-1]'],
  ['too few axes to slice', () => slice(t(4, 4), [1], [3]), 'slice', '[4, 4]', '[3]'],
  ['an axis to normalise that is not there', () => softmax(t(2, 3), 2), 'softmax', '[2, 3]'],
  ['an axis named twice', () => transpose(t(2, 3), [0, 0]), 'transpose', '[2, 3]', '[0, 0]'],
  ['too few axes to reorder', () => transpose(t(2, 3), [0]), 'transpose', '[2, 3]', '[0]'],
  ['a filter larger than the picture', () => upfirdn2d(t(1, 1, 2, 2), t(4, 4)), 'upfirdn2d', '[1, 1, 2, 2]', '[4, 4]'],
  ['a picture of two axes', () => upfirdn2d(t(4, 4), t(3, 3)), 'upfirdn2d', '[4, 4]', '[3, 3]'],
];

const rows = wrong.map(([what, build, op, ...shapes]) => ({ what, build, op, shapes }));

test.each(rows)('$what: the error names the op and the shapes', ({ build, op, shapes }) => {
  expect(build).toThrow(expect.objectContaining({ code: 'shape-mismatch' }) as Error);
  expect(build).toThrow(
    expect.objectContaining({ message: expect.stringMatching(new RegExp(`^${op}: `)) as string }) as Error,
  );
  for (const shape of shapes) expect(build).toThrow(shape);
});

const badArguments: readonly (readonly [string, () => Tensor, RegExp])[] = [
  ['a stride of half', () => conv2d(t(1, 1, 4, 4), t(1, 1, 1, 1), { stride: 0.5 }), /stride 0\.5/],
  ['a negative padding', () => conv2d(t(1, 1, 4, 4), t(1, 1, 1, 1), { padding: -1 }), /padding \[-1, -1\]/],
  ['no pooling stride', () => maxPool2d(t(1, 1, 4, 4), { kernel: 2, stride: 0 }), /stride must be .* got 0/],
  ['no size', () => resize(t(1, 1, 4, 4), [0, 4], { mode: 'nearest' }), /whole number from 1, got 0/],
  ['half a pixel', () => resize(t(1, 1, 4, 4), [4, 2.5], { mode: 'area' }), /got 2\.5/],
  ['an upsampling of 0', () => upfirdn2d(t(1, 1, 4, 4), null, { up: 0 }), /up must be a whole number from 1/],
  ['half a pixel of padding', () => upfirdn2d(t(1, 1, 4, 4), null, { padding: 0.5 }), /padding must be whole numbers/],
];

test.each(badArguments)('%s is a bad argument', (_, build, message) => {
  expect(build).toThrow(expect.objectContaining({ code: 'bad-argument' }) as Error);
  expect(build).toThrow(message);
});

test('axes of extent 1 are turned, reshaped and squared without complaint', () => {
  expect(flip(t(1, 4), [0, 1]).shape).toEqual([1, 4]);
  expect(reshape(t(), [1, 1]).shape).toEqual([1, 1]);
  expect(square(t()).shape).toEqual([]);
});
