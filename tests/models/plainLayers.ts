/**
 * Layers as plain loops in f64, written from the papers and torch's documentation and from nothing of `src`: what
 * whole networks are held to.
 */
export interface Maps {
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
  readonly values: Float64Array;
}

export const maps = (shape: readonly number[], values: ArrayLike<number>): Maps => {
  const [n = 1, c = 1, h = 1, w = 1] = shape;
  return { n, c, h, w, values: Float64Array.from(values) };
};

const filled = (n: number, c: number, h: number, w: number, value: (index: number) => number): Maps => ({
  n,
  c,
  h,
  w,
  values: Float64Array.from({ length: n * c * h * w }, (_, index) => value(index)),
});

export const mapped = (x: Maps, f: (value: number, channel: number) => number): Maps => ({
  ...x,
  values: x.values.map((value, index) => f(value, Math.floor(index / (x.h * x.w)) % x.c)),
});

export const summed = (x: Maps, y: Maps): Maps => ({
  ...x,
  values: x.values.map((value, index) => value + (y.values[index] ?? NaN)),
});

/** Correlation; `weight` is [out, in, k, k], `gain` multiplies it. */
export function convolve(
  x: Maps,
  weight: ArrayLike<number>,
  out: number,
  kernel: number,
  { stride = 1, padding = 0, gain = 1 }: { stride?: number; padding?: number; gain?: number } = {},
): Maps {
  const [h, w] = [x.h, x.w].map((side) => Math.floor((side + 2 * padding - kernel) / stride) + 1) as [number, number];
  const values = new Float64Array(x.n * out * h * w);
  for (let index = 0; index < values.length; index++) {
    const left = (index % w) * stride - padding;
    const top = (Math.floor(index / w) % h) * stride - padding;
    const o = Math.floor(index / (w * h)) % out;
    const sample = Math.floor(index / (w * h * out));
    let sum = 0;
    for (let c = 0; c < x.c; c++) {
      const plane = (sample * x.c + c) * x.h;
      for (let ky = Math.max(0, -top); ky < kernel && top + ky < x.h; ky++) {
        const row = (plane + top + ky) * x.w + left;
        const taps = ((o * x.c + c) * kernel + ky) * kernel;
        for (let kx = Math.max(0, -left); kx < kernel && left + kx < x.w; kx++) {
          sum += (x.values[row + kx] ?? 0) * (weight[taps + kx] ?? 0);
        }
      }
    }
    values[index] = sum * gain;
  }
  return { n: x.n, c: out, h, w, values };
}

/** Largest of each window; with `ceil`, windows may reach over the edge. */
export function maxPool(x: Maps, kernel: number, stride: number, ceil: boolean): Maps {
  const side = (extent: number): number => (ceil ? Math.ceil : Math.floor)((extent - kernel) / stride) + 1;
  const [h, w] = [side(x.h), side(x.w)];
  return filled(x.n, x.c, h, w, (index) => {
    const plane = Math.floor(index / (w * h)) * x.h;
    const [top, left] = [(Math.floor(index / w) % h) * stride, (index % w) * stride];
    let largest = -Infinity;
    for (let y = top; y < Math.min(top + kernel, x.h); y++) {
      for (let i = left; i < Math.min(left + kernel, x.w); i++) {
        largest = Math.max(largest, x.values[(plane + y) * x.w + i] ?? NaN);
      }
    }
    return largest;
  });
}

/** Channels of a, then those of b. */
export function joined(a: Maps, b: Maps): Maps {
  const [partA, partB] = [a.c * a.h * a.w, b.c * b.h * b.w];
  return filled(a.n, a.c + b.c, a.h, a.w, (index) => {
    const [sample, offset] = [Math.floor(index / (partA + partB)), index % (partA + partB)];
    const value = offset < partA ? a.values[sample * partA + offset] : b.values[sample * partB + offset - partA];
    return value ?? NaN;
  });
}
