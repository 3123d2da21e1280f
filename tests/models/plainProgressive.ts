/**
 * Progressive GAN and StyleGAN (v1) in plain f64 loops over TensorFlow's variables, written from the functions of
 * progressive_growing_of_gans networks.py and stylegan training/networks_stylegan.py and from nothing of `src`.
 */
import { convolve, joined, mapped, maps, summed, type Maps } from './plainLayers.js';
import type { RandomWeights } from './randomWeights.js';

export interface ProgressiveSettings {
  readonly resolution: number;
  readonly fused: (resolution: number) => boolean;
  readonly useWscale: boolean;
  readonly lod: number;
}

type Matrix = (row: number, column: number) => number;
/** Taps of a kernel by ky, kx and TensorFlow's last two axes. */
type Kernel = (ky: number, kx: number, a: number, b: number) => number;

const leaky = (x: Maps): Maps => mapped(x, (value) => (value < 0 ? 0.2 * value : value));

/** Values of `x` computed by place. */
function built(
  n: number,
  c: number,
  h: number,
  w: number,
  value: (n: number, c: number, y: number, x: number) => number,
): Maps {
  const values = Array.from({ length: n * c * h * w }, (_, index) =>
    value(Math.floor(index / (c * h * w)), Math.floor(index / (h * w)) % c, Math.floor(index / w) % h, index % w),
  );
  return maps([n, c, h, w], values);
}

const valueAt = (x: Maps, n: number, c: number, y: number, i: number): number =>
  y < 0 || i < 0 || y >= x.h || i >= x.w ? 0 : (x.values[((n * x.c + c) * x.h + y) * x.w + i] ?? NaN);

export const upscaled = (x: Maps): Maps =>
  built(x.n, x.c, 2 * x.h, 2 * x.w, (n, c, y, i) => valueAt(x, n, c, Math.floor(y / 2), Math.floor(i / 2)));

const downscaled = (x: Maps): Maps =>
  built(x.n, x.c, x.h / 2, x.w / 2, (n, c, y, i) => {
    const at = (dy: number, dx: number): number => valueAt(x, n, c, 2 * y + dy, 2 * i + dx);
    return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
  });

const interpolated = (a: Maps, b: Maps, t: number): Maps =>
  summed(
    mapped(a, (value) => value * (1 - t)),
    mapped(b, (value) => value * t),
  );

/** x · rsqrt(mean over `group` of x² + 1e-8), the mean taken over channels of a pixel. */
function pixelNormed(x: Maps): Maps {
  const norm = built(x.n, 1, x.h, x.w, (n, _, y, i) => {
    const squares = Array.from({ length: x.c }, (__, c) => valueAt(x, n, c, y, i) ** 2);
    return 1 / Math.sqrt(squares.reduce((a, b) => a + b) / x.c + 1e-8);
  });
  return built(x.n, x.c, x.h, x.w, (n, c, y, i) => valueAt(x, n, c, y, i) * valueAt(norm, n, 0, y, i));
}

/** The networks' variables and how they are used. */
class Layers {
  constructor(
    private readonly weights: RandomWeights,
    private readonly useWscale: boolean,
  ) {}

  shape(name: string): readonly number[] {
    return this.weights.get(name).shape;
  }

  values(name: string): Float32Array {
    return this.weights.of(name);
  }

  has(name: string): boolean {
    return this.weights.find(name) !== null;
  }

  private coefficient(fanIn: number, gain: number, lrmul = 1): number {
    return (this.useWscale ? gain / Math.sqrt(fanIn) : 1) * lrmul;
  }

  /** x [N, I, 1, 1] → [N, O, 1, 1]. */
  dense(name: string, x: Maps, gain: number, lrmul = 1): Maps {
    const [inputs = 0, outputs = 0] = this.shape(name);
    const factor = this.coefficient(inputs, gain, lrmul);
    const weight: Matrix = (i, o) => (this.values(name)[i * outputs + o] ?? NaN) * factor;
    return built(x.n, outputs, 1, 1, (n, o) => {
      let sum = 0;
      for (let i = 0; i < inputs; i++) sum += (x.values[n * inputs + i] ?? NaN) * weight(i, o);
      return sum;
    });
  }

