import { checkpoint } from '../engine/checkpoint.js';
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { defaultGain, type Activation } from '../ops/activations.js';
import { biasAct } from '../ops/biasAct.js';
import { add, mul } from '../ops/binary.js';
import { broadcastTo } from '../ops/broadcastTo.js';
import { conv2dResample } from '../ops/conv2dResample.js';
import { dense } from '../ops/dense.js';
import { modulatedConv2d } from '../ops/modulatedConv2d.js';
import { reshape } from '../ops/reshape.js';
import { scale } from '../ops/unary.js';
import { upsample2d } from '../ops/upfirdn2d.js';
import type { Generator, LatentWeight, NoiseMap, NoiseSource, SynthesisOptions, Tap, WLayer } from './generator.js';
import { mappingNetwork, type MappingConfig } from './mappingNetwork.js';
import type { Weights } from './weights.js';
import { truncatedWs, wOf } from './wPlus.js';

export type StyleGan2Architecture = 'orig' | 'skip' | 'resnet';

/** What the weights' shapes do not say by themselves, and the sizes that they do say. */
export interface StyleGan2Config extends MappingConfig {
  readonly architecture: StyleGan2Architecture;
  readonly zDim: number;
  readonly wDim: number;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly activation: Activation;
  /** Convolutions' outputs are limited to ± this times their gain; null for no limit. */
  readonly convClamp: number | null;
  /**
   * Whether demodulation measures the weights as they are stored (default, stylegan2-ada-pytorch) or times 1/√fan_in,
   * as all other projects do. Demodulation cancels the factor but for the 1e-8 beside it.
   */
  readonly demodulatedWeights?: DemodulatedWeights;
}

export type DemodulatedWeights = 'stored' | 'scaled';

/** A resolution's layers and where they read W+. */
interface Block {
  readonly resolution: number;
  /** `b8` */
  readonly name: string;
  readonly convs: readonly { readonly name: string; readonly up: 1 | 2; readonly wIndex: number }[];
  /** W+ index of its RGB layer, or null without one. */
  readonly rgbIndex: number | null;
}

const halfPower = Math.SQRT1_2;
const demodulationEpsilon = 1e-8;

/**
 * Blocks from 4² up. The index into W+ advances by convolutions only, so that an RGB layer shares its w with the
 * first convolution of the next block (stylegan2-ada-pytorch training/networks.py: SynthesisNetwork.forward).
 */
function blocksOf({ resolution, architecture }: StyleGan2Config): Block[] {
  const blocks: Block[] = [];
  let wIndex = 0;
  for (let size = 4; size <= resolution; size *= 2) {
    const name = `b${size}`;
    const convs =
      size === 4
        ? [{ name: `${name}.conv1`, up: 1 as const, wIndex }]
        : [
            { name: `${name}.conv0`, up: 2 as const, wIndex },
            { name: `${name}.conv1`, up: 1 as const, wIndex: wIndex + 1 },
          ];
    wIndex += convs.length;
    const hasRgb = architecture === 'skip' || size === resolution;
    blocks.push({ resolution: size, name, convs, rgbIndex: hasRgb ? wIndex : null });
  }
  return blocks;
}

function wLayersOf(blocks: readonly Block[]): WLayer[] {
  const layers = new Map<number, { names: string[]; resolution: number }>();
  const note = (index: number, name: string, resolution: number): void => {
    const layer = layers.get(index) ?? { names: [], resolution };
    layers.set(index, { names: [...layer.names, name], resolution: Math.max(layer.resolution, resolution) });
  };
  for (const { convs, rgbIndex, name, resolution } of blocks) {
    for (const conv of convs) note(conv.wIndex, conv.name, resolution);
    if (rgbIndex !== null) note(rgbIndex, `${name}.torgb`, resolution);
  }
  return [...layers].sort(([a], [b]) => a - b).map(([index, layer]) => ({ index, ...layer }));
}

/**
 * StyleGAN2 as in stylegan2-ada-pytorch training/networks.py (and networks_stylegan2.py of the stylegan3 repository):
 * mapping with labels, synthesis `orig`, `skip` and `resnet`, constant, given or no noise, clamping. f32 throughout.
 * Other projects' networks are the same mathematics under other names, which `checkpoints` translates.
 */
