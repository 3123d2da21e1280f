import type { Shape } from '../src/engine/shape.js';
import type { StyleGan3Config } from '../src/models/stylegan3.js';
import type { StyleGan3Layer } from '../src/models/stylegan3Layers.js';

/** What the published configurations differ in. */
export interface StyleGan3Design {
  readonly resolution: number;
  readonly channelBase: number;
  readonly channelMax: number;
  /** Side of the convolutions' kernels. */
  readonly kernel: number;
  /** Whether downsampling filters are radial, but for the last layers'. */
  readonly isRadial: boolean;
}

/** StyleGAN3-T as published at a resolution: 512 channels at most. */
export function configT(resolution: number): StyleGan3Design {
  return { resolution, channelBase: resolution === 256 ? 16384 : 32768, channelMax: 512, kernel: 3, isRadial: false };
}

/** StyleGAN3-R: twice the channels, kernels of 1×1. */
export function configR(resolution: number): StyleGan3Design {
  const { channelBase } = configT(resolution);
  return { resolution, channelBase: 2 * channelBase, channelMax: 1024, kernel: 1, isRadial: true };
}

/** Of the reference's arguments, those that nobody changes. */
const [layerCount, criticalLayers, firstCutoff, margin, filterTaps] = [14, 2, 2, 10, 6];
const [firstStopband, lastStopbandRelative] = [2 ** 2.1, 2 ** 0.3];
const wDim = 512;

/**
 * Layers as the reference designs them: cutoffs and stopbands grow geometrically, sampling rates are the powers of two
 * above (stylegan3 training/networks_stylegan3.py: SynthesisNetwork.__init__).
 */
export function designedLayers({ resolution, channelBase, channelMax }: StyleGan3Design): StyleGan3Layer[] {
  const lastCutoff = resolution / 2;
  const lastStopband = lastCutoff * lastStopbandRelative;
  return Array.from({ length: layerCount + 1 }, (_, index) => {
    const exponent = Math.min(index / (layerCount - criticalLayers), 1);
    const cutoff = firstCutoff * (lastCutoff / firstCutoff) ** exponent;
    const stopband = firstStopband * (lastStopband / firstStopband) ** exponent;
    const samplingRate = 2 ** Math.ceil(Math.log2(Math.min(stopband * 2, resolution)));
    const isRgb = index === layerCount;
    const size = index >= layerCount - 1 ? resolution : samplingRate + 2 * margin;
    const channels = isRgb ? 3 : Math.round(Math.min(channelBase / 2 / cutoff, channelMax));
    return { name: `L${index}_${size}_${channels}`, size, channels, samplingRate };
  });
}

/** The synthesis network's tensors and their shapes, and w_avg. */
export function designedShapes(design: StyleGan3Design): Map<string, Shape> {
  const layers = designedLayers(design);
  const channels = layers[0]?.channels ?? 0;
  const shapes = new Map<string, Shape>([
    ['mapping.w_avg', [wDim]],
    ['synthesis.input.weight', [channels, channels]],
    ['synthesis.input.affine.weight', [4, wDim]],
    ['synthesis.input.affine.bias', [4]],
    ['synthesis.input.transform', [3, 3]],
    ['synthesis.input.freqs', [channels, 2]],
    ['synthesis.input.phases', [channels]],
  ]);
  let before: StyleGan3Layer | null = null;
  layers.forEach((layer, index) => {
    const path = `synthesis.${layer.name}`;
    const isRgb = index === layerCount;
    const inputs = before ?? layer;
    const kernel = isRgb ? 1 : design.kernel;
    shapes.set(`${path}.weight`, [layer.channels, inputs.channels, kernel, kernel]);
    shapes.set(`${path}.bias`, [layer.channels]);
    shapes.set(`${path}.affine.weight`, [inputs.channels, wDim]);
    shapes.set(`${path}.affine.bias`, [inputs.channels]);
    shapes.set(`${path}.magnitude_ema`, []);
    if (!isRgb) {
      const rate = 2 * Math.max(inputs.samplingRate, layer.samplingRate);
      const down = (filterTaps * rate) / layer.samplingRate;
      const isRadial = design.isRadial && index < layerCount - criticalLayers;
      shapes.set(`${path}.up_filter`, [(filterTaps * rate) / inputs.samplingRate]);
      shapes.set(`${path}.down_filter`, isRadial ? [down, down] : [down]);
    }
    before = layer;
  });
  return shapes;
}

export function designedConfig(design: StyleGan3Design): StyleGan3Config {
  return {
    zDim: 512,
    wDim,
    cDim: 0,
    mappingLayers: 2,
    mappingActivation: 'lrelu',
    mappingLrMultiplier: 0.01,
    resolution: design.resolution,
    imgChannels: 3,
    layers: designedLayers(design),
    bandwidth: firstCutoff,
    lreluUpsampling: 2,
    convClamp: 256,
    outputScale: 0.25,
  };
}
