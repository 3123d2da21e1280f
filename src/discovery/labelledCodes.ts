import { GanvasError } from '../engine/errors.js';

/** Rows of a table of latents, each with the side that it is on. */
export interface LabelledCodes {
  /** All rows, [count, dim], row-major. */
  readonly codes: Float32Array;
  readonly dim: number;
  /** Which rows of it count. */
  readonly rows: ArrayLike<number>;
  /** +1 or −1 for each of `rows`. */
  readonly labels: ArrayLike<number>;
}

/** A linear decision: positive where `normal · x + intercept` is. */
export interface Hyperplane {
  /** [dim], of any length. */
  readonly normal: Float64Array;
  readonly intercept: number;
}

/** `normal · x` for one row of a table. */
export function rowDot(codes: Float32Array, dim: number, row: number, normal: ArrayLike<number>): number {
  const start = row * dim;
  let sum = 0;
  for (let k = 0; k < dim; k++) sum += (codes[start + k] ?? 0) * (normal[k] ?? 0);
  return sum;
}

/** target += factor · row. */
export function addRow(target: Float64Array, codes: Float32Array, dim: number, row: number, factor: number): void {
  const start = row * dim;
  for (let k = 0; k < dim; k++) target[k] = (target[k] ?? 0) + factor * (codes[start + k] ?? 0);
}

/** Part of the rows that a plane puts on their side, 0…1; a row on the plane counts as negative, as in scikit-learn. */
export function accuracyOf({ normal, intercept }: Hyperplane, { codes, dim, rows, labels }: LabelledCodes): number {
  let right = 0;
  for (let i = 0; i < rows.length; i++) {
    const positive = rowDot(codes, dim, rows[i] ?? 0, normal) + intercept > 0;
    if (positive === (labels[i] ?? 0) > 0) right++;
  }
  return right / rows.length;
}

/**
 * What every estimator needs: a row on either side.
 * @throws GanvasError `labels-one-sided`, or `too-few-labels` without any
 */
export function checkBothSides({ labels }: Pick<LabelledCodes, 'labels'>): void {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) if ((labels[i] ?? 0) > 0) positives++;
  if (labels.length === 0) {
    throw new GanvasError('too-few-labels', 'There are no labels. A boundary needs some on either side.', {
      positives: 0,
      negatives: 0,
    });
  }
  if (positives > 0 && positives < labels.length) return;
  const [found, missing] = positives > 0 ? ['positive', 'negative'] : ['negative', 'positive'];
  throw new GanvasError(
    'labels-one-sided',
    `All ${labels.length} labels are ${found}. A boundary lies between two sides: add ${missing} ones.`,
    { positives, negatives: labels.length - positives },
  );
}
