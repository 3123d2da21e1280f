/** The boundary between two sides of an attribute in a latent space, and how far it can be relied on. */
import { GanvasError } from '../engine/errors.js';
import { fitLogistic } from './boundaryLogistic.js';
import { fitMeanDifference } from './boundaryMeans.js';
import { fitLinearSvm } from './boundarySvm.js';
import { chooseExtremes, type ExtremesRequest, type SidedRows } from './extremes.js';
import { accuracyOf, checkBothSides, type Hyperplane, type LabelledCodes } from './labelledCodes.js';

/** What is fitted between the two classes of samples. */
export type BoundaryEstimator = 'svm' | 'mean-difference' | 'logistic';

export interface BoundaryRequest extends ExtremesRequest {
  readonly estimator: BoundaryEstimator;
}

export interface BoundaryFit {
  /** [dim], unit length, towards high scores. */
  readonly normal: Float64Array;
  /** A latent x is on the positive side where normal · x + intercept > 0. Editing leaves it out, as the official code does. */
  readonly intercept: number;
  /** Accuracies are parts, 0…1; NaN where there was nothing to test. */
  readonly trainAccuracy: number;
  /** On the chosen samples that were kept from training. */
  readonly validationAccuracy: number;
  /** On the samples that were not chosen, by the official threshold: half way between the highest and the lowest score. */
  readonly remainingAccuracy: number;
  /** On every scored sample, by the median score: what the boundary says of any picture. */
  readonly allAccuracy: number;
  /** Samples that it was learned from. */
  readonly positives: number;
  readonly negatives: number;
}

const estimators: Readonly<Record<BoundaryEstimator, (data: LabelledCodes) => Hyperplane>> = {
  svm: (data) => fitLinearSvm(data),
  'mean-difference': fitMeanDifference,
  logistic: (data) => fitLogistic(data),
};

/**
 * A plane between labelled latents, of any normal length.
 * @throws GanvasError `labels-one-sided`, `too-few-labels`, `svm-not-converged`, `logistic-not-converged`
 */
export function fitHyperplane(estimator: BoundaryEstimator, data: LabelledCodes): Hyperplane {
  return estimators[estimator](data);
}

/**
 * InterFaceGAN's boundary of one attribute (Shen et al. 2020, "Interpreting the Latent Space of GANs for Semantic Face
 * Editing", §3.2 and §4.1; utils/manipulator.py: train_boundary): between the samples of highest and of lowest score.
 * @param codes [count, dim] of z or w
 * @param scores one a row, of a predictor or by hand; NaN for a row that is not scored
 * @throws GanvasError `codes-mismatch`, `codes-not-finite`, those of `chooseExtremes` and `fitHyperplane`, and
 * `boundary-undetermined` where the sides have no difference
 */
export function fitBoundary(
  codes: Float32Array,
  dim: number,
  scores: Float64Array | Float32Array,
  request: BoundaryRequest,
): BoundaryFit {
  checkCodes(codes, dim, scores.length);
  const extremes = chooseExtremes(scores, request);
  const dataOf = (rows: SidedRows): LabelledCodes => ({ codes, dim, ...rows });
  const plane = unitPlane(fitHyperplane(request.estimator, dataOf(extremes.train)));
  const accuracy = (rows: SidedRows): number => accuracyOf(plane, dataOf(rows));
  const side = extremes.train.rows.length / 2;
  return {
    ...plane,
    trainAccuracy: accuracy(extremes.train),
    validationAccuracy: accuracy(extremes.validation),
    remainingAccuracy: accuracy(extremes.remaining),
    allAccuracy: accuracy(extremes.all),
    positives: side,
    negatives: side,
  };
}

/**
 * InterFaceGAN's correction of artifacts (Shen et al. 2020, §4.4): a boundary from labels by hand, between latents of good
 * and of flawed pictures. Flawed ones are moved along `normal`: +3 turns all but a few of them good where the flaw is linear,
 * and a picture that is good already stays so. What goes along with flaws in the model goes with them; the official quality
 * boundary of PGGAN has a cosine of −.44 to glasses, so look at its cosines, or condition it.
 * @param codes [count, dim] of z or w
 * @param flawed one a row; null for a picture that nobody has judged
 * @throws GanvasError those of `fitBoundary`; `labels-one-sided` when all judged pictures are flawed, or none
 */
export function fitArtifactBoundary(
  codes: Float32Array,
  dim: number,
  flawed: readonly (boolean | null)[],
  { estimator, validation, seed }: Omit<BoundaryRequest, 'chosen'>,
): BoundaryFit {
  const judged = flawed.filter((flaw) => flaw !== null);
  checkBothSides({ labels: judged.map((flaw) => (flaw ? -1 : 1)) });
  const scores = Float64Array.from(flawed, (flaw) => (flaw === null ? NaN : flaw ? 0 : 1));
  // All of the rarer side, and as many of the other.
  return fitBoundary(codes, dim, scores, { estimator, validation, seed, chosen: judged.length });
}

function checkCodes(codes: Float32Array, dim: number, rows: number): void {
  if (!Number.isInteger(dim) || dim < 1 || codes.length !== rows * dim) {
    throw new GanvasError(
      'codes-mismatch',
      `There are ${rows} scores and ${codes.length} numbers of latents. Expected ${dim} numbers for every score.`,
      { scores: rows, numbers: codes.length, dim },
    );
  }
  const bad = codes.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new GanvasError(
    'codes-not-finite',
    `Latent ${Math.floor(bad / dim)} holds a number that is not finite. The model's weights may be damaged.`,
    { row: Math.floor(bad / dim) },
  );
}

/** A shorter normal is rounding: its margins would be a billion wide. */
const leastLength = 1e-9;

/**
 * The same plane with a unit normal.
 * @throws GanvasError `boundary-undetermined`
 */
export function unitPlane({ normal, intercept }: Hyperplane): Hyperplane {
  const length = Math.hypot(...normal);
  if (length > leastLength && Number.isFinite(length)) {
    return { normal: normal.map((value) => value / length), intercept: intercept / length };
  }
  throw new GanvasError(
    'boundary-undetermined',
    'The latents of both sides are the same, so that no direction leads from one to the other. Choose other samples.',
  );
}