  biased(name: string, x: Maps, lrmul = 1): Maps {
    return mapped(x, (value, c) => value + (this.values(name)[c] ?? NaN) * lrmul);
  }

  private kernel(name: string): Kernel {
    const [, kw = 1, a = 1, b = 1] = this.shape(name);
    return (ky, kx, i, j) => this.values(name)[((ky * kw + kx) * a + i) * b + j] ?? NaN;
  }

  conv(name: string, x: Maps, gain = Math.SQRT2): Maps {
    const [k = 1, , inputs = 1, outputs = 1] = this.shape(name);
    const taps = this.kernel(name);
    const weight = Array.from({ length: outputs * inputs * k * k }, (_, t) =>
      taps(Math.floor(t / k) % k, t % k, Math.floor(t / (k * k)) % inputs, Math.floor(t / (k * k * inputs))),
    );
    return convolve(x, weight, outputs, k, { padding: (k - 1) / 2, gain: this.coefficient(inputs * k * k, gain) });
  }

  /** The sum of four shifts of a padded 3×3 kernel: 4×4. */
  private shifted(name: string): Kernel {
    const taps = this.kernel(name);
    const padded: Kernel = (y, x, a, b) => (y < 1 || x < 1 || y > 3 || x > 3 ? 0 : taps(y - 1, x - 1, a, b));
    return (y, x, a, b) =>
      padded(y + 1, x + 1, a, b) + padded(y, x + 1, a, b) + padded(y + 1, x, a, b) + padded(y, x, a, b);
  }

  /** conv2d_transpose with stride 2, SAME; `taps` takes out, in. */
  upscaledConv(name: string, x: Maps, order: 'out, in' | 'in, out'): Maps {
    const [, , a = 0, b = 0] = this.shape(name);
    const [outputs, inputs] = order === 'out, in' ? [a, b] : [b, a];
    const taps = this.shifted(name);
    const factor = this.coefficient(inputs * 9, Math.SQRT2);
    return built(x.n, outputs, 2 * x.h, 2 * x.w, (n, o, y, i) => {
      let sum = 0;
      for (let ky = 0; ky < 4; ky++)
        for (let kx = 0; kx < 4; kx++) {
          const [from, across] = [(y + 1 - ky) / 2, (i + 1 - kx) / 2];
          if (!Number.isInteger(from) || !Number.isInteger(across)) continue;
          for (let c = 0; c < inputs; c++) {
            const tap = order === 'out, in' ? taps(ky, kx, o, c) : taps(ky, kx, c, o);
            sum += valueAt(x, n, c, from, across) * tap * factor;
          }
        }
      return sum;
    });
  }

  downscaledConv(name: string, x: Maps): Maps {
    const [, , inputs = 0, outputs = 0] = this.shape(name);
    const taps = this.shifted(name);
    const factor = this.coefficient(inputs * 9, Math.SQRT2) / 4;
    const weight = Array.from({ length: outputs * inputs * 16 }, (_, t) =>
      taps(Math.floor(t / 4) % 4, t % 4, Math.floor(t / 16) % inputs, Math.floor(t / (16 * inputs))),
    );
    return convolve(x, weight, outputs, 4, { stride: 2, padding: 1, gain: factor });
  }

  rgb(lod: number, x: Maps, prefix = ''): Maps {
    const name = `${prefix}ToRGB_lod${lod}`;
    return this.biased(`${name}/bias`, this.conv(`${name}/weight`, x, 1));
  }
}

/** Structure 'linear': every block adds its picture, and `lod` chooses. */
function grown(
  settings: ProgressiveSettings,
  block: (size: number) => Maps,
  rgb: (lod: number, x: Maps) => Maps,
): Maps {
  const last = Math.log2(settings.resolution) - 2;
  let picture = rgb(last, block(4));
  for (let size = 8; size <= settings.resolution; size *= 2) {
    const lod = Math.log2(settings.resolution / size);
    const share = Math.min(Math.max(settings.lod - lod, 0), 1);
    picture = interpolated(rgb(lod, block(size)), upscaled(picture), share);
  }
  return picture;
}

