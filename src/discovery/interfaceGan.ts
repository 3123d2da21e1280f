/** InterFaceGAN whole: from scored samples to directions. */
import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import { ALL_LAYERS, formatLayerRange } from '../latent/layerRange.js';
import { fitBoundary, type BoundaryEstimator, type BoundaryFit } from './boundary.js';
import { rowDot } from './labelledCodes.js';
import type { ScoredSamples } from './scoredSamples.js';

export interface InterfaceGanRequest {
  /** Those of the samples to look for, in this order; all when empty. */
  readonly attributes: readonly string[];
  readonly space: 'z' | 'w';
  readonly estimator: BoundaryEstimator;
  /** Part of the samples taken as positives, and as many as negatives: 0.02 in the official code; above 1 their number. */
  readonly chosen: number;
  /** Indices into W+ that directions of w act on; those of z move the whole picture. */
  readonly layers: readonly number[];
  readonly numWs: number;
  /** `modelHash` of the generator. */
  readonly modelHash: string;
  /** Of the samples, and of the shuffle between training and validation. */
  readonly seed: number;
}

/** Part of the chosen samples that validates, as in the official code. */
const validation = 0.3;

/**
 * A direction for each attribute, the unit normal of its boundary. Statistics: the accuracies of `BoundaryFit`, its
 * `intercept`, how many samples each side had, and `sigma`, the standard deviation of the model's latents along the
 * direction. A strength past 5 `sigma` leaves what the model has seen: P(|nᵀz| > 5) < 1e-6 (Shen et al. 2020, §3.2), and
 * faces lose their identity.
 * @throws GanvasError `attribute-missing`, `invalid-layer-range`, and those of `fitBoundary`, which name the attribute
 */
export function discoverInterfaceGan(samples: ScoredSamples, request: InterfaceGanRequest): Direction[] {
  const names = request.attributes.length > 0 ? request.attributes : samples.attributes;
  const layers = request.space === 'z' ? ALL_LAYERS : formatLayerRange(request.layers, request.numWs);
  return names.map((name) => {
    const fit = fitAttribute(samples, name, request);
    const { space, estimator, chosen, seed, modelHash } = request;
    const [codes, dim] = codesOf(samples, space);
    return {
      name,
      space,
      layers: space === 'z' ? [] : [...new Set(request.layers)].sort((a, b) => a - b),
      dim,
      vectors: Float32Array.from(fit.normal),
      unit: `unit length in ${space}`,
      provenance: {
        method: 'interfacegan',
        parameters: { attribute: name, estimator, samples: samples.count, chosen, seed, layers },
        modelHash,
      },
      statistics: statisticsOf(fit, deviationAlong(codes, dim, fit.normal)),
    };
  });
}

/** Standard deviation of latents [count, dim] along a unit vector [dim]. */
export function deviationAlong(codes: Float32Array, dim: number, normal: ArrayLike<number>): number {
  const count = codes.length / dim;
  const along = Float64Array.from({ length: count }, (_, row) => rowDot(codes, dim, row, normal));
  const mean = along.reduce((sum, value) => sum + value, 0) / count;
  return Math.sqrt(along.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count);
}

/** The scores [count] of one attribute. */
export function scoresOfAttribute({ attributes, scores, count }: ScoredSamples, name: string): Float32Array {
  const column = attributes.indexOf(name);
  if (column >= 0)
    return Float32Array.from({ length: count }, (_, row) => scores[row * attributes.length + column] ?? NaN);
  throw new GanvasError(
    'attribute-missing',
    `The samples have no attribute "${name}". Choose one of ${attributes.join(', ')}.`,
    { attribute: name },
  );
}

function fitAttribute(
  samples: ScoredSamples,
  name: string,
  { space, estimator, chosen, seed }: InterfaceGanRequest,
): BoundaryFit {
  const scores = scoresOfAttribute(samples, name);
  const [codes, dim] = codesOf(samples, space);
  try {
    return fitBoundary(codes, dim, scores, { estimator, chosen, validation, seed });
  } catch (cause) {
    if (!(cause instanceof GanvasError)) throw cause;
    const { code, message, details } = cause;
    throw new GanvasError(code, `${name}: ${message}`, { ...details, attribute: name }, { cause });
  }
}

function codesOf({ z, zDim, w, wDim }: ScoredSamples, space: 'z' | 'w'): [Float32Array, number] {
  return space === 'z' ? [z, zDim] : [w, wDim];
}

/** Files of directions hold finite numbers only: what could not be tested is left out. */
function statisticsOf(fit: BoundaryFit, sigma: number): Record<string, number> {
  const { trainAccuracy, validationAccuracy, remainingAccuracy, allAccuracy, intercept, positives, negatives } = fit;
  const tested = { trainAccuracy, validationAccuracy, remainingAccuracy, allAccuracy };
  return {
    ...Object.fromEntries(Object.entries(tested).filter(([, accuracy]) => Number.isFinite(accuracy))),
    intercept,
    positives,
    negatives,
    sigma,
  };
}
