import fc from 'fast-check';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import { truncatedWs } from '../../src/models/wPlus.js';
import { add, mul } from '../../src/ops/binary.js';
import { activationNames } from '../../src/ops/activations.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { concat } from '../../src/ops/concat.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { conv2dResample } from '../../src/ops/conv2dResample.js';
import { dense, normalize2ndMoment } from '../../src/ops/dense.js';
import { filteredLrelu } from '../../src/ops/filteredLrelu.js';
import { matmul } from '../../src/ops/matmul.js';
import { modulatedConv2d, type ModulatedConvOptions } from '../../src/ops/modulatedConv2d.js';
import { reshape } from '../../src/ops/reshape.js';
import { sliceAxis } from '../../src/ops/slice.js';
import { affine, rsqrt, scale, square } from '../../src/ops/unary.js';
import { setupFilter, upsample2d } from '../../src/ops/upfirdn2d.js';
import { named } from './evaluate.js';
import { fed, numbers } from './numbers.js';
import { extent, seed, type OpCase } from './opCase.js';

const taps = [1, 3, 3, 1];
const squareFilter = setupFilter(taps.map((row) => taps.map((column) => row * column)));
/** Neither symmetric nor of even length. */
const oddFilter = setupFilter([
  [1, 2, 3],
  [4, 1, 2],
  [3, 4, 1],
]);
const separableFilter = setupFilter(taps);

/** A StyleGAN2 layer: modulated convolution, noise, bias, activation, and the residual of the skip architecture. */
export const modulatedLayerCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    c: fc.constantFrom(3, 4, 6),
    o: fc.constantFrom(1, 3, 5),
    h: fc.constantFrom(3, 4, 9),
    w: fc.constantFrom(3, 5, 17),
    kernel: fc.constantFrom(1, 3),
    sampling: fc.constantFrom('none', 'up', 'down'),
    demodulate: fc.boolean(),
    flipWeight: fc.boolean(),
    separable: fc.boolean(),
    noise: fc.constantFrom('none', 'one', 'each'),
    hasBias: fc.boolean(),
    act: fc.constantFrom(...activationNames),
    clamp: fc.constantFrom(null, 1.1),
    hasResidual: fc.boolean(),
    seed,
  })
  .map((v) => {
    const [up, down] = [v.sampling === 'up' ? 2 : 1, v.sampling === 'down' ? 2 : 1];
    const [oh, ow] = [Math.floor((v.h * up) / down), Math.floor((v.w * up) / down)];
    const inputs = {
      x: fed([v.n, v.c, v.h, v.w], v.seed),
      weight: fed([v.o, v.c, v.kernel, v.kernel], v.seed + 1),
      styles: fed([v.n, v.c], v.seed + 2),
      ...(v.noise === 'none' ? {} : { noise: fed(v.noise === 'one' ? [oh, ow] : [v.n, 1, oh, ow], v.seed + 3) }),
      ...(v.hasBias ? { bias: fed([v.o], v.seed + 4) } : {}),
      ...(v.hasResidual ? { residual: fed([v.n, v.o, oh, ow], v.seed + 5) } : {}),
    };
    return {
      label: `modulated layer ${JSON.stringify(v)}`,
      inputs,
      fn: (traced) => {
        const y = modulatedConv2d(named(traced, 'x'), named(traced, 'weight'), named(traced, 'styles'), {
          up,
          down,
          padding: Math.floor(v.kernel / 2),
          flipWeight: v.flipWeight,
          demodulate: v.demodulate,
          resampleFilter: v.sampling === 'none' ? null : v.separable ? separableFilter : squareFilter,
          noise: traced['noise'] ?? null,
        });
        const active = biasAct(y, traced['bias'] ?? null, { act: v.act, clamp: v.clamp });
        const residual = traced['residual'];
        return residual === undefined ? active : add(residual, active);
      },
      wrt: Object.keys(inputs),
      kind: 'values',
    };
  });

