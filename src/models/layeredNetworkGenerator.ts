import { GanvasError } from '../engine/errors.js';
import { at, formatShape, sizeOf } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { reshape } from '../ops/reshape.js';
import type { Generator, LatentWeight, SynthesisOptions, WLayer } from './generator.js';
import type { LayeredNetwork } from './layeredNetwork.js';

/** A generator that is described layer by layer: z in, a square picture out. */
export class LayeredGenerator implements Generator {
  readonly family = 'layers';
  readonly latentSpaces = ['z'] as const;
  readonly zDistribution = 'normal';
  readonly takesTransform = false;
  readonly canTruncate = false;
  readonly noiseMaps = [];
  readonly cDim = 0;
  readonly numWs = 1;
  readonly zDim: number;
  readonly wDim: number;
  readonly resolution: number;
  readonly imgChannels: number;
  readonly wLayers: readonly WLayer[];

  /** @throws GanvasError `layers-shape` when what the last layer makes is no square picture */
  constructor(
    readonly network: LayeredNetwork,
    readonly parameterCount: number,
  ) {
    const { input, layers } = network.description;
    const [imgChannels = 0, height = 0, width = 0] = network.output;
    if (network.output.length !== 3 || height !== width || imgChannels > 4) {
      const last = layers.at(-1)?.name ?? '';
      throw new GanvasError(
        'layers-shape',
        `The last layer, "${last}", makes ${formatShape(network.output)} a sample. Expected a square picture of at most four channels: [channels, side, side].`,
        { layer: last, found: formatShape(network.output) },
      );
    }
    this.zDim = sizeOf(input);
    this.wDim = this.zDim;
    this.resolution = height;
    this.imgChannels = imgChannels;
    this.wLayers = [{ index: 0, names: [layers[0]?.name ?? ''], resolution: height }];
  }

  /** The weight of the first layer with one, if it reads z as it is. */
  latentWeight(): LatentWeight | null {
    const first = this.network.description.layers.find(({ type }) => type !== 'reshape');
    if (first?.type === 'convTransposed') return { name: first.keys.weight, latentAxis: 0 };
    if (first?.type === 'conv' || first?.type === 'dense') return { name: first.keys.weight, latentAxis: 1 };
    return null;
  }

  statisticsOf(): null {
    return null;
  }

  mapping(z: Tensor): Tensor {
    return reshape(z, [at(z.shape, 0), this.zDim]);
  }

  truncate(w: Tensor): Tensor {
    return reshape(w, [at(w.shape, 0), 1, this.wDim]);
  }

  synthesis(ws: Tensor, { tap }: SynthesisOptions): Tensor {
    return this.network.apply(reshape(ws, [at(ws.shape, 0), ...this.network.description.input]), tap);
  }
}
