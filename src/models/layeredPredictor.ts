import type { Tensor } from '../engine/tensor.js';
import type { AttributePredictor } from './attributePredictor.js';
import type { LayeredNetwork } from './layeredNetwork.js';

/** A predictor that is described layer by layer: a picture in, a number for each attribute out. */
export class LayeredPredictor implements AttributePredictor {
  readonly resolution: number;
  readonly imgChannels: number;

  /** @param network takes square pictures [channels, side, side] and makes [attributes] of each */
  constructor(
    private readonly network: LayeredNetwork,
    readonly attributes: readonly string[],
  ) {
    const [channels = 0, side = 0] = network.description.input;
    this.imgChannels = channels;
    this.resolution = side;
  }

  scores(picture: Tensor): Tensor {
    return this.network.apply(picture);
  }
}
