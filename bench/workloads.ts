import { applyOp } from '../src/engine/op.js';
import type { Shape } from '../src/engine/shape.js';
import { parameterTensor, type Tensor } from '../src/engine/tensor.js';
import { truncatedWs } from '../src/models/wPlus.js';
import { biasAct } from '../src/ops/biasAct.js';
import { biasActGrad } from '../src/ops/biasActGrad.js';
import { add, mul } from '../src/ops/binary.js';
import { conv2d } from '../src/ops/conv2d.js';
import { conv2dTransposed } from '../src/ops/conv2dTransposed.js';
import { conv2dWeightGrad } from '../src/ops/conv2dWeightGrad.js';
import { concat } from '../src/ops/concat.js';
import { broadcastTo } from '../src/ops/broadcastTo.js';
import { dense, normalize2ndMoment } from '../src/ops/dense.js';
import { filteredLrelu } from '../src/ops/filteredLrelu.js';
import { fusedRowProductsOp } from '../src/ops/fusedRowProducts.js';
import { fusedScaleGradOp } from '../src/ops/fusedScaleGrad.js';
import { fusedStyleGradOp } from '../src/ops/fusedStyleGrad.js';
import { gradient } from '../src/ops/gradient.js';
import { matmul } from '../src/ops/matmul.js';
import { maxPool2d, maxPool2dGradOp } from '../src/ops/maxPool2d.js';
import { modulatedConv2d } from '../src/ops/modulatedConv2d.js';
import { pad } from '../src/ops/pad.js';
import { reduceSum } from '../src/ops/reduce.js';
import { reshape } from '../src/ops/reshape.js';
import { resize } from '../src/ops/resample.js';
import { roll } from '../src/ops/roll.js';
import { slice, sliceAxis } from '../src/ops/slice.js';
import { softmax } from '../src/ops/softmax.js';
import { transpose } from '../src/ops/transpose.js';
import { unary } from '../src/ops/unary.js';
import { setupFilter, upfirdn2d, upsample2d } from '../src/ops/upfirdn2d.js';

/** One operation at a size that generators meet. */
interface Workload {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Shape>>;
  build(inputs: Readonly<Record<string, Tensor>>): Tensor;
}

/** A row of the `ops` suite. */
export interface OpWorkload extends Workload {
  /** Op of the registry that it is about; in its graph as traced, or as fused. */
  readonly op: string;
}

type Inputs = Readonly<Record<string, Tensor>>;

function named(inputs: Inputs, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new RangeError(`no input ${name}`);
  return tensor;
}

/** Weights that are the same in every run: constants, so that packing is not timed. */
function weights(...shape: number[]): Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return parameterTensor({ name: 'weights', shape, load: () => testValues(count, 1) });
}

/** Deterministic values in −1…1 without a generator's cost. */
export function testValues(count: number, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: count }, (_, index) => Math.sin(index * 12.9898 + seed * 78.233));
}

const filter = setupFilter([
  [1, 3, 3, 1],
  [3, 9, 9, 3],
  [3, 9, 9, 3],
  [1, 3, 3, 1],
]);

function sameConvolution(channels: number, size: number): Workload {
  const w = weights(channels, channels, 3, 3);
  return {
    name: `conv2d ${channels}@${size}²`,
    inputs: { x: [1, channels, size, size] },
    build: (inputs) => conv2d(named(inputs, 'x'), w, { padding: 1 }),
  };
}

function modulated(channels: number, size: number, up: 1 | 2): Workload {
  const w = weights(channels, channels, 3, 3);
  const bias = weights(channels);
  const resampling = up === 2 ? { up, flipWeight: false, resampleFilter: filter } : {};
  return {
    name: `modulatedConv2d ${channels}@${size}²${up === 2 ? ' up 2' : ''}`,
    inputs: { x: [1, channels, size, size], styles: [1, channels] },
    build: (inputs) =>
      biasAct(modulatedConv2d(named(inputs, 'x'), w, named(inputs, 'styles'), { padding: 1, ...resampling }), bias, {
        act: 'lrelu',
      }),
  };
}

function elementwise(name: string, build: (x: Tensor) => Tensor, shape: Shape = [1, 64, 128, 128]): Workload {
  return { name, inputs: { x: shape }, build: (inputs) => build(named(inputs, 'x')) };
}

/** Slopes of a leaky ReLU with gain √2. */
const slope = { positive: Math.SQRT2, negative: Math.SQRT2 / 5, clamp: null };

/** A feature map as the large layers have it, and one factor a plane. */
const [map, factors]: [Shape, Shape] = [
  [1, 64, 128, 128],
  [1, 64, 1, 1],
];