export class StyleGan2 implements Generator {
  readonly family = 'stylegan2';
  readonly latentSpaces = ['z', 'w', 'w+'] as const;
  readonly zDistribution = 'normal';
  readonly takesTransform = false;
  readonly zDim: number;
  readonly wDim: number;
  readonly cDim: number;
  readonly numWs: number;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly parameterCount: number;
  readonly canTruncate: boolean;
  readonly wLayers: readonly WLayer[];
  readonly noiseMaps: readonly NoiseMap[];
  private readonly blocks: readonly Block[];

  constructor(
    readonly config: StyleGan2Config,
    private readonly weights: Weights,
  ) {
    this.zDim = config.zDim;
    this.wDim = config.wDim;
    this.cDim = config.cDim;
    this.resolution = config.resolution;
    this.imgChannels = config.imgChannels;
    this.parameterCount = weights.count;
    this.canTruncate = weights.find('mapping.w_avg') !== null;
    this.blocks = blocksOf(config);
    this.wLayers = wLayersOf(this.blocks);
    this.numWs = this.wLayers.length;
    this.noiseMaps = this.blocks.flatMap(({ convs, resolution }) =>
      convs
        .filter(({ name }) => weights.find(`synthesis.${name}.noise_strength`) !== null)
        .map(({ name }) => ({ layer: name, resolution })),
    );
  }

  latentWeight(layer: string): LatentWeight {
    return { name: `synthesis.${layer}.affine.weight`, latentAxis: 1 };
  }

  statisticsOf(): null {
    return null;
  }

  mapping(z: Tensor, c: Tensor | null, tap: Tap = ignore): Tensor {
    return mappingNetwork(this.zDim > 0 ? z : null, c, this.weights, this.config, tap);
  }

  truncate(w: Tensor, psi: Tensor): Tensor {
    return truncatedWs(w, psi, this.weights.find('mapping.w_avg'));
  }

  synthesis(ws: Tensor, { noise, tap = ignore }: SynthesisOptions): Tensor {
    const n = at(ws.shape, 0);
    const constant = this.weights.get('synthesis.b4.const');
    let x = broadcastTo(reshape(constant, [1, ...constant.shape]), [n, ...constant.shape]);
    tap('synthesis.b4.const', x);
    let img: Tensor | null = null;
    for (const block of this.blocks) {
      if (block.resolution > 4) x = checkpoint(x);
      if (img !== null) img = checkpoint(img);
      x = this.blockFeatures(block, x, ws, noise, tap);
      if (img !== null) img = upsample2d(img, this.filter(block.name));
      if (block.rgbIndex !== null) {
        const rgb = this.toRgb(`${block.name}.torgb`, x, wOf(ws, block.rgbIndex), tap);
        img = img === null ? rgb : add(img, rgb);
        tap(`synthesis.${block.name}.img`, img);
      }
      tap(`synthesis.${block.name}.x`, x);
    }
    if (img === null) throw new RangeError('internal: the last block makes the picture');
    return img;
  }

  private blockFeatures(block: Block, x: Tensor, ws: Tensor, noise: NoiseSource, tap: Tap): Tensor {
    const isResidual = this.config.architecture === 'resnet' && block.convs.length > 1;
    const shortcut = isResidual ? this.shortcut(`${block.name}.skip`, x, tap) : null;
    let features = x;
    block.convs.forEach(({ name, up, wIndex }, index) => {
      const gain = isResidual && index === 1 ? halfPower : 1;
      features = this.convolution(name, features, wOf(ws, wIndex), {
        up,
        gain,
        resolution: block.resolution,
        noise,
        tap,
      });
    });
    return shortcut === null ? features : add(shortcut, features);
  }

