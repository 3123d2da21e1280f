/** BigGAN-PyTorch's generator as plain loops in f64, from the paper and that project, and from nothing of `src`. */
import { convolve, mapped, maps, maxPool, summed, type Maps } from './plainLayers.js';

export interface PlainBigGan {
  /** Numbers by the names of the file. */
  readonly values: (name: string) => ArrayLike<number>;
  readonly blocks: readonly { readonly out: number; readonly attention: boolean }[];
  readonly firstChannels: number;
  readonly bottomWidth: number;
  /** Numbers of z that each layer has of its own, or 0. */
  readonly zChunk: number;
  readonly sharedEmbedding: boolean;
  readonly imgChannels: number;
}

/** Rows of `weight` [out, x.length] times x. */
const product = (weight: ArrayLike<number>, x: readonly number[], out: number): number[] =>
  Array.from({ length: out }, (_, row) =>
    x.reduce((sum, value, k) => sum + value * (weight[row * x.length + k] ?? NaN), 0),
  );

const unit = (vector: readonly number[]): number[] => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};

/** layers.py: SN.W_ with one power iteration from u0: weight / (v Wᵀ uᵀ). */
function plainSpectral(weight: ArrayLike<number>, u0: ArrayLike<number>): number[] {
  const rows = u0.length;
  const columns = weight.length / rows;
  const element = (row: number, column: number): number => weight[row * columns + column] ?? NaN;
  const v = unit(
    Array.from({ length: columns }, (_, column) =>
      Array.from(u0).reduce((sum, factor, row) => sum + factor * element(row, column), 0),
    ),
  );
  const image = product(weight, v, rows);
  const u = unit(image);
  const sigma = u.reduce((sum, value, row) => sum + value * (image[row] ?? NaN), 0);
  return Array.from(weight, (value) => value / sigma);
}

/** z and class weights (one-hot or a mixture) of one sample → picture in −1…1. */
export function plainBigGan(model: PlainBigGan, z: readonly number[], label: readonly number[]): Maps {
  const { values, zChunk, sharedEmbedding, bottomWidth, firstChannels } = model;
  const weight = (path: string): number[] => plainSpectral(values(`${path}.weight`), values(`${path}.u0`));
  const mixed = (table: ArrayLike<number>): number[] => {
    const width = table.length / label.length;
    return Array.from({ length: width }, (_, k) =>
      label.reduce((sum, share, row) => sum + share * (table[row * width + k] ?? NaN), 0),
    );
  };
  const biased = (x: Maps, path: string): Maps => mapped(x, (value, channel) => value + (values(path)[channel] ?? NaN));
  const conv = (x: Maps, path: string, out: number, kernel: number): Maps =>
    biased(convolve(x, weight(path), out, kernel, { padding: (kernel - 1) / 2 }), `${path}.bias`);
  const batchNorm = (x: Maps, path: string, gain: readonly number[], bias: readonly number[]): Maps => {
    const [mean, variance] = [values(`${path}.stored_mean`), values(`${path}.stored_var`)];
    return mapped(x, (value, c) => {
      const standard = (value - (mean[c] ?? NaN)) / Math.sqrt((variance[c] ?? NaN) + 1e-5);
      return standard * (gain[c] ?? NaN) + (bias[c] ?? NaN);
    });
  };
  const conditional = (x: Maps, path: string, condition: readonly number[]): Maps => {
    const rows = (part: string): number[] =>
      sharedEmbedding ? product(weight(`${path}.${part}`), condition, x.c) : mixed(values(`${path}.${part}.weight`));
    return batchNorm(
      x,
      path,
      rows('gain').map((value) => 1 + value),
      rows('bias'),
    );
  };
  const attend = (x: Maps, path: string): Maps => {
    const branch = (name: string, out: number): Maps => convolve(x, weight(`${path}.${name}`), out, 1);
    const [compared, gathered] = [Math.floor(x.c / 8), Math.floor(x.c / 2)];
    const queries = branch('theta', compared);
    const keys = maxPool(branch('phi', compared), 2, 2, false);
    const found = maxPool(branch('g', gathered), 2, 2, false);
    const [here, there] = [x.h * x.w, keys.h * keys.w];
    const attended = new Float64Array(gathered * here);
    for (let place = 0; place < here; place++) {
      const alike = Array.from({ length: there }, (_, other) => {
        let sum = 0;
        for (let c = 0; c < compared; c++) {
          sum += (queries.values[c * here + place] ?? NaN) * (keys.values[c * there + other] ?? NaN);
        }
        return Math.exp(sum);
      });
      const total = alike.reduce((sum, value) => sum + value, 0);
      for (let c = 0; c < gathered; c++) {
        let sum = 0;
        alike.forEach((share, other) => (sum += (share / total) * (found.values[c * there + other] ?? NaN)));
        attended[c * here + place] = sum;
      }
    }
    const back = convolve(maps([1, gathered, x.h, x.w], attended), weight(`${path}.o`), x.c, 1);
    const gamma = values(`${path}.gamma`)[0] ?? NaN;
    return summed(
      mapped(back, (value) => value * gamma),
      x,
    );
  };

  const embedded = sharedEmbedding ? mixed(values('shared.weight')) : [];
  const chunk = (index: number): number[] => z.slice(index * zChunk, (index + 1) * zChunk);
  const first = product(weight('linear'), zChunk > 0 ? chunk(0) : z, firstChannels * bottomWidth ** 2);
  const start = first.map((value, index) => value + (values('linear.bias')[index] ?? NaN));
  let x = maps([1, firstChannels, bottomWidth, bottomWidth], start);
  model.blocks.forEach(({ out, attention }, index) => {
    const path = `blocks.${index}.0`;
    const condition = [...embedded, ...chunk(index + 1)];
    let h = doubled(mapped(conditional(x, `${path}.bn1`, condition), relu));
    h = conv(h, `${path}.conv1`, out, 3);
    h = mapped(conditional(h, `${path}.bn2`, condition), relu);
    h = conv(h, `${path}.conv2`, out, 3);
    x = summed(h, conv(doubled(x), `${path}.conv_sc`, out, 1));
    if (attention) x = attend(x, `blocks.${index}.1`);
  });
  const [gain, bias] = [values('output_layer.0.gain'), values('output_layer.0.bias')].map((row) => Array.from(row));
  const features = mapped(batchNorm(x, 'output_layer.0', gain ?? [], bias ?? []), relu);
  return mapped(conv(features, 'output_layer.2', model.imgChannels, 3), Math.tanh);
}

const relu = (value: number): number => Math.max(value, 0);

/** Every pixel four times. */
function doubled(x: Maps): Maps {
  const [h, w] = [2 * x.h, 2 * x.w];
  const values = Float64Array.from({ length: x.n * x.c * h * w }, (_, index) => {
    const plane = Math.floor(index / (h * w));
    const [row, column] = [Math.floor(index / w) % h, index % w];
    return x.values[(plane * x.h + Math.floor(row / 2)) * x.w + Math.floor(column / 2)] ?? NaN;
  });
  return { ...x, h, w, values };
}
