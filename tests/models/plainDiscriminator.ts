import type { StyleGan2DiscriminatorConfig } from '../../src/models/stylegan2Discriminator.js';
import { convolve, mapped, maps, summed, type Maps } from './plainLayers.js';
import type { RandomWeights } from './randomWeights.js';
import { tinyFilter } from './tinyStyleGan2.js';

/** The discriminator of stylegan2-ada-pytorch (training/networks.py) in plain f64 loops, for leaky ReLUs. */
export class PlainDiscriminator {
  constructor(
    private readonly config: StyleGan2DiscriminatorConfig,
    private readonly weights: RandomWeights,
  ) {}

  /** What the blocks hand on, and the score of each sample. */
  run(picture: Maps, label: ArrayLike<number> | null): { features: Maps[]; logits: number[] } {
    const { resolution, architecture, convClamp } = this.config;
    const features: Maps[] = [];
    let [x, img]: [Maps | null, Maps] = [null, picture];
    for (let size = resolution; size > 4; size /= 2) {
      const name = `b${size}`;
      if (x === null || architecture === 'skip') {
        const read = this.conv(`${name}.fromrgb`, img, convClamp);
        x = x === null ? read : summed(x, read);
      }
      if (architecture === 'skip') img = filtered(img, 1, 2);
      const inner = this.conv(`${name}.conv0`, x, convClamp);
      if (architecture === 'resnet') {
        const shortcut = convolve(
          filtered(x, 1, 2),
          this.weights.of(`${name}.skip.weight`),
          this.out(`${name}.skip`),
          1,
          {
            gain: Math.SQRT1_2 / Math.sqrt(x.c),
          },
        );
        x = summed(this.conv(`${name}.conv1`, inner, convClamp, 2, Math.SQRT1_2), shortcut);
      } else {
        x = this.conv(`${name}.conv1`, inner, convClamp, 2);
      }
      features.push(x);
    }
    if (x === null) throw new Error('no block');
    if (architecture === 'skip') x = summed(x, this.conv('b4.fromrgb', img, null));
    const last = this.conv('b4.conv', withDeviation(x, this.config), convClamp);
    return { features, logits: this.scores(last, label) };
  }

  private scores(x: Maps, label: ArrayLike<number> | null): number[] {
    const inputs = x.c * x.h * x.w;
    const cmapDim = this.config.cmapDim;
    return Array.from({ length: x.n }, (_, sample) => {
      const flat = Array.from(x.values.subarray(sample * inputs, (sample + 1) * inputs));
      const scores = this.linear('b4.out', leaky(this.linear('b4.fc', flat, 1)), 1);
      if (label === null) return scores[0] ?? NaN;
      const oneHot = Array.from(
        { length: this.config.cDim },
        (_each, i) => label[sample * this.config.cDim + i] ?? NaN,
      );
      const cmap = this.map(oneHot);
      return scores.reduce((sum, score, i) => sum + score * (cmap[i] ?? NaN), 0) / Math.sqrt(cmapDim);
    });
  }

  private map(label: readonly number[]): number[] {
    const embedded = this.linear('mapping.embed', label, 1);
    const length = Math.sqrt(embedded.reduce((sum, value) => sum + value * value, 0) / embedded.length + 1e-8);
    let x = embedded.map((value) => value / length);
    for (let index = 0; index < this.config.mappingLayers; index++) {
      x = leaky(this.linear(`mapping.fc${index}`, x, this.config.mappingLrMultiplier));
    }
    return x;
  }

  private linear(name: string, x: readonly number[], multiplier: number): number[] {
    const [weight, bias] = [this.weights.of(`${name}.weight`), this.weights.of(`${name}.bias`)];
    return Array.from(bias, (offset, o) => {
      const sum = x.reduce((total, value, i) => total + value * (weight[o * x.length + i] ?? NaN), 0);
      return (sum * multiplier) / Math.sqrt(x.length) + offset * multiplier;
    });
  }

  private conv(name: string, x: Maps, clamp: number | null, down: 1 | 2 = 1, gain = 1): Maps {
    const [weight, out] = [this.weights.of(`${name}.weight`), this.out(name)];
    const kernel = Math.sqrt(weight.length / out / x.c);
    const scale = 1 / Math.sqrt(x.c * kernel ** 2);
    const y =
      down === 1
        ? convolve(x, weight, out, kernel, { padding: (kernel - 1) / 2, gain: scale })
        : convolve(filtered(x, 2, 1), weight, out, kernel, { stride: 2, gain: scale });
    const bias = this.weights.of(`${name}.bias`);
    const limit = clamp === null ? Infinity : clamp * gain;
    return mapped(y, (value, channel) => {
      const shifted = value + (bias[channel] ?? NaN);
      return Math.min(Math.max((shifted < 0 ? 0.2 * shifted : shifted) * Math.SQRT2 * gain, -limit), limit);
    });
  }

  private out(name: string): number {
    return this.weights.get(`${name}.weight`).shape[0] ?? NaN;
  }
}

const leaky = (x: readonly number[]): number[] => x.map((value) => (value < 0 ? 0.2 * value : value) * Math.SQRT2);

/** Convolved with the 4×4 filter (taps backwards) on a picture with `padding` zeros around, every `down`-th sample. */
function filtered(x: Maps, padding: number, down: number): Maps {
  const planes = maps([x.n * x.c, 1, x.h, x.w], x.values);
  const y = convolve(planes, Float32Array.from(tinyFilter).reverse(), 1, 4, { stride: down, padding });
  return { ...x, h: y.h, w: y.w, values: y.values };
}

/** Appends the deviation within groups of samples i, i + n, i + 2n …, one channel for each share of the channels. */
function withDeviation(x: Maps, { mbstdGroupSize, mbstdNumChannels }: StyleGan2DiscriminatorConfig): Maps {
  const size = Math.min(mbstdGroupSize ?? x.n, x.n);
  const [groups, share, places] = [x.n / size, x.c / mbstdNumChannels, x.h * x.w];
  const value = (sample: number, channel: number, place: number): number =>
    x.values[(sample * x.c + channel) * places + place] ?? NaN;
  const deviationAt = (group: number, channel: number, place: number): number => {
    const members = Array.from({ length: size }, (_, i) => value(group + i * groups, channel, place));
    const mean = members.reduce((a, b) => a + b, 0) / size;
    return Math.sqrt(members.reduce((sum, each) => sum + (each - mean) ** 2, 0) / size + 1e-8);
  };
  const statistic = (group: number, part: number): number => {
    let sum = 0;
    for (let i = 0; i < share * places; i++)
      sum += deviationAt(group, part * share + Math.floor(i / places), i % places);
    return sum / (share * places);
  };
  const channels = x.c + mbstdNumChannels;
  const values = Float64Array.from({ length: x.n * channels * places }, (_, index) => {
    const [sample, channel] = [Math.floor(index / (channels * places)), Math.floor(index / places) % channels];
    return channel < x.c ? value(sample, channel, index % places) : statistic(sample % groups, channel - x.c);
  });
  return { ...x, c: channels, values };
}
