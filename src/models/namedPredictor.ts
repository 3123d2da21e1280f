import type { Tensor } from '../engine/tensor.js';
import type { AttributePredictor } from './attributePredictor.js';
import type { Predictor } from './predictor.js';

/**
 * The predictor of the bundled faces with the names of its numbers. Scores are as the network makes them: standardised
 * among the renders that it was trained on, except for what it was trained to tell as yes or no (`glasses`), which is a logit.
 */
export class NamedPredictor implements AttributePredictor {
  readonly resolution: number;
  readonly imgChannels: number;

  /** @param attributes one name for each number of `predictor.attributes` */
  constructor(
    private readonly predictor: Predictor,
    readonly attributes: readonly string[],
  ) {
    this.resolution = predictor.resolution;
    this.imgChannels = predictor.imgChannels;
  }

  scores(picture: Tensor): Tensor {
    return this.predictor.attributes(picture);
  }
}
