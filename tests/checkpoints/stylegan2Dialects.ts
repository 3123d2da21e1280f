/**
 * A tiny StyleGAN2 generator as other projects would store it, written from their constructors and forward passes and
 * not from our translations: what one puts in, the other has to take out.
 */
import { plain, resolution, sizes, type Plain, type PlainTensors } from './tinyStylegan2.js';

type Written = Map<string, Plain>;

const reshaped = ({ values }: Plain, shape: readonly number[]): Plain => ({ shape, values });

const mapped = ({ shape, values }: Plain, change: (value: number) => number): Plain => ({
  shape,
  values: values.map(change),
});

/** Every kernel [.., k, k] turned by 180°. */
function turned({ shape, values }: Plain): Plain {
  const taps = (shape.at(-1) ?? 1) * (shape.at(-2) ?? 1);
  return {
    shape,
    values: values.map((_, index) => values[index - (index % taps) + taps - 1 - (index % taps)] ?? NaN),
  };
}

function transposed({ shape: [rows = 0, columns = 0], values }: Plain): Plain {
  const result = values.map((_, index) => values[(index % rows) * columns + Math.floor(index / rows)] ?? NaN);
  return { shape: [columns, rows], values: result };
}

/** [O, I, kh, kw] as TensorFlow keeps it: [kh, kw, I, O]. */
function channelsLast({ shape: [out = 0, inputs = 0, kh = 0, kw = 0], values }: Plain): Plain {
  const result = new Float32Array(values.length);
  for (let o = 0; o < out; o++)
    for (let i = 0; i < inputs; i++)
      for (let y = 0; y < kh; y++)
        for (let x = 0; x < kw; x++) {
          result[((y * kw + x) * inputs + i) * out + o] = values[((o * inputs + i) * kh + y) * kw + x] ?? NaN;
        }
  return { shape: [kh, kw, inputs, out], values: result };
}

/** Modulation without the 1 that the project adds when it is used. */
const withoutOne = (bias: Plain): Plain => mapped(bias, (value) => value - 1);

/** Filters times the gain of doubling a picture. */
const withGain = (filter: Plain): Plain => mapped(filter, (tap) => tap * 4);

const has = (common: PlainTensors, name: string): boolean => common.has(name);

/** rosinality/stylegan2-pytorch model.py: Generator. */
export function rosinalityTensors(common: PlainTensors, prefix = ''): Written {
  const written: Written = new Map();
  const get = (name: string): Plain => plain(common, name);
  const put = (name: string, tensor: Plain): void => void written.set(`${prefix}${name}`, tensor);
  for (const layer of [0, 1]) {
    put(`style.${layer + 1}.weight`, get(`mapping.fc${layer}.weight`));
    put(`style.${layer + 1}.bias`, get(`mapping.fc${layer}.bias`));
  }
  const modulated = (from: string, to: string): void => {
    const weight = get(`${from}.weight`);
    put(`${to}.conv.weight`, reshaped(weight, [1, ...weight.shape]));
    put(`${to}.conv.modulation.weight`, get(`${from}.affine.weight`));
    put(`${to}.conv.modulation.bias`, get(`${from}.affine.bias`));
  };
  const convolution = (from: string, to: string, noise: number): void => {
    modulated(from, to);
    const map = get(`${from}.noise_const`);
    put(`noises.noise_${noise}`, reshaped(map, [1, 1, ...map.shape]));
    put(`${to}.noise.weight`, reshaped(get(`${from}.noise_strength`), [1]));
    put(`${to}.activate.bias`, get(`${from}.bias`));
  };
  const rgb = (from: string, to: string): void => {
    modulated(from, to);
    put(`${to}.bias`, reshaped(get(`${from}.bias`), [1, 3, 1, 1]));
  };
  const constant = get('synthesis.b4.const');
  put('input.input', reshaped(constant, [1, ...constant.shape]));
  convolution('synthesis.b4.conv1', 'conv1', 0);
  rgb('synthesis.b4.torgb', 'to_rgb1');
  convolution('synthesis.b8.conv0', 'convs.0', 1);
  convolution('synthesis.b8.conv1', 'convs.1', 2);
  rgb('synthesis.b8.torgb', 'to_rgbs.0');
  convolution('synthesis.b16.conv0', 'convs.2', 3);
  convolution('synthesis.b16.conv1', 'convs.3', 4);
  rgb('synthesis.b16.torgb', 'to_rgbs.1');
  put('convs.0.conv.blur.kernel', withGain(get('synthesis.b8.resample_filter')));
  put('convs.2.conv.blur.kernel', withGain(get('synthesis.b16.resample_filter')));
  put('to_rgbs.0.upsample.kernel', withGain(get('synthesis.b8.resample_filter')));
  put('to_rgbs.1.upsample.kernel', withGain(get('synthesis.b16.resample_filter')));
  return written;
}

