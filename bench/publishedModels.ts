/** The published configurations, by their shapes: what people run, without anyone's weights. */
import type { Shape } from '../src/engine/shape.js';
import { parameterTensor, type Tensor } from '../src/engine/tensor.js';
import type { Generator } from '../src/models/generator.js';
import { Pggan, type PgganConfig } from '../src/models/pggan.js';
import { StyleGan2, type StyleGan2Config } from '../src/models/stylegan2.js';
import { StyleGan3 } from '../src/models/stylegan3.js';
import type { Weights } from '../src/models/weights.js';
import { designedConfig, designedShapes, type StyleGan3Design } from './stylegan3Design.js';

export interface PublishedModel {
  readonly name: string;
  readonly shapes: ReadonlyMap<string, Shape>;
  build(weights: Weights): Generator;
}

/** Weights of these shapes; `loadOf` says how the numbers of one are made, when they are uploaded. */
export function weightsOfShapes(
  shapes: ReadonlyMap<string, Shape>,
  loadOf: (name: string, shape: Shape) => () => Float32Array<ArrayBuffer>,
): Weights {
  const leaves = new Map(
    [...shapes].map(([name, shape]) => [name, parameterTensor({ name, shape, load: loadOf(name, shape) })]),
  );
  const find = (name: string): Tensor | null => leaves.get(name) ?? null;
  const get = (name: string): Tensor => {
    const leaf = find(name);
    if (leaf === null) throw new RangeError(`internal: the model has no ${name}`);
    return leaf;
  };
  return { count: 0, get, find };
}

/** StyleGAN2 config-f of Karras et al. 2020 (stylegan2-ada-pytorch: channel_base 32768, channel_max 512); synthesis only. */
export function publishedStyleGan2(resolution: number): PublishedModel {
  const config: StyleGan2Config = {
    architecture: 'skip',
    zDim: 512,
    wDim: 512,
    cDim: 0,
    resolution,
    imgChannels: 3,
    mappingLayers: 8,
    mappingActivation: 'lrelu',
    mappingLrMultiplier: 0.01,
    activation: 'lrelu',
    convClamp: null,
  };
  const shapes = styleGan2Shapes(config);
  return { name: `StyleGAN2-f ${resolution}`, shapes, build: (weights) => new StyleGan2(config, weights) };
}

/** @param kind its letter: T or R */
export function publishedStyleGan3(kind: string, design: StyleGan3Design): PublishedModel {
  return {
    name: `StyleGAN3-${kind} ${design.resolution}`,
    shapes: designedShapes(design),
    build: (weights) => new StyleGan3(designedConfig(design), weights),
  };
}

/**
 * PGGAN of Karras et al. 2018: min(16384/resolution, 512) channels.
 * @param share of the channels, but no fewer than 6
 */
export function publishedPggan(resolution: number, share = 1): PublishedModel & { readonly config: PgganConfig } {
  const channels = (size: number): number => Math.max(Math.min(16384 / size, 512) * share, 6);
  const shapes = new Map<string, Shape>();
  const zDim = 512 * share;
  let before = zDim;
  for (let size = 4, block = 0; size <= resolution; size *= 2, block++) {
    const out = channels(size);
    const kernel = size === 4 ? 4 : 3;
    addConvolution(shapes, `layer${2 * block}`, [out, before, kernel, kernel]);
    addConvolution(shapes, `layer${2 * block + 1}`, [out, out, 3, 3]);
    addConvolution(shapes, `output${block}`, [3, out, 1, 1]);
    before = out;
  }
  const config: PgganConfig = {
    resolution,
    imgChannels: 3,
    cDim: 0,
    weightScaling: true,
    finalTanh: false,
    lod: 0,
    zDim,
    fusedScale: false,
    labelNormalisation: 'joint',
  };
  return { name: `PGGAN ${resolution}`, shapes, config, build: (weights) => new Pggan(config, weights) };
}

function addConvolution(shapes: Map<string, Shape>, name: string, weight: Shape): void {
  shapes.set(`${name}.weight`, weight);
  shapes.set(`${name}.bias`, weight.slice(0, 1));
}

function styleGan2Shapes({ resolution, wDim }: StyleGan2Config): Map<string, Shape> {
  const shapes = new Map<string, Shape>([['synthesis.b4.const', [512, 4, 4]]]);
  const addLayer = (name: string, inChannels: number, outChannels: number, kernel: number): void => {
    shapes.set(`synthesis.${name}.weight`, [outChannels, inChannels, kernel, kernel]);
    shapes.set(`synthesis.${name}.bias`, [outChannels]);
    shapes.set(`synthesis.${name}.affine.weight`, [inChannels, wDim]);
    shapes.set(`synthesis.${name}.affine.bias`, [inChannels]);
  };
  for (let size = 4; size <= resolution; size *= 2) {
    const [before, channels] = [channelsAt(Math.max(4, size / 2)), channelsAt(size)];
    shapes.set(`synthesis.b${size}.resample_filter`, [4, 4]);
    for (const conv of size === 4 ? ['conv1'] : ['conv0', 'conv1']) {
      addLayer(`b${size}.${conv}`, conv === 'conv0' ? before : channels, channels, 3);
      shapes.set(`synthesis.b${size}.${conv}.noise_strength`, []);
      shapes.set(`synthesis.b${size}.${conv}.noise_const`, [size, size]);
    }
    addLayer(`b${size}.torgb`, channels, 3, 1);
  }
  return shapes;
}

const channelsAt = (size: number): number => Math.min(512, 32768 / size);
