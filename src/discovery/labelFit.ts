/** Label by click: a direction from a handful of pictures that someone has judged. */
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { Direction } from '../latent/direction.js';
import { unitPlane } from './boundary.js';
import { fitLogistic } from './boundaryLogistic.js';
import { deviationAlong } from './interfaceGan.js';
import { accuracyOf, type LabelledCodes } from './labelledCodes.js';

/**
 * The few axes that labels are fitted within. Hand labels are far too few for a boundary in all of w: in a simulation 30 a
 * side give a cosine of .35 to the truth in 512 dimensions, and .96 within 10 of them, .92 within 20.
 */
export interface LabelAxes {
  readonly dim: number;
  /** Unit vectors, [count, dim]. */
  readonly vectors: Float32Array;
  /** Where the model's latents are centred, [dim]. */
  readonly mean: Float32Array;
  /** Standard deviation of the model's latents along each axis, [count]. */
  readonly deviations: Float64Array;
}

export type LabelState =
  /** Nothing is labelled. */
  | 'no-labels'
  /** All labels are on one side. */
  | 'one-sided'
  /** Both sides, but hardly any labels. */
  | 'too-few'
  /** No direction within the axes tells the sides apart better than guessing. */
  | 'contradictory'
  /** A direction that more labels would improve. */
  | 'rough'
  | 'ready';

export interface LabelBoundary {
  readonly state: LabelState;
  /**
   * [dim], one standard deviation of the model's latents along it long, towards the positives; null for the first three
   * states, and where the same pictures are on both sides.
   */
  readonly vector: Float64Array | null;
  /** Part of the labels that a direction fitted to the others guesses right, 0…1; null without a direction. */
  readonly accuracy: number | null;
  readonly positives: number;
  readonly negatives: number;
  /** Labels that are still wanted; 0 when there are enough. */
  readonly moreClicks: number;
  /** What to do, in a sentence; null when all is well. */
  readonly advice: string | null;
}

/** Labels on either side before anything is fitted. */
const fewest = 3;
/** Up to so many labels each is left out once; above that a tenth of them at a time. */
const mostLeftOutSingly = 60;
const folds = 10;
/**
 * Labels on either side for each axis. With n clean labels a side in k dimensions the simulation follows
 * cos² = 1 / (1 + .28 k / n): 1.5 k give a cosine of .92, which is 15 a side in 10 dimensions and 30 in 20.
 */
const labelsAnAxis = 1.5;
/** Axes beyond this add less than they cost. */
const mostAxes = 20;
/** Accuracy below which more labels of the same kind would not help. */
const guessing = 0.6;
/** Labels that it takes to say so: with fewer, chance alone goes as low. */
const enoughToJudge = 20;

/**
 * The axes of directions, strongest first, as labels are fitted within them; at most 20 are taken.
 * @param directions of GANSpace or SeFa, all of one space with one vector each
 * @param latents the model's own, [count, dim]: they say where it is centred and how far it spreads
 * @throws GanvasError `axes-missing`, `axes-mismatch`
 */
export function labelAxesOf(directions: readonly Direction[], latents: Float32Array): LabelAxes {
  const taken = directions.slice(0, mostAxes);
  const [first] = taken;
  if (first === undefined) {
    throw new GanvasError(
      'axes-missing',
      'There are no axes to fit labels within. Find GANSpace or SeFa directions first.',
    );
  }
  const { dim, space } = first;
  const odd = taken.find((each) => each.space !== space || each.vectors.length !== dim);
  if (odd !== undefined || latents.length % dim !== 0 || latents.length === 0) {
    throw new GanvasError(
      'axes-mismatch',
      `The axes to fit labels within must be single vectors of one space, and the latents of the same one: ${odd?.name ?? `${latents.length} numbers of latents`} is not of ${dim} numbers in ${space}.`,
      { dim, space },
    );
  }
  const units = taken.map(({ vectors }) => unitPlane({ normal: Float64Array.from(vectors), intercept: 0 }).normal);
  const vectors = new Float32Array(taken.length * dim);
  units.forEach((unit, axis) => vectors.set(unit, axis * dim));
  const deviations = Float64Array.from(units, (unit) => deviationAlong(latents, dim, unit));
  return { dim, vectors, mean: meanOf(latents, dim), deviations };
}

/**
 * Fits a direction to labels by logistic regression in the coordinates along the axes, each in the model's own standard
 * deviations, so that the penalty treats all axes alike. The direction is the one that gains most confidence for a given
 * distance in these units: it stays among the model's own latents, where the boundary's normal in w would run off along
 * axes that hardly vary.
 * @param latents of the labelled pictures, [labels, dim]
 * @param labels true for the positives
 * @throws GanvasError `codes-mismatch`; too few or one-sided labels are a state, not an error
 */
export function fitLabels(axes: LabelAxes, latents: Float32Array, labels: readonly boolean[]): LabelBoundary {
  if (latents.length !== labels.length * axes.dim) {
    throw new GanvasError(
      'codes-mismatch',
      `There are ${labels.length} labels and ${latents.length} numbers of latents. Expected ${axes.dim} numbers for every label.`,
      { labels: labels.length, numbers: latents.length, dim: axes.dim },
    );
  }
  const positives = labels.filter((label) => label).length;
  const sides = { positives, negatives: labels.length - positives };
  const count = axes.deviations.length;
  if (Math.min(positives, sides.negatives) < fewest) return withoutDirection(sides, count);
  const data: LabelledCodes = {
    codes: coordinatesOf(axes, latents),
    dim: count,
    rows: labels.map((_, row) => row),
    labels: labels.map((label) => (label ? 1 : -1)),
  };
  const { normal } = fitLogistic(data);
  const accuracy = crossValidated(data);
  return judged({ ...sides, accuracy, vector: vectorAlong(axes, normal) }, count);
}

