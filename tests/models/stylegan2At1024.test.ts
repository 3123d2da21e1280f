import { expect, test } from 'vitest';
import { at, type Shape } from '../../src/engine/shape.js';
import type { Tensor } from '../../src/engine/tensor.js';
import { StyleGan2, type StyleGan2Config } from '../../src/models/stylegan2.js';
import { biasAct } from '../../src/ops/biasAct.js';
import { add, mul } from '../../src/ops/binary.js';
import { conv2d } from '../../src/ops/conv2d.js';
import { dense } from '../../src/ops/dense.js';
import { reduceSum } from '../../src/ops/reduce.js';
import { reshape } from '../../src/ops/reshape.js';
import { flip, sliceAxis } from '../../src/ops/slice.js';
import { affine, rsqrt, scale, square } from '../../src/ops/unary.js';
import { upfirdn2d } from '../../src/ops/upfirdn2d.js';
import { expectAgreement } from '../ops/agreement.js';
import { createTestEngine, named, runOnGpu } from '../ops/evaluate.js';
import { fed } from '../ops/numbers.js';
import { guaranteedBinding, numberless, planned } from './publishedProgressive.js';
import { RandomWeights, unitDeviation } from './randomWeights.js';
import { tinyFilter } from './tinyStyleGan2.js';

const wDim = 512;
const sizes = [4, 8, 16, 32, 64, 128, 256, 512, 1024];
const config: StyleGan2Config = {
  architecture: 'skip',
  zDim: 512,
  wDim,
  cDim: 0,
  resolution: 1024,
  imgChannels: 3,
  mappingLayers: 8,
  mappingActivation: 'lrelu',
  mappingLrMultiplier: 0.01,
  activation: 'lrelu',
  convClamp: null,
};

type Named = Readonly<Record<string, Tensor>>;

/** Config-f (channel_base 32768, channel_max 512) or a share of its channels; synthesis only. */
function shapesOf(share: number): Record<string, Shape> {
  const channelsAt = (size: number): number => Math.min(512, 32768 / size) * share;
  const shapes: Record<string, Shape> = { 'synthesis.b4.const': [channelsAt(4), 4, 4] };
  const layer = (name: string, out: number, inputs: number, kernel: number): void => {
    shapes[`synthesis.${name}.weight`] = [out, inputs, kernel, kernel];
    shapes[`synthesis.${name}.bias`] = [out];
    shapes[`synthesis.${name}.affine.weight`] = [inputs, wDim];
    shapes[`synthesis.${name}.affine.bias`] = [inputs];
  };
  for (const size of sizes) {
    shapes[`synthesis.b${size}.resample_filter`] = [4, 4];
    if (size > 4) layer(`b${size}.conv0`, channelsAt(size), channelsAt(size / 2), 3);
    layer(`b${size}.conv1`, channelsAt(size), channelsAt(size), 3);
    layer(`b${size}.torgb`, 3, channelsAt(size), 1);
    for (const conv of size > 4 ? ['conv0', 'conv1'] : ['conv1']) {
      shapes[`synthesis.b${size}.${conv}.noise_strength`] = [];
      shapes[`synthesis.b${size}.${conv}.noise_const`] = [size, size];
    }
  }
  return shapes;
}

const pictureOf =
  (generator: StyleGan2) =>
  (given: Named): Tensor =>
    generator.synthesis(named(given, 'ws'), { noise: 'const' });

test('1024² in full width fits the binding size that every adapter has', () => {
  const generator = new StyleGan2(config, numberless(shapesOf(1)));
  const { largestBuffer, peak } = planned('StyleGAN2-f 1024²', pictureOf(generator), { ws: [1, 18, wDim] });
  expect(largestBuffer).toBeLessThanOrEqual(guaranteedBinding);
  expect(peak).toBeLessThan(700 * 2 ** 20);
});

/** Modulates weights, not activations; zeros between pixels, filter, correlation instead of a transposed convolution. */
function plainPicture(weights: RandomWeights, ws: Tensor): Tensor {
  const styles = (name: string, index: number): Tensor => {
    const w = reshape(sliceAxis(ws, 1, index, 1), [1, wDim]);
    return dense(w, weights.get(`${name}.affine.weight`), weights.get(`${name}.affine.bias`));
  };
  const modulated = (name: string, s: Tensor): Tensor =>
    mul(weights.get(`${name}.weight`), reshape(s, [1, at(s.shape, 1), 1, 1]));
  const convolution = (name: string, x: Tensor, index: number, up: boolean): Tensor => {
    const weight = modulated(name, styles(name, index));
    const demodulated = mul(weight, rsqrt(affine(reduceSum(square(weight), [1, 2, 3]), 1, 1e-8)));
    const filter = weights.get(`${at(name.split('.conv'), 0)}.resample_filter`);
    const y = up
      ? conv2d(upfirdn2d(x, filter, { up: 2, padding: [3, 2, 3, 2], gain: 4 }), flip(demodulated, [2, 3]))
      : conv2d(x, demodulated, { padding: 1 });
    const noise = mul(weights.get(`${name}.noise_const`), weights.get(`${name}.noise_strength`));
    return biasAct(add(y, noise), weights.get(`${name}.bias`), { act: 'lrelu' });
  };
  const rgb = (name: string, x: Tensor, index: number): Tensor => {
    const weight = modulated(name, scale(styles(name, index), 1 / Math.sqrt(at(x.shape, 1))));
    return biasAct(conv2d(x, weight), weights.get(`${name}.bias`));
  };
  const constant = weights.get('synthesis.b4.const');
  let x = convolution('synthesis.b4.conv1', reshape(constant, [1, ...constant.shape]), 0, false);
  let img = rgb('synthesis.b4.torgb', x, 1);
  sizes.slice(1).forEach((size, block) => {
    const name = `synthesis.b${size}`;
    x = convolution(`${name}.conv0`, x, 2 * block + 1, true);
    x = convolution(`${name}.conv1`, x, 2 * block + 2, false);
    const before = upfirdn2d(img, weights.get(`${name}.resample_filter`), { up: 2, padding: [2, 1, 2, 1], gain: 4 });
    img = add(before, rgb(`${name}.torgb`, x, 2 * block + 3));
  });
  return img;
}

function randomWeights(share: number): RandomWeights {
  const shapes = shapesOf(share);
  const weights = new RandomWeights(shapes, unitDeviation);
  for (const name of Object.keys(shapes)) {
    if (name.endsWith('.resample_filter')) weights.set(name, [4, 4], tinyFilter);
    // Styles lie around 1, as trained ones do.
    if (name.endsWith('.affine.bias')) {
      const bias = weights.of(name);
      weights.set(
        name,
        [bias.length],
        bias.map((value) => 1 + value),
      );
    }
  }
  return weights;
}

test('1024² of a sixteenth of the channels is what plain ops make of it', async () => {
  const engine = await createTestEngine();
  const weights = randomWeights(1 / 16);
  const inputs = { ws: fed([1, 18, wDim], 1) };
  const generator = new StyleGan2(config, weights);
  const ours = await runOnGpu(engine, (given) => ({ img: pictureOf(generator)(given) }), inputs, true);
  const plain = await runOnGpu(engine, (given) => ({ img: plainPicture(weights, named(given, 'ws')) }), inputs, false);
  // Both round, in some hundred kernels each.
  const tolerance = { relL2: 2e-5, maxAbs: 1e-3 };
  expectAgreement('picture', ours.outputs['img'] ?? [], plain.outputs['img'] ?? [], undefined, tolerance);
});
