import { GanvasError } from '../engine/errors.js';
import { input, output, singleCall, type KernelCall } from '../engine/kernel.js';
import { applyOp, defineOp, shapeError, type Op } from '../engine/op.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import {
  epilogueBindings,
  epilogueConstants,
  epilogueFlags,
  epilogueParams,
  plainEpilogue,
  type EpilogueAttributes,
} from './epilogue.js';
import { lanesFor } from './lanes.js';
import type { Pair } from './convGeometry.js';
import { reshape } from './reshape.js';
import { flip } from './slice.js';

/** The filter input is already turned so that it correlates. Pairs are [y, x]. */
export type UpfirdnAttributes = {
  readonly up: Pair;
  readonly down: Pair;
  /** [y0, y1, x0, x1]; negative values crop. */
  readonly padding: readonly [number, number, number, number];
  readonly gain: number;
};

export interface UpfirdnOptions {
  /** A number, or [x, y], as in the reference. */
  readonly up?: number | Pair;
  readonly down?: number | Pair;
  /** A number, [x, y], or [x0, x1, y0, y1], as in the reference. */
  readonly padding?: number | readonly number[];
  /** False (the default): true convolution; true: correlation. */
  readonly flipFilter?: boolean;
  readonly gain?: number;
}

const workgroupSize = 64;
/** Maps of more pixels, 2048² among them, take larger workgroups: WebGPU counts at most 65535 in one dimension. */
const mostPixels = 65535 * workgroupSize;
const largeWorkgroupSize = 256;

/**
 * Pad, insert zeros, filter, keep every n-th sample: x [N, C, H, W], f [FH, FW]. Its own adjoint, with up and down
 * exchanged and the filter turned (stylegan2-ada-pytorch torch_utils/ops/upfirdn2d.py).
 */
export const upfirdn2dOp: Op<UpfirdnAttributes> = defineOp({
  name: 'upfirdn2d',
  inputNames: ['x', 'f'],
  inferShape: upfirdnShape,
  reference: ({ inputs, shapes, outputShape, attributes }) =>
    upfirdnReference(at(inputs, 0), at(inputs, 1), shapes, outputShape, attributes),
  lower: ({ shapes, outputShape, attributes }) =>
    singleCall(upfirdnCall(shapes, outputShape, attributes, plainEpilogue)),
  backward: ({ inputs, output: y, gradient, attributes }) => ({
    x: () => {
      const [x, f] = [at(inputs, 0), at(inputs, 1)];
      return applyOp(
        upfirdn2dOp,
        [gradient, flip(f, [0, 1])],
        adjointAttributes(x.shape, f.shape, y.shape, attributes),
      );
    },
  }),
});

export function upfirdnShape(shapes: readonly Shape[], { up, down, padding }: UpfirdnAttributes): Shape {
  const [x, f] = [at(shapes, 0), at(shapes, 1)];
  if (x.length !== 4 || f.length !== 2) throw shapeError('upfirdn2d', [x, f], 'x must be [N, C, H, W] and f [FH, FW]');
  const [n = 0, c = 0, h = 0, w = 0] = x;
  const padded = [h * up[0] + padding[0] + padding[1], w * up[1] + padding[2] + padding[3]];
  const [height, width] = [0, 1].map(
    (axis) => Math.floor((at(padded, axis) - at(f, axis)) / at([down[0], down[1]], axis)) + 1,
  );
  if (height === undefined || width === undefined || height < 1 || width < 1) {
    throw shapeError(
      'upfirdn2d',
      [x, f],
      `up ${up.join('×')} and padding [${padding.join(', ')}] must leave room for the filter`,
    );
  }
  return [n, c, height, width];
}

export function upfirdnReference(
  x: Float64Array,
  f: Float64Array,
  shapes: readonly Shape[],
  outputShape: Shape,
  { up, down, padding, gain }: UpfirdnAttributes,
): Float64Array {
  const [, , inHeight = 0, inWidth = 0] = at(shapes, 0);
  const [filterHeight = 0, filterWidth = 0] = at(shapes, 1);
  const [, , outHeight = 0, outWidth = 0] = outputShape;
  const y = new Float64Array(sizeOf(outputShape));
  for (let index = 0; index < y.length; index++) {
    const plane = Math.floor(index / (outHeight * outWidth)) * inHeight * inWidth;
    const startY = (Math.floor(index / outWidth) % outHeight) * down[0] - padding[0];
    const startX = (index % outWidth) * down[1] - padding[2];
    let sum = 0;
    for (let ky = 0; ky < filterHeight; ky++) {
      const iy = (startY + ky) / up[0];
      if (!Number.isInteger(iy) || iy < 0 || iy >= inHeight) continue;
      for (let kx = 0; kx < filterWidth; kx++) {
        const ix = (startX + kx) / up[1];
        if (!Number.isInteger(ix) || ix < 0 || ix >= inWidth) continue;
        sum += at(f, ky * filterWidth + kx) * at(x, plane + iy * inWidth + ix);
      }
    }
    y[index] = sum * gain;
  }
  return y;
}

