import type { StyleGan2Config } from '../../src/models/stylegan2.js';
import type { StyleGan2DiscriminatorConfig } from '../../src/models/stylegan2Discriminator.js';
import { RandomWeights, unitDeviation } from './randomWeights.js';

/** A FIR filter that is not symmetric, so that one which is turned wrongly shows. Sum 1. */
export const tinyFilter = Float32Array.from([1, 3, 3, 1, 2, 6, 7, 2, 1, 3, 4, 1, 0, 1, 1, 0], (tap) => tap / 36);

const channelsOf = (size: number): number => ({ 4: 6, 8: 4, 16: 3 })[size] ?? 2;

type Shapes = Record<string, readonly number[]>;

const layer = (name: string, out: number, inputs: number, kernel: number): Shapes => ({
  [`${name}.weight`]: [out, inputs, kernel, kernel],
  [`${name}.bias`]: [out],
});

const linear = (name: string, out: number, inputs: number): Shapes => ({
  [`${name}.weight`]: [out, inputs],
  [`${name}.bias`]: [out],
});

/** Random weights with a filter under each name of `filters`. */
function withFilters(shapes: Shapes, filters: readonly string[]): RandomWeights {
  const weights = new RandomWeights(shapes, unitDeviation);
  for (const name of filters) weights.set(`${name}.resample_filter`, [4, 4], tinyFilter);
  return weights;
}

const sizesFrom = (resolution: number): number[] => {
  const sizes: number[] = [];
  for (let size = resolution; size > 4; size /= 2) sizes.push(size);
  return sizes;
};

/** A discriminator's random weights, a few channels wide. */
export function tinyDiscriminatorWeights(config: StyleGan2DiscriminatorConfig): RandomWeights {
  const { architecture, resolution, imgChannels, cDim, cmapDim, mappingLayers, mbstdNumChannels } = config;
  const shapes: Shapes = {};
  for (const size of sizesFrom(resolution)) {
    const [inner, out] = [channelsOf(size), channelsOf(size / 2)];
    if (size === resolution || architecture === 'skip') {
      Object.assign(shapes, layer(`b${size}.fromrgb`, inner, imgChannels, 1));
    }
    Object.assign(shapes, layer(`b${size}.conv0`, inner, inner, 3), layer(`b${size}.conv1`, out, inner, 3));
    if (architecture === 'resnet') shapes[`b${size}.skip.weight`] = [out, inner, 1, 1];
  }
  const last = channelsOf(4);
  if (architecture === 'skip') Object.assign(shapes, layer('b4.fromrgb', last, imgChannels, 1));
  Object.assign(
    shapes,
    layer('b4.conv', last, last + mbstdNumChannels, 3),
    linear('b4.fc', last, last * 16),
    linear('b4.out', cDim > 0 ? cmapDim : 1, last),
  );
  if (cDim > 0) Object.assign(shapes, linear('mapping.embed', cmapDim, cDim));
  for (let index = 0; cDim > 0 && index < mappingLayers; index++) {
    Object.assign(shapes, linear(`mapping.fc${index}`, cmapDim, cmapDim));
  }
  return withFilters(
    shapes,
    sizesFrom(resolution).map((size) => `b${size}`),
  );
}

/** A skip generator's random weights, a few channels wide, without noise. */
export function tinyGeneratorWeights({ resolution, imgChannels, wDim }: StyleGan2Config): RandomWeights {
  const shapes: Shapes = { 'synthesis.b4.const': [channelsOf(4), 4, 4] };
  const modulated = (name: string, out: number, inputs: number, kernel: number): void => {
    Object.assign(shapes, layer(name, out, inputs, kernel), linear(`${name}.affine`, inputs, wDim));
  };
  for (const size of [...sizesFrom(resolution), 4].reverse()) {
    const [before, out] = [channelsOf(size / 2), channelsOf(size)];
    if (size > 4) modulated(`synthesis.b${size}.conv0`, out, before, 3);
    modulated(`synthesis.b${size}.conv1`, out, out, 3);
    modulated(`synthesis.b${size}.torgb`, imgChannels, out, 1);
  }
  const weights = withFilters(
    shapes,
    sizesFrom(resolution).map((size) => `synthesis.b${size}`),
  );
  // Styles lie around 1, as trained ones do.
  for (const name of Object.keys(shapes).filter((each) => each.endsWith('.affine.bias'))) {
    const bias = weights.of(name);
    weights.set(
      name,
      [bias.length],
      bias.map((value) => 1 + value),
    );
  }
  return weights;
}