/** What the backward pass of a StyleGAN2 layer consists of, beside convolutions. */
const layerGradients: readonly OpWorkload[] = [
  {
    op: 'biasActGrad',
    name: 'biasActGrad lrelu 64@128²',
    inputs: { dy: map, y: map },
    build: (inputs) => biasActGrad(named(inputs, 'dy'), named(inputs, 'y'), slope),
  },
  {
    op: 'fusedBiasActGrad',
    name: 'biasActGrad of two styled gradients 64@128²',
    inputs: { dy: map, s: factors, other: map, t: factors, y: map },
    build: (inputs) => {
      const sum = add(mul(named(inputs, 'dy'), named(inputs, 's')), mul(named(inputs, 'other'), named(inputs, 't')));
      return biasActGrad(sum, named(inputs, 'y'), slope);
    },
  },
  {
    op: 'fusedNormalize2ndMoment',
    name: 'pixel normalisation 64@128²',
    inputs: { x: map },
    build: (inputs) => normalize2ndMoment(named(inputs, 'x')),
  },
  {
    op: 'fusedReduce',
    name: 'sum of products, by planes 64@128²',
    inputs: { a: map, b: map },
    build: (inputs) => reduceSum(mul(named(inputs, 'a'), named(inputs, 'b')), [2, 3]),
  },
  {
    op: 'fusedScaleGrad',
    name: 'gradient of demodulation 64@128²',
    inputs: { dx: map, y: map, d: factors, noise: [128, 128] },
    build: (inputs) =>
      applyOp(
        fusedScaleGradOp,
        [named(inputs, 'dx'), named(inputs, 'y'), named(inputs, 'd'), named(inputs, 'noise'), weights(64)],
        { ...slope, hasNoise: true, hasBias: true },
      ),
  },
  {
    op: 'fusedStyleGrad',
    name: 'gradient of styles through demodulation 512→512',
    inputs: { dd: [1, 512], d: [1, 512], s: [1, 512] },
    build: (inputs) =>
      applyOp(fusedStyleGradOp, [named(inputs, 'dd'), named(inputs, 'd'), weights(512, 512), named(inputs, 's')], {
        factor: -1,
        hasRest: false,
      }),
  },
  {
    op: 'fusedRowProducts',
    name: 'gradient of 18 rows of w+ 512→512',
    inputs: { ds: [1, 512] },
    build: (inputs) => {
      const rows = Array.from({ length: 18 }, (_, row) => row);
      const ones = rows.map(() => 1);
      return applyOp(
        fusedRowProductsOp,
        rows.flatMap(() => [named(inputs, 'ds'), weights(512, 512)]),
        {
          shape: [1, 18, 512],
          rows,
          gains: ones,
          depths: rows.map(() => 512),
          aOffsets: rows.map(() => 0),
          aRowStrides: rows.map(() => 512),
          aDepthStrides: ones,
          bDepthStrides: rows.map(() => 512),
          bColumnStrides: ones,
        },
      );
    },
  },
];

const squareFilter = setupFilter([
  [1, 3, 3, 1],
  [3, 9, 9, 3],
  [3, 9, 9, 3],
  [1, 3, 3, 1],
]);
const separableFilter = setupFilter([1, 2, 4, 6, 8, 9, 9, 8, 6, 4, 2, 1]);
const radialFilter = setupFilter(
  Array.from({ length: 12 }, (_, row) =>
    Array.from({ length: 12 }, (_, column) => Math.exp(-Math.hypot(row - 5.5, column - 5.5) / 2)),
  ),
);

/** A nonlinearity of StyleGAN3-T or, with a radial filter, -R. */
const aliasFree = (x: Tensor, downFilter: Tensor): Tensor =>
  filteredLrelu(x, null, { upFilter: separableFilter, downFilter, up: 2, down: 2, padding: [9, 8, 9, 8], clamp: 256 });

const aliasFreeLayers: readonly OpWorkload[] = (
  [
    ['T', separableFilter],
    ['R', radialFilter],
  ] as const
).flatMap(([variant, downFilter]) => [
  {
    op: 'fusedFilteredLrelu',
    name: `filteredLrelu of StyleGAN3-${variant} 64@150²`,
    inputs: { x: [1, 64, 150, 150] },
    build: (inputs) => aliasFree(named(inputs, 'x'), downFilter),
  },
  {
    op: 'fusedFilteredLrelu',
    name: `gradient of filteredLrelu of StyleGAN3-${variant} 64@150²`,
    inputs: { x: [1, 64, 150, 150], dy: [1, 64, 148, 148] },
    build: (inputs) => {
      const x = named(inputs, 'x');
      return gradient(aliasFree(x, downFilter), [x], named(inputs, 'dy'))[0] ?? x;
    },
  },
]);