/** genforce models/stylegan2_generator.py: skip and origin. */
export function genforceTensors(common: PlainTensors): Written {
  const written: Written = new Map();
  const get = (name: string): Plain => plain(common, name);
  written.set('truncation.w_avg', get('mapping.w_avg'));
  for (const layer of [0, 1]) {
    written.set(`mapping.dense${layer}.weight`, get(`mapping.fc${layer}.weight`));
    written.set(`mapping.dense${layer}.bias`, get(`mapping.fc${layer}.bias`));
  }
  if (has(common, 'mapping.embed.weight'))
    written.set('mapping.label_weight', labelMatrix(get('mapping.embed.weight')));
  const constant = get('synthesis.b4.const');
  written.set('synthesis.early_layer.const', reshaped(constant, [1, ...constant.shape]));
  const modulated = (from: string, to: string, weight: Plain): void => {
    written.set(`${to}.weight`, weight);
    written.set(`${to}.bias`, get(`${from}.bias`));
    written.set(`${to}.style.weight`, get(`${from}.affine.weight`));
    written.set(`${to}.style.bias`, withoutOne(get(`${from}.affine.bias`)));
  };
  const noise = (from: string, to: string): void => {
    const map = get(`${from}.noise_const`);
    written.set(`${to}.noise`, reshaped(map, [1, 1, ...map.shape]));
    written.set(`${to}.noise_strength`, get(`${from}.noise_strength`));
  };
  sizes.forEach((size, index) => {
    const block = `synthesis.b${size}`;
    if (index > 0) {
      const layer = `synthesis.layer${2 * index - 1}`;
      const filter = withGain(get(`${block}.resample_filter`));
      modulated(`${block}.conv0`, layer, turned(get(`${block}.conv0.weight`)));
      noise(`${block}.conv0`, layer);
      written.set(`${layer}.filter.kernel`, reshaped(filter, [1, 1, ...filter.shape]));
      if (has(common, 'synthesis.b4.torgb.weight')) {
        written.set('synthesis.upsample.kernel', reshaped(filter, [1, 1, ...filter.shape]));
      }
    }
    modulated(`${block}.conv1`, `synthesis.layer${2 * index}`, get(`${block}.conv1.weight`));
    noise(`${block}.conv1`, `synthesis.layer${2 * index}`);
    const rgb = `${block}.torgb`;
    if (has(common, `${rgb}.weight`)) modulated(rgb, `synthesis.output${index}`, get(`${rgb}.weight`));
  });
  return written;
}

/** NVlabs/stylegan2 and stylegan2-ada: variables of G_main and its components. */
export function tensorflowTensors(common: PlainTensors): Written {
  const written: Written = new Map();
  const get = (name: string): Plain => plain(common, name);
  written.set('lod', { shape: [], values: Float32Array.of(0) });
  written.set('dlatent_avg', get('mapping.w_avg'));
  for (const layer of [0, 1]) {
    written.set(`mapping/Dense${layer}/weight`, transposed(get(`mapping.fc${layer}.weight`)));
    written.set(`mapping/Dense${layer}/bias`, get(`mapping.fc${layer}.bias`));
  }
  if (has(common, 'mapping.embed.bias')) {
    written.set('mapping/LabelEmbed/weight', transposed(get('mapping.embed.weight')));
    written.set('mapping/LabelEmbed/bias', get('mapping.embed.bias'));
  } else if (has(common, 'mapping.embed.weight')) {
    written.set('mapping/LabelConcat/weight', labelMatrix(get('mapping.embed.weight')));
  }
  const constant = get('synthesis.b4.const');
  written.set('synthesis/4x4/Const/const', reshaped(constant, [1, ...constant.shape]));
  const modulated = (from: string, to: string, weight: Plain): void => {
    written.set(`synthesis/${to}/weight`, channelsLast(weight));
    written.set(`synthesis/${to}/bias`, get(`${from}.bias`));
    written.set(`synthesis/${to}/mod_weight`, transposed(get(`${from}.affine.weight`)));
    written.set(`synthesis/${to}/mod_bias`, withoutOne(get(`${from}.affine.bias`)));
  };
  const noise = (from: string, to: string, index: number): void => {
    const map = get(`${from}.noise_const`);
    written.set(`synthesis/noise${index}`, reshaped(map, [1, 1, ...map.shape]));
    written.set(`synthesis/${to}/noise_strength`, get(`${from}.noise_strength`));
  };
  for (const size of sizes) {
    const [block, scope, level] = [`synthesis.b${size}`, `${size}x${size}`, Math.log2(size)];
    if (size === 4) {
      modulated('synthesis.b4.conv1', '4x4/Conv', get('synthesis.b4.conv1.weight'));
      noise('synthesis.b4.conv1', '4x4/Conv', 0);
    } else {
      modulated(`${block}.conv0`, `${scope}/Conv0_up`, turned(get(`${block}.conv0.weight`)));
      noise(`${block}.conv0`, `${scope}/Conv0_up`, level * 2 - 5);
      modulated(`${block}.conv1`, `${scope}/Conv1`, get(`${block}.conv1.weight`));
      noise(`${block}.conv1`, `${scope}/Conv1`, level * 2 - 4);
    }
    if (has(common, `${block}.skip.weight`)) {
      written.set(`synthesis/${scope}/Skip/weight`, channelsLast(turned(get(`${block}.skip.weight`))));
    }
    const rgb = `${block}.torgb`;
    if (has(common, `${rgb}.weight`)) modulated(rgb, `${scope}/ToRGB`, get(`${rgb}.weight`));
  }
  return written;
}

/** Configurations B to D: the last RGB layer is one of a level of detail each, of which the others are not used. */
export function growingTensors(common: PlainTensors, lod = 0): Written {
  const last = `synthesis/${resolution}x${resolution}/ToRGB/`;
  const written = new Map(
    [...tensorflowTensors(common)].map(
      ([name, tensor]) => [name.replace(last, 'synthesis/ToRGB_lod0/'), tensor] as const,
    ),
  );
  for (const part of ['weight', 'bias', 'mod_weight', 'mod_bias']) {
    written.set(`synthesis/ToRGB_lod1/${part}`, plain(written, `synthesis/ToRGB_lod0/${part}`));
  }
  return written.set('lod', { shape: [], values: Float32Array.of(lod) });
}

/** [classes, features], used without the 1/√classes of an equalised dense layer. */
function labelMatrix(weight: Plain): Plain {
  const [, classes = 1] = weight.shape;
  return mapped(transposed(weight), (value) => value / Math.sqrt(classes));
}
