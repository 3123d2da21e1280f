/** Layers of whole families in the golden folder: BigGAN-deep's, and those of PGGAN, StyleGAN and genforce's StyleGAN2. */
import { at } from '../../src/engine/shape.js';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import { conditionalNorms, genBlock, mixedStatistics, statisticsWeights } from '../../src/models/bigganDeepBlock.js';
import { normalisation, normalised, selfAttention, upsampleNearest } from '../../src/models/bigganLayers.js';
import { convolution, heScale, pixelNorm, upConvolution } from '../../src/models/pgganLayers.js';
import { adaptiveInstanceNorm } from '../../src/models/stylegan.js';
import type { Weights } from '../../src/models/weights.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add, mul } from '../../src/ops/binary.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { dense } from '../../src/ops/dense.js';
import { modulatedConv2d } from '../../src/ops/modulatedConv2d.js';
import { reshape } from '../../src/ops/reshape.js';
import { flip, sliceAxis } from '../../src/ops/slice.js';
import { transpose } from '../../src/ops/transpose.js';
import { affine, scale } from '../../src/ops/unary.js';
import { filter2d, setupFilter } from '../../src/ops/upfirdn2d.js';
import type { GoldenArguments } from './goldenArguments.js';

type Inputs = Readonly<Record<string, Tensor>>;

export function need(inputs: Inputs, name: string): Tensor {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`The case has no input ${name}.`);
  return tensor;
}

/** `param.conv_0.weight_orig` and `buffer.conv_0.weight_u` as the weights of one layer, below `prefix`. */
function layerWeights(inputs: Inputs, prefix: string): Weights {
  const find = (name: string): Tensor | null => {
    const local = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    return inputs[`param.${local}`] ?? inputs[`buffer.${local}`] ?? null;
  };
  const get = (name: string): Tensor => find(name) ?? need(inputs, name);
  return { count: Object.keys(inputs).length, find, get };
}

const bigganLayers = ['BigGANBatchNorm', 'SelfAttn', 'GenBlock'] as const;

export function bigganLayer(inputs: Inputs, args: GoldenArguments): Tensor {
  const layer = args.choice('layer', bigganLayers);
  const weights = layerWeights(inputs, 'layer.');
  const x = need(inputs, 'x');
  if (layer === 'SelfAttn') {
    args.skip('note');
    const names = { theta: 'theta', phi: 'phi', g: 'g', output: 'o_conv' };
    const paths = Object.fromEntries(Object.entries(names).map(([role, name]) => [role, `snconv1x1_${name}`]));
    return selfAttention(x, weights, { ...(paths as typeof names), gamma: 'gamma' });
  }
  const { truncation = 1, eps = 1e-4 } = {
    ...args.optional('truncation', 'number'),
    ...args.optional('eps', 'number'),
  };
  // They are the shapes of what is given.
  args.skip('n_stats', 'in_size', 'out_size');
  const { conditional = true, up_sample: upsample = false } = {
    ...args.optional('conditional', 'boolean'),
    ...args.optional('up_sample', 'boolean'),
  };
  const statistics =
    layer === 'GenBlock' ? need(inputs, 'buffer.bn_0.running_means') : need(inputs, 'buffer.running_means');
  const count = at(statistics.shape, 0);
  const sets = constantTensor('sets', [1, count], statisticsWeights(truncation, count));
  if (!conditional) {
    const row = (name: string): Tensor => reshape(need(inputs, name), [1, at(x.shape, 1)]);
    const mixed = mixedStatistics(layerWeights(inputs, 'bn.'), ['bn'], { sets, epsilon: eps });
    return normalised(x, normalisation(row('param.weight'), row('param.bias'), mixed), 'linear');
  }
  const normalising = { condition: need(inputs, 'cond'), sets, epsilon: eps };
  if (layer === 'GenBlock') return genBlock(x, weights, 'layer', { ...normalising, upsample });
  const [norm] = conditionalNorms(weights, ['layer'], normalising, null);
  if (norm === undefined) throw new Error('One name gives one batch norm.');
  return normalised(x, norm, 'linear');
}

const progressiveLayers = [
  'PixelNorm',
  'InstanceNorm',
  'StyleMod',
  'InstanceNorm then StyleMod',
  'Blur',
  'Upsampling',
  'NoiseApplying',
  'PGGAN ConvBlock',
  'StyleGAN ConvBlock',
  'StyleGAN DenseBlock',
  'StyleGAN2 DenseBlock',
  'StyleGAN2 ModulateConvBlock',
] as const;

export function progressiveLayer(inputs: Inputs, args: GoldenArguments): Tensor {
  const layer = args.choice('layer', progressiveLayers);
  const x = need(inputs, 'x');
  switch (layer) {
    case 'PixelNorm':
      args.skip('epsilon');
      return pixelNorm(x);
    case 'InstanceNorm':
      args.skip('epsilon');
      return adaptiveInstanceNorm(x, zeros([at(x.shape, 0), 2 * at(x.shape, 1)]));
    case 'StyleMod':
      args.skip('w_dim', 'out_channels');
      return modulated(x, styleOf(inputs, 'param'));
    case 'InstanceNorm then StyleMod':
      args.skip('w_dim', 'out_channels');
      return adaptiveInstanceNorm(x, styleOf(inputs, 'param.style'));
    case 'Blur':
      args.skip('note');
      return filter2d(x, setupFilter(args.numbers('kernel')));
    case 'Upsampling':
      expect2(args.optional('scale', 'number').scale);
      return upsampleNearest(x);
    case 'NoiseApplying':
      return noisy(x, inputs, args);
    case 'PGGAN ConvBlock':
      return pgganBlock(x, inputs, args);
    case 'StyleGAN ConvBlock':
      return styleGanBlock(x, inputs, args);
    case 'StyleGAN DenseBlock':
    case 'StyleGAN2 DenseBlock':
      return denseBlock(x, inputs, args, layer === 'StyleGAN DenseBlock');
    case 'StyleGAN2 ModulateConvBlock':
      return modulatedBlock(x, inputs, args);
  }
}