/** A row for every op of the registry (`op` names it), and the generators' own layers. */
export const workloads: readonly OpWorkload[] = [
  ...(
    [
      [512, 4],
      [512, 16],
      [256, 32],
      [128, 64],
      [64, 128],
    ] as const
  ).map(([channels, size]) => ({
    op: 'conv2d',
    ...sameConvolution(channels, size),
  })),
  {
    op: 'conv2dTransposed',
    name: 'conv2dTransposed 128@32² stride 2',
    inputs: { x: [1, 128, 32, 32] },
    build: (inputs: Inputs) => conv2dTransposed(named(inputs, 'x'), weights(128, 128, 3, 3), { stride: 2 }),
  },
  {
    op: 'conv2dWeightGrad',
    name: 'conv2dWeightGrad 64@32²',
    inputs: { x: [1, 64, 32, 32], dy: [1, 64, 32, 32] },
    build: (inputs: Inputs) =>
      conv2dWeightGrad(named(inputs, 'x'), named(inputs, 'dy'), {
        stride: 1,
        padding: [1, 1],
        groups: 1,
        kernel: [3, 3],
      }),
  },
  { op: 'fusedConv2d', ...modulated(128, 64, 1) },
  { op: 'fusedUpfirdn2d', ...modulated(128, 8, 2) },
  { op: 'fusedResampledConv2d', ...modulated(128, 32, 2) },
  {
    op: 'fusedMatmul',
    name: 'dense 512→512 lrelu',
    inputs: { x: [1, 512] },
    build: (inputs: Inputs) => dense(named(inputs, 'x'), weights(512, 512), weights(512), { act: 'lrelu' }),
  },
  {
    op: 'groupedMatmul',
    name: 'styles of 18 layers 512→512',
    inputs: { ws: [1, 18, 512] },
    build: (inputs: Inputs) =>
      concat(
        Array.from({ length: 18 }, (_, row) =>
          dense(reshape(sliceAxis(named(inputs, 'ws'), 1, row, 1), [1, 512]), weights(512, 512), weights(512)),
        ),
        1,
      ),
  },
  {
    op: 'fusedTruncation',
    name: 'truncation of 18 rows of w+',
    inputs: { w: [1, 512] },
    build: (inputs: Inputs) => truncatedWs(named(inputs, 'w'), weights(18), weights(512)),
  },
  {
    op: 'fusedToRgb',
    name: 'RGB with its skip 64@128²',
    inputs: { x: [1, 64, 128, 128], image: [1, 3, 64, 64], s: [1, 64] },
    build: (inputs: Inputs) =>
      add(
        upsample2d(named(inputs, 'image'), squareFilter),
        biasAct(
          modulatedConv2d(named(inputs, 'x'), weights(3, 64, 1, 1), named(inputs, 's'), { demodulate: false }),
          weights(3),
        ),
      ),
  },
  {
    op: 'matmul',
    name: 'matmul 256×256×256',
    inputs: { a: [256, 256], b: [256, 256] },
    build: (inputs: Inputs) => matmul(named(inputs, 'a'), named(inputs, 'b')),
  },
  { op: 'biasAct', ...elementwise('biasAct lrelu 64@128²', (x) => biasAct(x, weights(64), { act: 'lrelu' })) },
  { op: 'unary', ...elementwise('unary tanh 64@128²', (x) => unary('tanh', x)) },
  { op: 'binary', ...elementwise('binary add, broadcast 64@128²', (x) => add(x, weights(64, 1, 1))) },
  { op: 'reduce', ...elementwise('reduce sum over 64@128²', (x) => reduceSum(x, [1, 2, 3])) },
  { op: 'transpose', ...elementwise('transpose NCHW→NHWC 64@128²', (x) => transpose(x, [0, 2, 3, 1])) },
  { op: 'slice', ...elementwise('slice 32 of 64@128²', (x) => slice(x, [0, 16, 0, 0], [1, 32, 128, 128])) },
  { op: 'pad', ...elementwise('pad by 1 64@128²', (x) => pad(x, [1, 64, 130, 130], [0, 0, 1, 1])) },
  { op: 'maxPool2d', ...elementwise('maxPool2d 2×2 64@128²', (x) => maxPool2d(x, { kernel: 2 })) },
  {
    op: 'maxPool2dGrad',
    name: 'maxPool2dGrad 2×2 64@128²',
    inputs: { x: [1, 64, 128, 128], dy: [1, 64, 64, 64] },
    build: (inputs: Inputs) =>
      applyOp(maxPool2dGradOp, [named(inputs, 'x'), named(inputs, 'dy')], { kernel: 2, stride: 2, ceilMode: false }),
  },
  { op: 'softmax', ...elementwise('softmax of 4096 columns of 1024', (x) => softmax(x, 1), [1, 1024, 4096]) },
  { op: 'roll', ...elementwise('roll by 1 64@128²', (x) => roll(x, 1, 3)) },
  { op: 'concat', ...elementwise('concat twice 64@128²', (x) => concat([x, x], 1)) },
  { op: 'broadcastTo', ...elementwise('broadcastTo 64@128²', (x) => broadcastTo(x, [1, 64, 128, 128]), [1, 64, 1, 1]) },
  { op: 'upfirdn2d', ...elementwise('upsample2d 3@128²', (x) => upsample2d(x, filter), [1, 3, 128, 128]) },
  {
    op: 'upfirdn2d',
    ...elementwise('upfirdn2d filter 64@128²', (x) => upfirdn2d(x, filter, { padding: [2, 1, 2, 1] })),
  },
  {
    op: 'resample',
    ...elementwise('resize area 3@256² → 64²', (x) => resize(x, [64, 64], { mode: 'area' }), [1, 3, 256, 256]),
  },
  ...layerGradients,
  ...aliasFreeLayers,
];