function withoutDirection(sides: { positives: number; negatives: number }, axes: number): LabelBoundary {
  const { positives, negatives } = sides;
  const moreClicks = wanted(sides, axes, 1);
  const rest = { ...sides, vector: null, accuracy: null, moreClicks };
  if (positives + negatives === 0) {
    return { ...rest, state: 'no-labels', advice: 'Mark pictures that show it, and pictures that do not.' };
  }
  if (positives === 0 || negatives === 0) {
    const missing = positives === 0 ? 'show it' : 'do not show it';
    return { ...rest, state: 'one-sided', advice: `All labels are on one side. Mark pictures that ${missing}, too.` };
  }
  return {
    ...rest,
    state: 'too-few',
    advice: `Mark at least ${fewest} pictures that show it and ${fewest} that do not.`,
  };
}

/**
 * Labels that are still wanted: as many on either side as `labelsAnAxis` says. Where a part p of the guesses is wrong, labels
 * are taken to be noisy at that rate; noise shrinks what a label tells by 1 − 2p, so that 1 / (1 − 2p)² as many are needed.
 */
function wanted(
  { positives, negatives }: { positives: number; negatives: number },
  axes: number,
  accuracy: number,
): number {
  const signal = Math.max(2 * accuracy - 1, 2 * guessing - 1);
  const side = Math.ceil((labelsAnAxis * axes) / signal ** 2);
  return Math.max(0, side - positives) + Math.max(0, side - negatives);
}

interface Fitted {
  readonly vector: Float64Array | null;
  readonly accuracy: number;
  readonly positives: number;
  readonly negatives: number;
}

function judged(fitted: Fitted, axes: number): LabelBoundary {
  const { accuracy, positives, negatives } = fitted;
  const moreClicks = wanted(fitted, axes, accuracy);
  if (fitted.vector === null || (accuracy < guessing && positives + negatives >= enoughToJudge)) {
    const advice =
      'No direction within the axes tells these pictures apart. Look for labels that contradict each other, or choose a concept that this model can show.';
    return { ...fitted, state: 'contradictory', moreClicks, advice };
  }
  if (moreClicks === 0) return { ...fitted, state: 'ready', moreClicks, advice: null };
  const rarer = positives < negatives ? 'pictures that show it' : 'pictures that do not show it';
  const advice = `About ${moreClicks} more labels would make it reliable${positives === negatives ? '' : `; ${rarer} help most`}.`;
  return { ...fitted, state: 'rough', moreClicks, advice };
}

/** Accuracy on labels that the fit has not seen. Folds are cut per side, in the order of the labels. */
function crossValidated(data: LabelledCodes): number {
  const count = data.rows.length;
  const parts = count <= mostLeftOutSingly ? count : folds;
  const fold = foldsOf(data.labels, parts);
  let right = 0;
  for (let part = 0; part < parts; part++) {
    const [seen, unseen] = [subset(data, (i) => fold[i] !== part), subset(data, (i) => fold[i] === part)];
    right += accuracyOf(fitLogistic(seen), unseen) * unseen.rows.length;
  }
  return right / count;
}

/** Dealt out like cards, the positives first, so that every fold has its share of either side. */
function foldsOf(labels: ArrayLike<number>, parts: number): Int32Array {
  const fold = new Int32Array(labels.length);
  const order = [...fold.keys()].sort((a, b) => at(labels, b) - at(labels, a) || a - b);
  order.forEach((i, place) => (fold[i] = place % parts));
  return fold;
}

function subset(data: LabelledCodes, keep: (i: number) => boolean): LabelledCodes {
  const kept = Array.from(data.rows, (_, i) => i).filter(keep);
  return { ...data, rows: kept.map((i) => at(data.rows, i)), labels: kept.map((i) => at(data.labels, i)) };
}

/** Along each axis from the mean, in standard deviations: [labels, axes]. An axis that never varies tells nothing. */
function coordinatesOf({ dim, vectors, mean, deviations }: LabelAxes, latents: Float32Array): Float32Array {
  const [rows, count] = [latents.length / dim, deviations.length];
  const coordinates = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    for (let axis = 0; axis < count; axis++) {
      let along = 0;
      for (let k = 0; k < dim; k++) {
        along += ((latents[row * dim + k] ?? 0) - (mean[k] ?? 0)) * (vectors[axis * dim + k] ?? 0);
      }
      const deviation = at(deviations, axis);
      coordinates[row * count + axis] = deviation > 0 ? along / deviation : 0;
    }
  }
  return coordinates;
}

/** The step of one standard deviation along `normal`, which is given in standardised coordinates; null where it has no length. */
function vectorAlong({ dim, vectors, deviations }: LabelAxes, normal: Float64Array): Float64Array | null {
  if (normal.every((part) => part === 0)) return null;
  const unit = unitPlane({ normal, intercept: 0 }).normal;
  const vector = new Float64Array(dim);
  for (const [axis, part] of unit.entries()) {
    const scale = part * at(deviations, axis);
    for (let k = 0; k < dim; k++) vector[k] = (vector[k] ?? 0) + scale * (vectors[axis * dim + k] ?? 0);
  }
  return vector;
}

function meanOf(latents: Float32Array, dim: number): Float32Array {
  const sums = new Float64Array(dim);
  for (let index = 0; index < latents.length; index++) {
    sums[index % dim] = (sums[index % dim] ?? 0) + (latents[index] ?? 0);
  }
  return Float32Array.from(sums, (sum) => (sum * dim) / latents.length);
}
