import type { TraceFunction } from '../../src/engine/engine.js';
import { at } from '../../src/engine/shape.js';
import type { Tensor } from '../../src/engine/tensor.js';
import { fourierFeatures } from '../../src/models/stylegan3Input.js';
import { aliasFreeModulatedConv2d } from '../../src/models/stylegan3Layers.js';
import { isActivation, type Activation } from '../../src/ops/activations.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { conv2dResample } from '../../src/ops/conv2dResample.js';
import { conv2dTransposed } from '../../src/ops/conv2dTransposed.js';
import { dense, normalize2ndMoment } from '../../src/ops/dense.js';
import { filteredLrelu } from '../../src/ops/filteredLrelu.js';
import { minibatchStddev } from '../../src/ops/minibatchStddev.js';
import { modulatedConv2d } from '../../src/ops/modulatedConv2d.js';
import { resize } from '../../src/ops/resample.js';
import { downsample2d, filter2d, upfirdn2d, upsample2d } from '../../src/ops/upfirdn2d.js';
import type { GoldenArguments } from './goldenArguments.js';
import { bigganLayer, need, progressiveLayer } from './goldenLayers.js';

type Inputs = Parameters<TraceFunction>[0];

/** How one op of the golden folder is written in ours; takes every argument of the case, or the case fails. */
export type GoldenOp = (inputs: Inputs, args: GoldenArguments) => Tensor;

/** The op files that are checked here. */
export const goldenOps: Readonly<Record<string, GoldenOp>> = {
  bias_act: (inputs, args) =>
    biasAct(need(inputs, 'x'), inputs['b'] ?? null, {
      act: activation(args, 'act'),
      ...args.optional('alpha', 'number'),
      ...args.optional('gain', 'number'),
      ...args.optional('clamp', 'number'),
      ...args.optional('dim', 'number'),
    }),
  biggan_layers: bigganLayer,
  conv2d: (inputs, args) => {
    const [x, w] = [need(inputs, 'x'), need(inputs, 'w')];
    const options = {
      ...args.optional('stride', 'number'),
      ...args.optional('padding', 'number'),
      ...args.optional('groups', 'number'),
    };
    const kind = args.choice('kind', ['conv2d', 'conv_transpose2d']);
    const y = kind === 'conv2d' ? conv2d(x, w, options) : conv2dTransposed(x, w, options);
    return biasAct(y, inputs['b'] ?? null);
  },
  conv2d_resample: (inputs, args) =>
    conv2dResample(need(inputs, 'x'), need(inputs, 'w'), inputs['f'] ?? null, {
      ...resampling(args),
      ...args.optional('groups', 'number'),
    }),
  minibatch_stddev: (inputs, args) => {
    // The two references have different names for the number of channels.
    const { group_size, num_channels, new_channels } = {
      ...args.optional('group_size', 'number'),
      ...args.optional('num_channels', 'number'),
      ...args.optional('new_channels', 'number'),
    };
    // Says in words which samples form a group.
    args.skip('groups');
    const numChannels = num_channels ?? new_channels ?? 1;
    return minibatchStddev(need(inputs, 'x'), { groupSize: group_size ?? null, numChannels });
  },
  modulated_conv2d_stylegan2: (inputs, args) => {
    // Which of its two forms the reference ran; the mathematics is one.
    args.skip('fused_modconv');
    return modulatedConv2d(need(inputs, 'x'), need(inputs, 'weight'), need(inputs, 'styles'), {
      ...resampling(args),
      ...args.optional('demodulate', 'boolean'),
      noise: inputs['noise'] ?? null,
      resampleFilter: inputs['f'] ?? null,
    });
  },
  dense_stylegan2: (inputs, args) => {
    const x = need(inputs, 'x');
    const w = inputs['w'];
    if (w === undefined) {
      const { eps, dim } = { ...args.optional('eps', 'number'), ...args.optional('dim', 'number') };
      return normalize2ndMoment(x, dim, eps);
    }
    // They say how the stored bias came to be; it is among the inputs.
    args.skip('bias', 'bias_init');
    const { lr_multiplier } = args.optional('lr_multiplier', 'number');
    return dense(x, w, inputs['b'] ?? null, {
      act: activation(args, 'activation'),
      ...(lr_multiplier === undefined ? {} : { lrMultiplier: lr_multiplier }),
    });
  },
  progan_stylegan1_layers: progressiveLayer,
  resize: (inputs, args) => {
    const x = need(inputs, 'x');
    const { kernel } = args.optional('kernel', 'number');
    // Average pooling by whole windows is area resizing.
    if (kernel !== undefined) return resize(x, [at(x.shape, 2) / kernel, at(x.shape, 3) / kernel], { mode: 'area' });
    const [height = NaN, width = NaN] = args.numbers('size');
    const { align_corners, antialias } = {
      ...args.optional('align_corners', 'boolean'),
      ...args.optional('antialias', 'boolean'),
    };
    return resize(x, [height, width], {
      mode: args.choice('mode', ['nearest', 'bilinear', 'bicubic', 'area']),
      alignCorners: align_corners ?? false,
      antialias: antialias ?? false,
    });
  },
  stylegan3_ops: (inputs, args) => stylegan3Op(args.choice('op', stylegan3Ops), inputs, args),
  upfirdn2d: (inputs, args) => {
    const wrapper = args.choice('wrapper', ['upfirdn2d', 'upsample2d', 'downsample2d', 'filter2d'], 'upfirdn2d');
    const { flip_filter } = args.optional('flip_filter', 'boolean');
    const options = {
      ...args.pair('up'),
      ...args.pair('down'),
      ...args.padding(),
      ...args.optional('gain', 'number'),
      flipFilter: flip_filter ?? false,
    };
    const filters = { upfirdn2d, upsample2d, downsample2d, filter2d };
    return filters[wrapper](need(inputs, 'x'), inputs['f'] ?? null, options);
  },
};