/** Doubling and halving with enough channels, and on maps of whole blocks, that both are matrix products. */
export const doublingCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 2 }),
    c: fc.constantFrom(16, 17),
    o: fc.constantFrom(16, 24),
    map: fc.constantFrom([8, 8], [8, 9]),
    seed,
  })
  .map(({ n, c, o, map: [h = 0, w = 0], ...v }) => ({
    label: `doubling ${JSON.stringify({ n, c, o, h, w, ...v })}`,
    inputs: {
      x: fed([n, c, h, w], v.seed),
      s: fed([n, c, 1, 1], v.seed + 1),
      up: fed([c, o, 3, 3], v.seed + 2),
      down: fed([o, o, 3, 3], v.seed + 3),
    },
    fn: (inputs) => {
      const styled = mul(named(inputs, 'x'), named(inputs, 's'));
      const doubled = conv2dTransposed(styled, named(inputs, 'up'), { stride: 2 });
      return conv2d(doubled, named(inputs, 'down'), { stride: 2 });
    },
    wrt: ['x', 's'],
    kind: 'products',
  }));

export const conv2dResampleCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 2 }),
    groups: fc.constantFrom(1, 2),
    c: fc.constantFrom(1, 3),
    o: fc.constantFrom(1, 3),
    h: fc.constantFrom(4, 7),
    w: fc.constantFrom(5, 8),
    kernel: fc.constantFrom(1, 3),
    up: fc.constantFrom(1, 2, 3),
    down: fc.constantFrom(1, 2),
    padding: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)),
    flipWeight: fc.boolean(),
    flipFilter: fc.boolean(),
    seed,
  })
  .map((v) => ({
    label: `conv2dResample ${JSON.stringify(v)}`,
    inputs: {
      x: fed([v.n, v.groups * v.c, v.h, v.w], v.seed),
      w: fed([v.groups * v.o, v.c, v.kernel, v.kernel], v.seed + 1),
    },
    fn: (inputs) => conv2dResample(named(inputs, 'x'), named(inputs, 'w'), squareFilter, v),
    wrt: ['x', 'w'],
    kind: 'products',
  }));

export const denseCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    inputs: fc.constantFrom(1, 5, 65),
    outputs: fc.constantFrom(1, 7, 65),
    row: fc.constantFrom(null, 0, 2),
    hasBias: fc.boolean(),
    lrMultiplier: fc.constantFrom(1, 0.01),
    normalize: fc.boolean(),
    act: fc.constantFrom(...activationNames),
    seed,
  })
  .map((v) => {
    const bias = v.hasBias ? { b: fed([v.outputs], v.seed + 2) } : {};
    return {
      label: `dense ${JSON.stringify(v)}`,
      inputs: {
        x: fed(v.row === null ? [v.n, v.inputs] : [v.n, 3, v.inputs], v.seed),
        w: fed([v.outputs, v.inputs], v.seed + 1),
        ...bias,
      },
      fn: (inputs) => {
        const stack = named(inputs, 'x');
        const x = v.row === null ? stack : reshape(sliceAxis(stack, 1, v.row, 1), [v.n, v.inputs]);
        const { act, lrMultiplier } = v;
        return dense(v.normalize ? normalize2ndMoment(x) : x, named(inputs, 'w'), inputs['b'] ?? null, {
          act,
          lrMultiplier,
        });
      },
      wrt: ['x', 'w', ...Object.keys(bias)],
      kind: 'values',
    };
  });

/** The running RGB: filtered up, then added to. */
export const skipCase: fc.Arbitrary<OpCase> = fc
  .record({ n: fc.integer({ min: 1, max: 3 }), side: fc.constantFrom(3, 8), separable: fc.boolean(), seed })
  .map((v) => ({
    label: `skip ${JSON.stringify(v)}`,
    inputs: { image: fed([v.n, 3, v.side, 5], v.seed), rgb: fed([v.n, 3, 2 * v.side, 10], v.seed + 1) },
    fn: (inputs) =>
      add(upsample2d(named(inputs, 'image'), v.separable ? separableFilter : squareFilter), named(inputs, 'rgb')),
    wrt: ['image', 'rgb'],
    kind: 'values',
  }));

/**
 * Two modulated layers and their RGB layers, differentiated in the w+ that their styles come from: the second layer and
 * the first RGB layer share a row.
 */