  /** SynthesisLayer.forward. */
  private convolution(
    name: string,
    x: Tensor,
    w: Tensor,
    options: {
      readonly up: 1 | 2;
      readonly gain: number;
      readonly resolution: number;
      readonly noise: NoiseSource;
      readonly tap: Tap;
    },
  ): Tensor {
    const { up, gain, tap } = options;
    const path = `synthesis.${name}`;
    const weight = this.weights.get(`${path}.weight`);
    const styles = this.affine(path, w);
    tap(`${path}.affine`, styles);
    const y = modulatedConv2d(x, weight, styles, {
      up,
      padding: Math.floor(at(weight.shape, 2) / 2),
      resampleFilter: up > 1 ? this.filter(name) : null,
      flipWeight: up === 1,
      demodulationEpsilon: this.demodulationEpsilon(weight),
    });
    tap(`${path}.conv`, y);
    const noise = this.noise(name, options.noise);
    const { activation } = this.config;
    const result = biasAct(noise === null ? y : add(y, noise), this.weights.get(`${path}.bias`), {
      act: activation,
      gain: defaultGain(activation) * gain,
      clamp: this.clamp(gain),
    });
    tap(path, result);
    return result;
  }

  /** ToRGBLayer.forward: no demodulation, so the weights' variance is scaled by the styles. */
  private toRgb(name: string, x: Tensor, w: Tensor, tap: Tap): Tensor {
    const path = `synthesis.${name}`;
    const weight = this.weights.get(`${path}.weight`);
    const styles = this.affine(path, w);
    tap(`${path}.affine`, styles);
    const [, channels = 1, kh = 1, kw = 1] = weight.shape;
    const scaled = scale(styles, 1 / Math.sqrt(channels * kh * kw));
    const y = modulatedConv2d(x, weight, scaled, { demodulate: false, padding: Math.floor(kh / 2) });
    tap(`${path}.conv`, y);
    const rgb = biasAct(y, this.weights.get(`${path}.bias`), { clamp: this.config.convClamp });
    tap(path, rgb);
    return rgb;
  }

  /** Conv2dLayer.forward of the `resnet` architecture: 1×1, doubled, no bias. */
  private shortcut(name: string, x: Tensor, tap: Tap): Tensor {
    const path = `synthesis.${name}`;
    const weight = this.weights.get(`${path}.weight`);
    const [, channels = 1, kh = 1, kw = 1] = weight.shape;
    const scaled = scale(weight, 1 / Math.sqrt(channels * kh * kw));
    const padding = Math.floor(kh / 2);
    const y = conv2dResample(x, scaled, this.filter(name), { up: 2, padding, flipWeight: false });
    const result = biasAct(y, null, { gain: halfPower });
    tap(path, result);
    return result;
  }

  private affine(path: string, w: Tensor): Tensor {
    return dense(w, this.weights.get(`${path}.affine.weight`), this.weights.get(`${path}.affine.bias`));
  }

  private noise(layer: string, source: NoiseSource): Tensor | null {
    const strength = this.weights.find(`synthesis.${layer}.noise_strength`);
    if (source === 'none' || strength === null) return null;
    if (source === 'const') {
      const stored = this.weights.find(`synthesis.${layer}.noise_const`);
      return stored === null ? null : mul(stored, strength);
    }
    const given = source.get(layer);
    if (given === undefined) throw new GanvasError('noise-missing', `No noise was given for the layer ${layer}.`);
    return mul(given, strength);
  }

  /** The FIR filter stored with a layer or its block. */
  private filter(name: string): Tensor {
    const block = at(name.split('.'), 0);
    const own = this.weights.find(`synthesis.${name}.resample_filter`);
    return own ?? this.weights.get(`synthesis.${block}.resample_filter`);
  }

  /** (w/√f)² + ε = (w² + fε)/f, and the factor of 1/f is what demodulation cancels. */
  private demodulationEpsilon(weight: Tensor): number {
    if (this.config.demodulatedWeights !== 'scaled') return demodulationEpsilon;
    const [, channels = 1, kh = 1, kw = 1] = weight.shape;
    return demodulationEpsilon * channels * kh * kw;
  }

  private clamp(gain: number): number | null {
    return this.config.convClamp === null ? null : this.config.convClamp * gain;
  }
}

const ignore: Tap = () => undefined;