/** G_paper: z and label side by side [N, I]. */
export function plainPggan(weights: RandomWeights, settings: ProgressiveSettings, combo: Maps): Maps {
  const layers = new Layers(weights, settings.useWscale);
  const finished = (scope: string, y: Maps): Maps => pixelNormed(leaky(layers.biased(`${scope}/bias`, y)));
  let x = pixelNormed(combo);
  const block = (size: number): Maps => {
    const scope = `${size}x${size}`;
    if (size === 4) {
      const y = layers.dense('4x4/Dense/weight', x, Math.SQRT2 / 4);
      x = finished('4x4/Dense', { ...y, c: y.c / 16, h: 4, w: 4 });
      return (x = finished('4x4/Conv', layers.conv('4x4/Conv/weight', x)));
    }
    x = settings.fused(size)
      ? finished(`${scope}/Conv0_up`, layers.upscaledConv(`${scope}/Conv0_up/weight`, x, 'out, in'))
      : finished(`${scope}/Conv0`, layers.conv(`${scope}/Conv0/weight`, upscaled(x)));
    return (x = finished(`${scope}/Conv1`, layers.conv(`${scope}/Conv1/weight`, x)));
  };
  return grown(settings, block, (lod, y) => layers.rgb(lod, y));
}

/** D_paper, with groups of four: the features that blocks hand on, and the scores. */
export function plainPgganDiscriminator(
  weights: RandomWeights,
  { resolution, fused, useWscale }: ProgressiveSettings,
  picture: Maps,
): { features: Maps[]; scores: number[] } {
  const layers = new Layers(weights, useWscale);
  const finished = (scope: string, y: Maps): Maps => leaky(layers.biased(`${scope}/bias`, y));
  const features: Maps[] = [];
  let x = finished('FromRGB_lod0', layers.conv('FromRGB_lod0/weight', picture));
  for (let size = resolution; size > 4; size /= 2) {
    const scope = `${size}x${size}`;
    x = finished(`${scope}/Conv0`, layers.conv(`${scope}/Conv0/weight`, x));
    x = fused(size)
      ? finished(`${scope}/Conv1_down`, layers.downscaledConv(`${scope}/Conv1_down/weight`, x))
      : downscaled(finished(`${scope}/Conv1`, layers.conv(`${scope}/Conv1/weight`, x)));
    features.push(x);
  }
  x = finished('4x4/Conv', layers.conv('4x4/Conv/weight', joined(x, deviation(x))));
  const flat = { ...x, c: x.c * 16, h: 1, w: 1 };
  const hidden = leaky(layers.biased('4x4/Dense0/bias', layers.dense('4x4/Dense0/weight', flat, Math.SQRT2)));
  const out = layers.biased('4x4/Dense1/bias', layers.dense('4x4/Dense1/weight', hidden, 1));
  return { features, scores: Array.from({ length: x.n }, (_, n) => valueAt(out, n, 0, 0, 0)) };
}

/** Of at most four samples, all of one group: the mean over channels and pixels of their deviation. */
function deviation(x: Maps): Maps {
  const each = built(1, x.c, x.h, x.w, (_, c, y, i) => {
    const values = Array.from({ length: x.n }, (__, n) => valueAt(x, n, c, y, i));
    const mean = values.reduce((a, b) => a + b) / x.n;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.n + 1e-8);
  });
  const mean = each.values.reduce((a, b) => a + b) / each.values.length;
  return built(x.n, 1, x.h, x.w, () => mean);
}

/** G_mapping: z [N, zDim, 1, 1], label likewise or null. */
export function plainStyleGanMapping(
  weights: RandomWeights,
  { useWscale, lrmul, layers: count }: { readonly useWscale: boolean; readonly lrmul: number; readonly layers: number },
  z: Maps,
  label: Maps | null,
): Maps {
  const layers = new Layers(weights, useWscale);
  let x = z;
  if (label !== null) {
    const [classes = 0, features = 0] = layers.shape('mapping/LabelConcat/weight');
    const embedding = layers.values('mapping/LabelConcat/weight');
    const embedded = built(z.n, features, 1, 1, (n, f) => {
      let sum = 0;
      for (let c = 0; c < classes; c++) sum += valueAt(label, n, c, 0, 0) * (embedding[c * features + f] ?? NaN);
      return sum;
    });
    x = joined(z, embedded);
  }
  x = pixelNormed(x);
  for (let index = 0; index < count; index++) {
    const name = `mapping/Dense${index}`;
    x = leaky(layers.biased(`${name}/bias`, layers.dense(`${name}/weight`, x, Math.SQRT2, lrmul), lrmul));
  }
  return x;
}