export const stylesCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 2 }),
    side: fc.constantFrom(3, 4, 17),
    up: fc.constantFrom(1, 2),
    noise: fc.constantFrom('none', 'one', 'each'),
    act: fc.constantFrom('linear', 'relu', 'lrelu', 'swish'),
    clamp: fc.constantFrom(null, 1.1),
    seed,
  })
  .map((v) => {
    const [channels, depth, large] = [3, 5, v.side * v.up];
    const inputs = {
      ws: fed([v.n, 4, depth], v.seed),
      x: fed([v.n, channels, v.side, v.side], v.seed + 1),
      first: fed([channels, channels, 3, 3], v.seed + 2),
      second: fed([channels, channels, 3, 3], v.seed + 3),
      rgb: fed([2, channels, 1, 1], v.seed + 4),
      affine: fed([channels, depth], v.seed + 5),
      bias: fed([channels], v.seed + 6),
      ...(v.noise === 'none'
        ? {}
        : { noise: fed(v.noise === 'one' ? [large, large] : [v.n, 1, large, large], v.seed + 7) }),
    };
    return {
      label: `layers with styles ${JSON.stringify(v)}`,
      inputs,
      fn: (traced) => {
        const styles = (row: number): Tensor => {
          const w = reshape(sliceAxis(named(traced, 'ws'), 1, row, 1), [v.n, depth]);
          return dense(w, named(traced, 'affine'), null);
        };
        const layer = (x: Tensor, weight: string, row: number, options: ModulatedConvOptions): Tensor =>
          biasAct(
            modulatedConv2d(x, named(traced, weight), styles(row), { padding: 1, ...options }),
            named(traced, 'bias'),
            {
              act: v.act,
              clamp: v.clamp,
            },
          );
        const rgb = (x: Tensor, row: number): Tensor =>
          modulatedConv2d(x, named(traced, 'rgb'), scale(styles(row), 0.5), { demodulate: false });
        const x1 = layer(named(traced, 'x'), 'first', 0, {});
        const doubling = v.up === 2 ? { up: 2, flipWeight: false, resampleFilter: squareFilter } : {};
        const x2 = layer(x1, 'second', 1, { ...doubling, noise: traced['noise'] ?? null });
        const image = v.up === 2 ? upsample2d(rgb(x1, 1), squareFilter) : rgb(x1, 1);
        return add(image, rgb(x2, 3));
      },
      wrt: ['ws', 'x'],
      kind: 'values',
    };
  });

/** Taps that are not symmetric, so that a filter turned wrongly shows. */
const [lopsided, lopsidedPlane] = [
  setupFilter([1, 4, 3, 2]),
  setupFilter([
    [1, 2, 1],
    [3, 4, 0],
    [2, 1, 1],
  ]),
];

/** Every kind of filter on either side; few, because each is a pipeline of its own, forward and backward. */
const resamplings = [
  { up: 2, upFilter: lopsided, down: 2, downFilter: lopsided },
  { up: 4, upFilter: lopsided, down: 2, downFilter: lopsidedPlane },
  { up: 2, upFilter: lopsidedPlane, down: 3, downFilter: null },
  { up: 1, upFilter: null, down: 2, downFilter: lopsided },
];

/** StyleGAN3's nonlinearity; padding may crop. */
export const filteredLreluCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 2 }),
    c: fc.constantFrom(1, 3),
    h: fc.constantFrom(5, 9),
    w: fc.constantFrom(6, 41),
    resampling: fc.nat(resamplings.length - 1),
    padding: fc.tuple(...[-2, -1, 0, 1].map((min) => fc.integer({ min, max: 4 }))),
    hasBias: fc.boolean(),
    slope: fc.constantFrom(0.2, 1),
    clamp: fc.constantFrom(null, 0.4),
    seed,
  })
  .map((v) => {
    const { padding, slope, clamp } = v;
    const inputs = { x: fed([v.n, v.c, v.h, v.w], v.seed), ...(v.hasBias ? { b: fed([v.c], v.seed + 1) } : {}) };
    return {
      label: `filtered leaky ReLU ${JSON.stringify(v)}`,
      inputs,
      fn: (traced) =>
        filteredLrelu(named(traced, 'x'), traced['b'] ?? null, {
          ...resamplings[v.resampling],
          padding,
          slope,
          clamp,
        }),
      wrt: Object.keys(inputs),
      kind: 'values',
    };
  });

