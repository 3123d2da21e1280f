/** How much of an attribute a unit of strength changes, in standard deviations of the attribute among samples. */
export interface AttributeEffect {
  readonly attribute: string;
  readonly perUnit: number;
}

/** What moving along a direction does, as measured on pictures. */
export interface DirectionMeasures {
  /** Largest change first. Empty when no predictor is open. */
  readonly attributes: readonly AttributeEffect[];
  /**
   * HiGAN's re-scoring for each layer of W+, 0…1 of the strongest: of the attribute that the direction changes most, or of
   * the picture's change where no predictor is open.
   */
  readonly layerScores: readonly number[];
  /** The layers that carry it, "0-3". */
  readonly proposedLayers: string;
}
