import { convolve, joined, mapped, maxPool, type Maps } from '../models/plainLayers.js';
import type { RandomWeights } from '../models/randomWeights.js';

/** A trunk of torchvision: shapes of its weights, features of its LPIPS layers, a batch of small odd pictures. */
export interface PlainTrunk {
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Channels of the layers that are compared. */
  readonly channels: readonly number[];
  readonly picture: readonly [number, number, number, number];
  features(x: Maps, weights: RandomWeights): Maps[];
}

const shapesOf = (name: string, out: number, inputs: number, kernel: number): Record<string, readonly number[]> => ({
  [`${name}.weight`]: [out, inputs, kernel, kernel],
  [`${name}.bias`]: [out],
});

function convRelu(
  x: Maps,
  weights: RandomWeights,
  name: string,
  options: { stride?: number; padding?: number } = {},
): Maps {
  const bias = weights.of(`${name}.bias`);
  const weight = weights.of(`${name}.weight`);
  const kernel = Math.sqrt(weight.length / bias.length / x.c);
  const y = convolve(x, weight, bias.length, kernel, options);
  return mapped(y, (value, channel) => Math.max(0, value + (bias[channel] ?? NaN)));
}

/** [index in `features`, output channels, input channels] of the convolutions, in stages with a pooling between. */
const vggStages = [
  [
    [0, 64, 3],
    [2, 64, 64],
  ],
  [
    [5, 128, 64],
    [7, 128, 128],
  ],
  [
    [10, 256, 128],
    [12, 256, 256],
    [14, 256, 256],
  ],
  [
    [17, 512, 256],
    [19, 512, 512],
    [21, 512, 512],
  ],
  [
    [24, 512, 512],
    [26, 512, 512],
    [28, 512, 512],
  ],
] as const;

const vgg16: PlainTrunk = {
  shapes: Object.assign(
    {},
    ...vggStages.flat().map(([index, out, inputs]) => shapesOf(`features.${index}`, out, inputs, 3)),
  ) as PlainTrunk['shapes'],
  channels: [64, 128, 256, 512, 512],
  picture: [1, 3, 16, 19],
  features: (picture, weights) => {
    let x = picture;
    return vggStages.map((stage, index) => {
      if (index > 0) x = maxPool(x, 2, 2, false);
      for (const [layer] of stage) x = convRelu(x, weights, `features.${layer}`, { padding: 1 });
      return x;
    });
  },
};

const alexnet: PlainTrunk = {
  shapes: {
    ...shapesOf('features.0', 64, 3, 11),
    ...shapesOf('features.3', 192, 64, 5),
    ...shapesOf('features.6', 384, 192, 3),
    ...shapesOf('features.8', 256, 384, 3),
    ...shapesOf('features.10', 256, 256, 3),
  },
  channels: [64, 192, 384, 256, 256],
  picture: [2, 3, 49, 54],
  features: (picture, weights) => {
    const relu1 = convRelu(picture, weights, 'features.0', { stride: 4, padding: 2 });
    const relu2 = convRelu(maxPool(relu1, 3, 2, false), weights, 'features.3', { padding: 2 });
    const relu3 = convRelu(maxPool(relu2, 3, 2, false), weights, 'features.6', { padding: 1 });
    const relu4 = convRelu(relu3, weights, 'features.8', { padding: 1 });
    return [relu1, relu2, relu3, relu4, convRelu(relu4, weights, 'features.10', { padding: 1 })];
  },
};

/** Fire modules of SqueezeNet 1.1: [index, inputs, squeezed, expanded]. */
const fires = [
  [3, 64, 16, 64],
  [4, 128, 16, 64],
  [6, 128, 32, 128],
  [7, 256, 32, 128],
  [9, 256, 48, 192],
  [10, 384, 48, 192],
  [11, 384, 64, 256],
  [12, 512, 64, 256],
] as const;

const squeezenet: PlainTrunk = {
  shapes: Object.assign(
    shapesOf('features.0', 64, 3, 3),
    ...fires.flatMap(([index, inputs, squeezed, expanded]) => [
      shapesOf(`features.${index}.squeeze`, squeezed, inputs, 1),
      shapesOf(`features.${index}.expand1x1`, expanded, squeezed, 1),
      shapesOf(`features.${index}.expand3x3`, expanded, squeezed, 3),
    ]),
  ) as PlainTrunk['shapes'],
  channels: [64, 128, 256, 384, 384, 512, 512],
  picture: [2, 3, 17, 38],
  features: (picture, weights) => {
    let x = convRelu(picture, weights, 'features.0', { stride: 2 });
    const taps = [x];
    for (const [index] of fires) {
      if ([3, 6, 9].includes(index)) x = maxPool(x, 3, 2, true);
      const s = convRelu(x, weights, `features.${index}.squeeze`);
      x = joined(
        convRelu(s, weights, `features.${index}.expand1x1`),
        convRelu(s, weights, `features.${index}.expand3x3`, { padding: 1 }),
      );
      if (index !== 3 && index !== 6) taps.push(x);
    }
    return taps;
  },
};

export const plainTrunks = { vgg16, alexnet, squeezenet } as const;

/** lpips.py's ScalingLayer. */
const scaled = (x: Maps): Maps =>
  mapped(x, (value, channel) => {
    const [shift = NaN, scale = NaN] = [[-0.03, -0.088, -0.188][channel], [0.458, 0.448, 0.45][channel]];
    return (value - shift) / scale;
  });

/** lpips.py's forward for version 0.1, one number a sample; `target` are the features of the other picture. */
export function plainLpips(
  trunk: PlainTrunk,
  weights: RandomWeights,
  heads: readonly ArrayLike<number>[],
  picture: Maps,
  target: readonly Maps[],
): number[] {
  const layers = plainFeatures(trunk, weights, picture);
  return Array.from({ length: picture.n }, (_, sample) =>
    layers.reduce((sum, layer, index) => {
      const other = target[index] ?? layer;
      return sum + layerDistance(layer, other, heads[index] ?? [], sample);
    }, 0),
  );
}

export function plainFeatures(trunk: PlainTrunk, weights: RandomWeights, picture: Maps): Maps[] {
  return trunk.features(scaled(picture), weights);
}

function layerDistance(x: Maps, y: Maps, head: ArrayLike<number>, sample: number): number {
  const places = x.h * x.w;
  const value = (m: Maps, channel: number, place: number): number =>
    m.values[(sample * m.c + channel) * places + place] ?? NaN;
  const length = (m: Maps, place: number): number => {
    let sum = 0;
    for (let channel = 0; channel < m.c; channel++) sum += value(m, channel, place) ** 2;
    return Math.sqrt(sum) + 1e-10;
  };
  let total = 0;
  for (let place = 0; place < places; place++) {
    const [lengthX, lengthY] = [length(x, place), length(y, place)];
    for (let channel = 0; channel < x.c; channel++) {
      const difference = value(x, channel, place) / lengthX - value(y, channel, place) / lengthY;
      total += (head[channel] ?? NaN) * difference ** 2;
    }
  }
  return total / places;
}
