import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { conv2d } from './conv2d.js';
import { conv2dTransposed } from './conv2dTransposed.js';
import { flip } from './slice.js';
import { reshape } from './reshape.js';
import { transpose } from './transpose.js';
import { filterSize, paddingXY, upfirdn2d } from './upfirdn2d.js';

export interface ConvResampleOptions {
  readonly up?: number;
  readonly down?: number;
  /** A number, [x, y] or [x0, x1, y0, y1], relative to the upsampled picture. */
  readonly padding?: number | readonly number[];
  readonly groups?: number;
  /** True (the default): correlation; false: true convolution. */
  readonly flipWeight?: boolean;
  readonly flipFilter?: boolean;
}

/**
 * 2-D convolution with FIR up- or downsampling: x [N, C, H, W], w [O, C/groups, KH, KW], f [FH, FW] or [F] or null.
 * The cases follow stylegan2-ada-pytorch torch_utils/ops/conv2d_resample.py, so that rounding agrees as well.
 */
export function conv2dResample(x: Tensor, w: Tensor, f: Tensor | null, options: ConvResampleOptions = {}): Tensor {
  const { up = 1, down = 1, groups = 1, flipWeight = true, flipFilter = false } = options;
  const [kh, kw] = [at(w.shape, 2), at(w.shape, 3)];
  const padding = resamplePadding(f, up, down, options.padding ?? 0);
  const convolve = (input: Tensor, extra: { stride?: number; padding?: readonly [number, number] } = {}): Tensor =>
    conv2d(input, flipWeight ? w : flip(w, [2, 3]), { ...extra, groups });

  if (kw === 1 && kh === 1 && down > 1 && up === 1) {
    return convolve(upfirdn2d(x, f, { down, padding, flipFilter }));
  }
  if (kw === 1 && kh === 1 && up > 1 && down === 1) {
    return upfirdn2d(convolve(x), f, { up, padding, gain: up ** 2, flipFilter });
  }
  if (down > 1 && up === 1) {
    return convolve(upfirdn2d(x, f, { padding, flipFilter }), { stride: down });
  }
  if (up > 1) {
    const larger = upConvolve(x, w, f, { up, groups, flipWeight, flipFilter, padding });
    return down > 1 ? upfirdn2d(larger, f, { down, flipFilter }) : larger;
  }
  const [x0, x1, y0, y1] = padding;
  if (x0 === x1 && y0 === y1 && x0 >= 0 && y0 >= 0) return convolve(x, { padding: [y0, x0] });
  return convolve(upfirdn2d(x, null, { padding, flipFilter }));
}

/** Padding of the picture plus what the filter needs to keep it centred. */
function resamplePadding(
  f: Tensor | null,
  up: number,
  down: number,
  padding: number | readonly number[],
): [number, number, number, number] {
  const [fw, fh] = filterSize(f);
  let [x0, x1, y0, y1] = paddingXY(padding);
  if (up > 1) {
    x0 += Math.floor((fw + up - 1) / 2);
    x1 += Math.floor((fw - up) / 2);
    y0 += Math.floor((fh + up - 1) / 2);
    y1 += Math.floor((fh - up) / 2);
  }
  if (down > 1) {
    x0 += Math.floor((fw - down + 1) / 2);
    x1 += Math.floor((fw - down) / 2);
    y0 += Math.floor((fh - down + 1) / 2);
    y1 += Math.floor((fh - down) / 2);
  }
  return [x0, x1, y0, y1];
}

/** Transposed convolution by `up`, then the filter: a quarter of the arithmetic of filling in zeros first. */
function upConvolve(
  x: Tensor,
  w: Tensor,
  f: Tensor | null,
  options: {
    readonly up: number;
    readonly groups: number;
    readonly flipWeight: boolean;
    readonly flipFilter: boolean;
    readonly padding: readonly [number, number, number, number];
  },
): Tensor {
  const { up, groups, flipWeight, flipFilter } = options;
  const [kh, kw] = [at(w.shape, 2), at(w.shape, 3)];
  let [x0, x1, y0, y1] = options.padding;
  x0 -= kw - 1;
  x1 -= kw - up;
  y0 -= kh - 1;
  y1 -= kh - up;
  const cropX = Math.max(Math.min(-x0, -x1), 0);
  const cropY = Math.max(Math.min(-y0, -y1), 0);
  const turned = flipWeight ? flip(w, [2, 3]) : w;
  const larger = conv2dTransposed(x, transposedWeight(turned, groups), {
    stride: up,
    padding: [cropY, cropX],
    groups,
  });
  return upfirdn2d(larger, f, {
    padding: [x0 + cropX, x1 + cropX, y0 + cropY, y1 + cropY],
    gain: up ** 2,
    flipFilter,
  });
}

/** [O, C/groups, KH, KW] as a transposed convolution wants it: [C, O/groups, KH, KW]. */
function transposedWeight(w: Tensor, groups: number): Tensor {
  const [o = 0, c = 0, kh = 0, kw = 0] = w.shape;
  const grouped = reshape(w, [groups, o / groups, c, kh, kw]);
  return reshape(transpose(grouped, [0, 2, 1, 3, 4]), [groups * c, o / groups, kh, kw]);
}