const zeros = (shape: readonly number[]): Tensor =>
  constantTensor('zeros', shape, new Float32Array(shape.reduce((size, extent) => size * extent, 1)));

function expect2(factor: number | undefined): void {
  if (factor !== 2) throw new Error(`The case scales by ${String(factor)}; the generators only ever double.`);
}

/** He's constant without gain, as styles have it. */
function styleOf(inputs: Inputs, path: string): Tensor {
  return dense(need(inputs, 'w'), need(inputs, `${path}.weight`), need(inputs, `${path}.bias`));
}

function modulated(x: Tensor, style: Tensor): Tensor {
  const [n = 0, channels = 0] = x.shape;
  const half = (start: number): Tensor => reshape(sliceAxis(style, 1, start, channels), [n, channels, 1, 1]);
  return add(mul(x, affine(half(0), 1, 1)), half(channels));
}

function noisy(x: Tensor, inputs: Inputs, args: GoldenArguments): Tensor {
  const type = args.choice('noise_type', ['spatial', 'channel']);
  const [weight, noise] = [need(inputs, 'param.weight'), need(inputs, 'buffer.noise')];
  const shape = type === 'spatial' ? [1, at(weight.shape, 0), 1, 1] : [1, 1, ...weight.shape];
  return add(x, broadcastTo(mul(noise, reshape(weight, shape)), [1, ...x.shape.slice(1)]));
}

function pgganBlock(x: Tensor, inputs: Inputs, args: GoldenArguments): Tensor {
  const { upsample = false, fused_scale: fused = false } = {
    ...args.optional('upsample', 'boolean'),
    ...args.optional('fused_scale', 'boolean'),
  };
  const { kernel_size: kernel = 3, padding = 1 } = {
    ...args.optional('kernel_size', 'number'),
    ...args.optional('padding', 'number'),
  };
  args.skip('in_channels', 'out_channels', 'weight_layout');
  const weight = need(inputs, 'param.weight');
  const factor = heScale(at(x.shape, 1) * kernel ** 2, Math.SQRT2, true);
  const normal = pixelNorm(x);
  const bias = need(inputs, 'param.bias');
  const active = (y: Tensor): Tensor => biasAct(y, bias, { act: 'lrelu', gain: 1 });
  if (padding !== 1) return active(conv2d(normal, scale(weight, factor), { padding }));
  if (!upsample) return active(convolution(normal, weight, factor));
  const form = fused ? 'shifted' : 'nearest';
  return active(upConvolution(normal, fused ? transpose(weight, [1, 0, 2, 3]) : weight, factor, form));
}

function styleGanBlock(x: Tensor, inputs: Inputs, args: GoldenArguments): Tensor {
  const { upsample = false, fused_scale: fused = false } = {
    ...args.optional('upsample', 'boolean'),
    ...args.optional('fused_scale', 'boolean'),
  };
  if (!upsample) throw new Error('The case does not double.');
  args.skip('resolution', 'w_dim', 'weight_layout');
  const factor = heScale(at(x.shape, 1) * 9, Math.SQRT2, true);
  const doubled = upConvolution(x, need(inputs, 'param.weight'), factor, fused ? 'shifted' : 'nearest');
  const y = filter2d(doubled, setupFilter([1, 2, 1]), { flipFilter: true });
  const noiseWeight = need(inputs, 'param.apply_noise.weight');
  const noise = mul(
    need(inputs, 'buffer.apply_noise.noise'),
    reshape(noiseWeight, [1, at(noiseWeight.shape, 0), 1, 1]),
  );
  const active = biasAct(add(y, noise), need(inputs, 'param.bias'), { act: 'lrelu', gain: 1 });
  return adaptiveInstanceNorm(active, styleOf(inputs, 'param.style'));
}

function denseBlock(x: Tensor, inputs: Inputs, args: GoldenArguments, isStyleGan1: boolean): Tensor {
  const { lr_mul: lrMultiplier = 1 } = args.optional('lr_mul', 'number');
  // Where √2 stands differs: in He's constant of StyleGAN, after the activation of StyleGAN2.
  args.skip('wscale_gain', 'activation_gain');
  const [weight, bias] = [need(inputs, 'param.weight'), need(inputs, 'param.bias')];
  if (!isStyleGan1) return dense(x, weight, bias, { act: 'lrelu', lrMultiplier });
  const product = dense(x, scale(weight, Math.SQRT2), null, { lrMultiplier });
  return biasAct(product, scale(bias, lrMultiplier), { act: 'lrelu', gain: 1 });
}

function modulatedBlock(x: Tensor, inputs: Inputs, args: GoldenArguments): Tensor {
  expect2(args.optional('scale_factor', 'number').scale_factor);
  args.skip('resolution', 'w_dim');
  // Its up-convolutions are stored turned, and its styles get their 1 when they are used.
  const turned = flip(need(inputs, 'param.weight'), [2, 3]);
  const weight = scale(turned, heScale(at(x.shape, 1) * 9, 1, true));
  const y = modulatedConv2d(x, weight, affine(styleOf(inputs, 'param.style'), 1, 1), {
    up: 2,
    padding: 1,
    flipWeight: false,
    resampleFilter: setupFilter([1, 3, 3, 1]),
    noise: mul(need(inputs, 'buffer.noise'), reshape(need(inputs, 'param.noise_strength'), [1])),
  });
  return biasAct(y, need(inputs, 'param.bias'), { act: 'lrelu' });
}
