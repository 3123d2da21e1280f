/** How well the SVM's boundaries tell each factor, and what they share. */
import { attributeCorrelations, cosineMatrix } from '../../src/discovery/correlations.js';
import { deviationAlong, discoverInterfaceGan } from '../../src/discovery/interfaceGan.js';
import type { ScoredSamples } from '../../src/discovery/scoredSamples.js';
import type { Direction } from '../../src/latent/direction.js';
import { factorsOf } from '../../src/metrics/bestAxes.js';
import type { OpenedCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { evaluatedFactors, ofOneDeviation, type EvaluationSetting } from './setting.js';

/** The official ratio, but no fewer than 50 on either side. */
const chosenOf = (samples: number): number => Math.max(0.02, Math.min(0.25, 50 / samples));

export interface BoundaryRow {
  readonly factor: string;
  readonly side: number;
  readonly validationAccuracy: number;
  readonly allAccuracy: number;
}

export interface BoundarySection {
  readonly rows: readonly BoundaryRow[];
  /** Of the boundaries' normals, and of the scores; both in the factors' order. */
  readonly cosines: readonly (readonly number[])[];
  readonly correlations: readonly (readonly number[])[];
}

/** The factors' boundaries in w, at strength 1 for one standard deviation. */
export function fitBoundaries(
  samples: ScoredSamples,
  { generator, summary }: OpenedCheckpoint,
  seed: number,
): Direction[] {
  return discoverInterfaceGan(samples, {
    attributes: evaluatedFactors,
    space: 'w',
    estimator: 'svm',
    chosen: chosenOf(samples.count),
    layers: generator.wLayers.map(({ index }) => index),
    numWs: generator.numWs,
    modelHash: summary.hash,
    seed,
  }).map((direction) => ofOneDeviation(direction, deviationAlong(samples.w, samples.wDim, direction.vectors)));
}

export function boundarySection({ boundaries, samples }: EvaluationSetting): BoundarySection {
  const scores = Float32Array.from({ length: samples.count * evaluatedFactors.length });
  scores.set(Float32Array.from(factorsOf(samples, evaluatedFactors).values));
  return {
    rows: boundaries.map(({ name, statistics }) => ({
      factor: name,
      side: statistics['positives'] ?? NaN,
      validationAccuracy: statistics['validationAccuracy'] ?? NaN,
      allAccuracy: statistics['allAccuracy'] ?? NaN,
    })),
    cosines: cosineMatrix(boundaries.map(({ vectors }) => vectors)),
    correlations: attributeCorrelations(scores, evaluatedFactors.length),
  };
}