/** Styles read from w+ by weights that never change, and what is demodulated by them, which the engine gathers. */
export const constantStylesCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    depth: fc.constantFrom(3, 70),
    channels: fc.array(fc.constantFrom(1, 5, 64, 130), { minLength: 2, maxLength: 4 }),
    biased: fc.boolean(),
    demodulated: fc.boolean(),
    seed,
  })
  .map((v) => {
    const constant = (name: string, shape: readonly number[], offset: number): Tensor =>
      constantTensor(name, shape, numbers(shape, v.seed + offset));
    return {
      label: `styles of constant weights ${JSON.stringify(v)}`,
      inputs: { ws: fed([v.n, v.channels.length, v.depth], v.seed) },
      fn: (traced) => {
        const styles = v.channels.map((channels, row) => {
          const w = reshape(sliceAxis(named(traced, 'ws'), 1, row, 1), [v.n, v.depth]);
          const bias = v.biased ? constant(`bias ${row}`, [channels], 100 + row) : null;
          const style = dense(w, constant(`affine ${row}`, [channels, v.depth], row), bias);
          if (!v.demodulated) return scale(style, row + 1);
          const energy = square(constant(`energy ${row}`, [channels, 3], 200 + row));
          return rsqrt(affine(matmul(square(style), energy), 1, row + 1));
        });
        return concat(styles, 1);
      },
      wrt: ['ws'],
      kind: 'values',
    };
  });

/** W+ drawn towards an average, from one row a sample or from rows of each layer, and what edits add. */
export const truncationCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: extent,
    layers: extent,
    width: fc.constantFrom(1, 5, 65),
    stack: fc.boolean(),
    shift: fc.constantFrom('none', 'one', 'each'),
    seed,
  })
  .map((v) => ({
    label: `truncation ${JSON.stringify(v)}`,
    inputs: {
      x: fed(v.stack ? [v.n, v.layers, v.width] : [v.n, v.width], v.seed),
      psi: fed([v.layers], v.seed + 1),
      center: fed([v.width], v.seed + 2),
      ...(v.shift === 'none'
        ? {}
        : { shift: fed(v.shift === 'one' ? [v.layers, v.width] : [v.n, v.layers, v.width], v.seed + 3) }),
    },
    fn: (traced) => {
      const ws = truncatedWs(named(traced, 'x'), named(traced, 'psi'), named(traced, 'center'));
      return traced['shift'] === undefined ? ws : add(ws, traced['shift']);
    },
    wrt: ['x', 'psi'],
    kind: 'values',
  }));

/** An RGB layer added to the doubled picture of the layers before it. */
export const toRgbCase: fc.Arbitrary<OpCase> = fc
  .record({
    n: fc.integer({ min: 1, max: 3 }),
    c: fc.constantFrom(1, 3, 6),
    o: fc.integer({ min: 1, max: 5 }),
    side: fc.constantFrom([2, 2], [1, 4], [3, 6], [17, 10]),
    filter: fc.constantFrom('square', 'odd', 'separable'),
    biased: fc.boolean(),
    clamp: fc.constantFrom(null, 0.8),
    seed,
  })
  .map((v) => {
    const [height = 0, width = 0] = v.side;
    return {
      label: `RGB with its skip ${JSON.stringify(v)}`,
      inputs: {
        image: fed([v.n, v.o, height, width], v.seed),
        x: fed([v.n, v.c, 2 * height, 2 * width], v.seed + 1),
        styles: fed([v.n, v.c], v.seed + 2),
        w: fed([v.o, v.c, 1, 1], v.seed + 3),
        ...(v.biased ? { b: fed([v.o], v.seed + 4) } : {}),
      },
      fn: (inputs) => {
        const filter = { square: squareFilter, odd: oddFilter, separable: separableFilter }[v.filter];
        const y = modulatedConv2d(named(inputs, 'x'), named(inputs, 'w'), named(inputs, 'styles'), {
          demodulate: false,
        });
        // Of many values, one lies at a kink, where differences tell nothing.
        const rgb = biasAct(y, inputs['b'] ?? null, { clamp: height > 3 ? null : v.clamp });
        return add(upsample2d(named(inputs, 'image'), filter), rgb);
      },
      wrt: ['image', 'x', 'styles'],
      kind: 'values',
    };
  });