const stylegan3Ops = ['modulated_conv2d', 'filtered_lrelu', 'fourier_input'] as const;

function stylegan3Op(op: (typeof stylegan3Ops)[number], inputs: Inputs, args: GoldenArguments): Tensor {
  switch (op) {
    case 'modulated_conv2d': {
      const { padding = 0, demodulate = true } = {
        ...args.optional('padding', 'number'),
        ...args.optional('demodulate', 'boolean'),
      };
      return aliasFreeModulatedConv2d(need(inputs, 'x'), need(inputs, 'w'), need(inputs, 's'), {
        padding,
        demodulate,
        inputGain: inputs['input_gain'] ?? null,
      });
    }
    case 'filtered_lrelu':
      return filteredLrelu(need(inputs, 'x'), inputs['b'] ?? null, {
        upFilter: inputs['fu'] ?? null,
        downFilter: inputs['fd'] ?? null,
        ...args.optional('up', 'number'),
        ...args.optional('down', 'number'),
        ...args.padding(),
        ...args.optional('gain', 'number'),
        ...args.optional('slope', 'number'),
        ...args.optional('clamp', 'number'),
      });
    case 'fourier_input': {
      // It is the number of frequencies given.
      args.skip('channels');
      const { size = NaN } = args.optional('size', 'number');
      const { sampling_rate: samplingRate = NaN } = args.optional('sampling_rate', 'number');
      const { bandwidth = NaN } = args.optional('bandwidth', 'number');
      const pose = dense(need(inputs, 'w'), need(inputs, 'affine_weight'), need(inputs, 'affine_bias'));
      const weights = { weight: need(inputs, 'weight'), freqs: need(inputs, 'freqs'), phases: need(inputs, 'phases') };
      return fourierFeatures(pose, need(inputs, 'transform'), weights, { size, samplingRate, bandwidth });
    }
  }
}

function resampling(args: GoldenArguments): {
  up?: number;
  down?: number;
  padding?: number | readonly number[];
  flipWeight?: boolean;
} {
  const { flip_weight } = args.optional('flip_weight', 'boolean');
  return {
    ...args.optional('up', 'number'),
    ...args.optional('down', 'number'),
    ...args.padding(),
    ...(flip_weight === undefined ? {} : { flipWeight: flip_weight }),
  };
}

function activation(args: GoldenArguments, name: string): Activation {
  const value = args.text(name, 'linear');
  if (!isActivation(value)) throw new Error(`The case names an activation ${value} that does not exist.`);
  return value;
}