export function upfirdnCall(
  shapes: readonly Shape[],
  outputShape: Shape,
  attributes: UpfirdnAttributes,
  epilogue: EpilogueAttributes,
): KernelCall {
  const { up, down, padding, gain } = attributes;
  if (down.every((factor) => factor === 1)) {
    if (up.every((factor) => factor === 1)) return firCall('fir2d', shapes, outputShape, attributes, epilogue);
    if (up.every((factor) => factor === 2)) return firCall('firUp2d', shapes, outputShape, attributes, epilogue);
  }
  const [, , inHeight = 0, inWidth = 0] = at(shapes, 0);
  const [filterHeight = 0, filterWidth = 0] = at(shapes, 1);
  const [batch = 0, channels = 0, outHeight = 0, outWidth = 0] = outputShape;
  const pixels = outHeight * outWidth;
  const size = pixels <= mostPixels ? workgroupSize : largeWorkgroupSize;
  return {
    shader: 'upfirdn2d',
    flags: epilogueFlags(epilogue),
    constants: { WORKGROUP_SIZE: size, ...epilogueConstants(epilogue) },
    params: {
      inHeight,
      inWidth,
      outWidth,
      filterHeight,
      filterWidth,
      upY: up[0],
      upX: up[1],
      downY: down[0],
      downX: down[1],
      padY: padding[0],
      padX: padding[2],
      filterGain: gain,
      ...epilogueParams(epilogue, shapes, outputShape),
    },
    bindings: { x: input(0), filterTaps: input(1), ...epilogueBindings(epilogue), y: output },
    workgroups: [Math.ceil(pixels / size), channels, batch],
    flops: (2 * batch * channels * pixels * filterHeight * filterWidth) / (up[0] * up[1]),
  };
}

/** A filter and nothing else, or one that doubles: its window slides along a row. */
function firCall(
  shader: 'fir2d' | 'firUp2d',
  shapes: readonly Shape[],
  outputShape: Shape,
  { up, padding, gain: filterGain }: UpfirdnAttributes,
  epilogue: EpilogueAttributes,
): KernelCall {
  const [, , inHeight = 0, inWidth = 0] = at(shapes, 0);
  const [filterHeight = 0, filterWidth = 0] = at(shapes, 1);
  const [batch = 0, channels = 0, outHeight = 0, outWidth = 0] = outputShape;
  const quadsPerRow = Math.ceil(outWidth / 4);
  const parts = quadsPerRow * (shader === 'fir2d' ? Math.ceil(outHeight / 4) : outHeight);
  const lanes = lanesFor(parts);
  return {
    shader,
    flags: { ...epilogueFlags(epilogue), quads: outWidth % 4 === 0 },
    constants: { WORKGROUP_SIZE: lanes, ...epilogueConstants(epilogue) },
    params: {
      ...(shader === 'firUp2d' ? { coarseHeight: inHeight, coarseWidth: inWidth } : { inHeight, inWidth }),
      ...{ outHeight, outWidth, quadsPerRow, filterHeight, filterWidth, filterGain },
      padY: padding[0],
      padX: padding[2],
      ...epilogueParams(epilogue, shapes, outputShape),
    },
    bindings: {
      [shader === 'firUp2d' ? 'coarse' : 'x']: input(0),
      filterTaps: input(1),
      ...epilogueBindings(epilogue),
      y: output,
    },
    workgroups: [Math.ceil(parts / lanes), channels, batch],
    flops: (2 * batch * channels * outHeight * outWidth * filterHeight * filterWidth) / (up[0] * up[1]),
  };
}

function adjointAttributes(
  x: Shape,
  f: Shape,
  y: Shape,
  { up, down, padding, gain }: UpfirdnAttributes,
): UpfirdnAttributes {
  const [y0, , x0] = padding;
  return {
    up: down,
    down: up,
    padding: [
      at(f, 0) - y0 - 1,
      at(x, 2) * up[0] - at(y, 2) * down[0] + y0 - up[0] + 1,
      at(f, 1) - x0 - 1,
      at(x, 3) * up[1] - at(y, 3) * down[1] + x0 - up[1] + 1,
    ],
    gain,
  };
}

/** A filter from its taps: 1-D stays separable, 2-D is given by rows. Normalised to sum 1 (`setup_filter`). */
export function setupFilter(taps: readonly number[] | readonly (readonly number[])[]): Tensor {
  const rows = taps.map((row) => (typeof row === 'number' ? [row] : row));
  const isSeparable = taps.every((tap) => typeof tap === 'number');
  const flat = rows.flat();
  const sum = flat.reduce((total, tap) => total + tap, 0);
  const shape = isSeparable ? [flat.length] : [rows.length, at(rows, 0).length];
  return constantTensor(
    'filter',
    shape,
    flat.map((tap) => tap / sum),
  );
}