/** G_synthesis, w the same for all layers: [N, wDim, 1, 1]. */
export function plainStyleGan(
  weights: RandomWeights,
  settings: ProgressiveSettings & { readonly blur: readonly number[] | null },
  w: Maps,
): Maps {
  const layers = new Layers(weights, settings.useWscale);
  const epilogue = (scope: string, y: Maps, index: number): Maps => {
    const noise = layers.has(`${scope}/Noise/weight`) ? layers.values(`${scope}/Noise/weight`) : null;
    const plane = noise === null ? null : layers.values(`synthesis/noise${index}`);
    const noisy = built(y.n, y.c, y.h, y.w, (n, c, row, i) => {
      const added = noise === null ? 0 : (noise[c] ?? NaN) * (plane?.[row * y.w + i] ?? NaN);
      return valueAt(y, n, c, row, i) + added;
    });
    const normal = instanceNormed(leaky(layers.biased(`${scope}/bias`, noisy)));
    const style = layers.biased(`${scope}/StyleMod/bias`, layers.dense(`${scope}/StyleMod/weight`, w, 1));
    return built(y.n, y.c, y.h, y.w, (n, c, row, i) => {
      const [factor, shift] = [valueAt(style, n, c, 0, 0), valueAt(style, n, y.c + c, 0, 0)];
      return valueAt(normal, n, c, row, i) * (factor + 1) + shift;
    });
  };
  let x = w;
  const block = (size: number): Maps => {
    const scope = `synthesis/${size}x${size}`;
    const index = 2 * Math.log2(size) - 4;
    if (size === 4) {
      const [, c = 0] = layers.shape(`${scope}/Const/const`);
      const constant = maps([1, c, 4, 4], layers.values(`${scope}/Const/const`));
      x = epilogue(
        `${scope}/Const`,
        built(w.n, c, 4, 4, (_, channel, y, i) => valueAt(constant, 0, channel, y, i)),
        0,
      );
      return (x = epilogue(`${scope}/Conv`, layers.conv(`${scope}/Conv/weight`, x), 1));
    }
    const up = settings.fused(size)
      ? layers.upscaledConv(`${scope}/Conv0_up/weight`, x, 'in, out')
      : layers.conv(`${scope}/Conv0_up/weight`, upscaled(x));
    x = epilogue(`${scope}/Conv0_up`, settings.blur === null ? up : blurred(up, settings.blur), index);
    return (x = epilogue(`${scope}/Conv1`, layers.conv(`${scope}/Conv1/weight`, x), index + 1));
  };
  return grown(settings, block, (lod, y) => layers.rgb(lod, y, 'synthesis/'));
}

function blurred(x: Maps, taps: readonly number[]): Maps {
  const sum = taps.reduce((a, b) => a + b);
  const half = (taps.length - 1) / 2;
  return built(x.n, x.c, x.h, x.w, (n, c, y, i) => {
    let total = 0;
    taps.forEach((down, ky) => {
      taps.forEach((across, kx) => (total += valueAt(x, n, c, y + ky - half, i + kx - half) * down * across));
    });
    return total / sum ** 2;
  });
}

function instanceNormed(x: Maps): Maps {
  const count = x.h * x.w;
  const moments = Array.from({ length: x.n * x.c }, (_, plane) => {
    const values = x.values.subarray(plane * count, (plane + 1) * count);
    const mean = values.reduce((a, b) => a + b) / count;
    return { mean, factor: 1 / Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / count + 1e-8) };
  });
  return built(x.n, x.c, x.h, x.w, (n, c, y, i) => {
    const { mean, factor } = moments[n * x.c + c] ?? { mean: NaN, factor: NaN };
    return (valueAt(x, n, c, y, i) - mean) * factor;
  });
}
