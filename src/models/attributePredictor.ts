import { GanvasError } from '../engine/errors.js';
import type { Tensor } from '../engine/tensor.js';
import type { Generator } from './generator.js';

/** A network that reads attributes off pictures: what supervised methods score samples with. */
export interface AttributePredictor {
  /** One name an attribute: "yaw", "glasses". */
  readonly attributes: readonly string[];
  /** Pixels a side of the pictures it takes; others are resized to it. Null when any size will do. */
  readonly resolution: number | null;
  readonly imgChannels: number;
  /** Pictures [N, imgChannels, H, W] in −1…1 → scores [N, attributes.length]. */
  scores(picture: Tensor): Tensor;
}

/**
 * Holds a predictor to a model's pictures. Their size does not matter, since they are resized.
 * @throws GanvasError `predictor-mismatch`
 */
export function checkPredictorFits(predictor: AttributePredictor, generator: Pick<Generator, 'imgChannels'>): void {
  const [takes, makes] = [predictor.imgChannels, generator.imgChannels];
  if (takes === makes) return;
  throw new GanvasError(
    'predictor-mismatch',
    `The predictor takes pictures of ${takes} channels; this model makes pictures of ${makes}. Choose a predictor of this model's pictures.`,
    { takes, makes },
  );
}