/** x [N, C, H, W]; f [FH, FW], [F] (separable: applied along both axes) or null (no filter). */
export function upfirdn2d(x: Tensor, f: Tensor | null, options: UpfirdnOptions = {}): Tensor {
  const { gain = 1, flipFilter = false } = options;
  const up = pairYX('up', options.up ?? 1);
  const down = pairYX('down', options.down ?? 1);
  const padding = paddingYX(options.padding ?? 0);
  if (f !== null && f.shape.length === 1) return separable(x, f, { up, down, padding, gain }, flipFilter);
  const taps = f ?? constantTensor('identity filter', [1, 1], [1]);
  return applyOp(upfirdn2dOp, [x, flipFilter ? taps : flip(taps, [0, 1])], { up, down, padding, gain });
}

/** A 1-D filter along x, then along y: 2·n taps instead of n². */
function separable(x: Tensor, f: Tensor, attributes: UpfirdnAttributes, flipFilter: boolean): Tensor {
  const { up, down, padding, gain } = attributes;
  const taps = flipFilter ? f : flip(f, [0]);
  const length = at(f.shape, 0);
  const alongX = applyOp(upfirdn2dOp, [x, reshape(taps, [1, length])], {
    up: [1, up[1]],
    down: [1, down[1]],
    padding: [0, 0, padding[2], padding[3]],
    gain,
  });
  return applyOp(upfirdn2dOp, [alongX, reshape(taps, [length, 1])], {
    up: [up[0], 1],
    down: [down[0], 1],
    padding: [padding[0], padding[1], 0, 0],
    gain: 1,
  });
}

function pairYX(name: string, value: number | Pair): Pair {
  const [x, y] = typeof value === 'number' ? [value, value] : value;
  if (!Number.isInteger(x) || !Number.isInteger(y) || x < 1 || y < 1) {
    throw new GanvasError('bad-argument', `upfirdn2d: ${name} must be a whole number from 1, got [${x}, ${y}].`);
  }
  return [y, x];
}

/** From the reference's [x0, x1, y0, y1], [x, y] or one number. */
function paddingYX(padding: number | readonly number[]): [number, number, number, number] {
  const values = typeof padding === 'number' ? [padding, padding] : padding;
  const [a = 0, b = 0, c, d] = values;
  const [x0, x1, y0, y1] = c === undefined || d === undefined ? [a, a, b, b] : [a, b, c, d];
  if (![x0, x1, y0, y1].every(Number.isInteger)) {
    throw new GanvasError('bad-argument', `upfirdn2d: padding must be whole numbers, got [${values.join(', ')}].`);
  }
  return [y0, y1, x0, x1];
}

/** Padding parsed as the reference does, [x0, x1, y0, y1]. */
export function paddingXY(padding: number | readonly number[]): [number, number, number, number] {
  const [y0, y1, x0, x1] = paddingYX(padding);
  return [x0, x1, y0, y1];
}

/** Extents [x, y] of a filter; [1, 1] without one. */
export function filterSize(f: Tensor | null): Pair {
  if (f === null) return [1, 1];
  return [at(f.shape, -1), at(f.shape, 0)];
}

/** Doubles (or more) a picture by a FIR filter; the result is up·H × up·W (`upsample2d`). */
export function upsample2d(x: Tensor, f: Tensor | null, options: UpfirdnOptions = {}): Tensor {
  const [upY, upX] = pairYX('up', options.up ?? 2);
  const [x0, x1, y0, y1] = paddingXY(options.padding ?? 0);
  const [fw, fh] = filterSize(f);
  return upfirdn2d(x, f, {
    ...options,
    up: [upX, upY],
    padding: [
      x0 + Math.floor((fw + upX - 1) / 2),
      x1 + Math.floor((fw - upX) / 2),
      y0 + Math.floor((fh + upY - 1) / 2),
      y1 + Math.floor((fh - upY) / 2),
    ],
    gain: (options.gain ?? 1) * upX * upY,
  });
}

/** Halves (or more) a picture by a FIR filter (`downsample2d`). */
export function downsample2d(x: Tensor, f: Tensor | null, options: UpfirdnOptions = {}): Tensor {
  const [downY, downX] = pairYX('down', options.down ?? 2);
  const [x0, x1, y0, y1] = paddingXY(options.padding ?? 0);
  const [fw, fh] = filterSize(f);
  return upfirdn2d(x, f, {
    ...options,
    down: [downX, downY],
    padding: [
      x0 + Math.floor((fw - downX + 1) / 2),
      x1 + Math.floor((fw - downX) / 2),
      y0 + Math.floor((fh - downY + 1) / 2),
      y1 + Math.floor((fh - downY) / 2),
    ],
  });
}

/** Filters a picture, keeping its size (`filter2d`). */
export function filter2d(x: Tensor, f: Tensor | null, options: UpfirdnOptions = {}): Tensor {
  const [x0, x1, y0, y1] = paddingXY(options.padding ?? 0);
  const [fw, fh] = filterSize(f);
  return upfirdn2d(x, f, {
    ...options,
    padding: [
      x0 + Math.floor(fw / 2),
      x1 + Math.floor((fw - 1) / 2),
      y0 + Math.floor(fh / 2),
      y1 + Math.floor((fh - 1) / 2),
    ],
  });
}
