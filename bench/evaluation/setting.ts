/** What every section of the evaluation works on. */
import type { ScoredSamples } from '../../src/discovery/scoredSamples.js';
import type { Engine } from '../../src/engine/engine.js';
import type { Direction } from '../../src/latent/direction.js';
import type { DirectionMeter } from '../../src/metrics/rescoring.js';
import type { AttributePredictor } from '../../src/models/attributePredictor.js';
import type { OpenedCheckpoint } from '../../src/workbench/openedCheckpoint.js';

/** The factors that are asked about, by the predictor's names: hair colour is two of them. */
export const evaluatedFactors = [
  'yaw',
  'smile',
  'age',
  'glasses',
  'beard',
  'hair_length',
  'hair_lightness',
  'hair_hue',
  'light_azimuth',
] as const;

export interface EvaluationOptions {
  /** Scored pictures, shared by all sections. */
  readonly samples: number;
  readonly seed: number;
}

export interface EvaluationSetting {
  readonly engine: Engine;
  readonly opened: OpenedCheckpoint;
  readonly predictor: AttributePredictor;
  readonly options: EvaluationOptions;
  readonly samples: ScoredSamples;
  /** The first of the samples, to be moved. */
  readonly meter: DirectionMeter;
  /** Fewer of them, for what moves one layer at a time. */
  readonly layerMeter: DirectionMeter;
  /** Boundaries of the factors, in their order; strength 1 is one standard deviation of w. */
  readonly boundaries: readonly Direction[];
  readonly onProgress: (label: string) => void;
}

/** Pictures that directions are moved on, for so many samples. */
export const movedPictures = (samples: number): number => Math.max(24, Math.min(128, Math.round(samples / 40)));

/** A unit direction at the length of one standard deviation of the latents along it. */
export function ofOneDeviation(direction: Direction, deviation: number): Direction {
  return {
    ...direction,
    vectors: direction.vectors.map((value) => value * deviation),
    unit: 'σ of w along the direction',
  };
}
