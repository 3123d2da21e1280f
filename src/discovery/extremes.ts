/** Which samples teach a boundary, and which test it: the selection of InterFaceGAN's `train_boundary`. */
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { RandomState } from '../latent/randomState.js';

export interface ExtremesRequest {
  /** Samples on either side: up to 1 a part of all that are scored (0.02 in the official code), above that their number. */
  readonly chosen: number;
  /** Part of the chosen ones that is kept for validation: 0.3. */
  readonly validation: number;
  /** Of the shuffle between training and validation, NumPy's. */
  readonly seed: number;
  /**
   * What is shuffled: the chosen in the order of their rows (when left out), or of their scores, as the official code does.
   * There, scores that change places by their last bit, as they do from one graphics card to another, change which samples
   * are learned from; here only those at the very edge of the chosen can.
   */
  readonly shuffled?: 'by-row' | 'by-score';
}

/** Rows with their sides, +1 or −1. */
export interface SidedRows {
  readonly rows: Int32Array;
  readonly labels: Int8Array;
}

export interface Extremes {
  /** Positives first, as many negatives after them. */
  readonly train: SidedRows;
  readonly validation: SidedRows;
  /** All others that are scored, on the side of the middle between the highest and the lowest score that they are on. */
  readonly remaining: SidedRows;
  /** All that are scored, on the side of the median that they are on. */
  readonly all: SidedRows;
  /** Chosen on either side, training and validation together. */
  readonly chosen: number;
}

/** Fewest samples on either side that anything is learned from. */
const fewest = 2;

/**
 * The samples of highest and of lowest score, shuffled and split (genforce/interfacegan, utils/manipulator.py:
 * train_boundary; see `shuffled`). A score that is not finite means "not scored"
 * (`invalid_value` there). Where scores are only labels, of which many are equal, no more are taken than there are on the
 * rarer side; the official code would put equal scores on both.
 * @throws GanvasError `invalid-boundary`, `scores-missing`, `scores-constant`, `too-few-labels`
 */
export function chooseExtremes(scores: ArrayLike<number>, request: ExtremesRequest): Extremes {
  checkRequest(request);
  const ordered = orderedRows(scores);
  const scoreAt = (place: number): number => at(scores, at(ordered, place));
  const chosen = chosenCount(ordered.length, scoreAt, request.chosen);
  const training = Math.floor(chosen * (1 - request.validation));
  if (training < fewest) {
    throw tooFew(`${training} samples on either side remain to learn from; at least ${fewest} are needed.`, training);
  }
  const random = new RandomState(request.seed);
  const shuffled = (side: Int32Array): Int32Array =>
    random.shuffled(request.shuffled === 'by-score' ? side : side.sort());
  const highest = shuffled(ordered.slice(0, chosen));
  const lowest = shuffled(ordered.slice(-chosen));
  const middle = (scoreAt(0) + scoreAt(-1)) / 2;
  const median = medianOf(ordered.length, scoreAt);
  return {
    train: sided(highest.slice(0, training), lowest.slice(0, training)),
    validation: sided(highest.slice(training), lowest.slice(training)),
    remaining: byScore(ordered.slice(chosen, ordered.length - chosen), (row) => at(scores, row) >= middle),
    all: byScore(ordered, (row) => at(scores, row) > median),
    chosen,
  };
}

function checkRequest({ chosen, validation }: ExtremesRequest): void {
  if (chosen > 0 && Number.isFinite(chosen) && validation >= 0 && validation < 1) return;
  throw new GanvasError(
    'invalid-boundary',
    `The boundary was to learn from ${chosen} of the samples on either side and keep ${validation} of them for validation. Expected a part up to 1 or a number above it, and a part of at least 0 and below 1.`,
    { chosen: String(chosen), validation: String(validation) },
  );
}

/** Rows that are scored, highest score first; of equal ones the earlier row first. */
function orderedRows(scores: ArrayLike<number>): Int32Array {
  const scored: number[] = [];
  for (let row = 0; row < scores.length; row++) if (Number.isFinite(scores[row])) scored.push(row);
  if (scored.length === 0) {
    throw new GanvasError(
      'scores-missing',
      `None of the ${scores.length} samples has a score. Score them with an attribute predictor, or label some.`,
      { samples: scores.length },
    );
  }
  return Int32Array.from(scored).sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
}

function chosenCount(count: number, scoreAt: (place: number) => number, wanted: number): number {
  const asked = Math.trunc(wanted <= 1 ? count * wanted : wanted);
  const chosen = Math.min(asked, Math.floor(count / 2));
  const [highest, lowest] = [scoreAt(0), scoreAt(-1)];
  if (count > 1 && highest === lowest) {
    throw new GanvasError(
      'scores-constant',
      `All ${count} scores are ${highest}: there is nothing to tell apart. Choose another attribute, or label both sides.`,
      { samples: count, score: highest },
    );
  }
  if (chosen < 1) throw tooFew(`Of ${count} scored samples ${chosen} would be chosen on either side.`, chosen);
  if (scoreAt(chosen - 1) > scoreAt(count - chosen)) return chosen;
  const middle = (highest + lowest) / 2;
  let above = 0;
  while (scoreAt(above) > middle) above++;
  return Math.min(chosen, above, count - above);
}

function tooFew(found: string, chosen: number): GanvasError {
  return new GanvasError('too-few-labels', `${found} Score or label more samples, or choose a larger part of them.`, {
    chosen,
  });
}

/** The median; where it is the highest score, because more than half are, the middle between the highest and the lowest. */
function medianOf(count: number, scoreAt: (place: number) => number): number {
  const median = (scoreAt((count - 1) >> 1) + scoreAt(count >> 1)) / 2;
  return median === scoreAt(0) ? (scoreAt(0) + scoreAt(-1)) / 2 : median;
}

function sided(positives: Int32Array, negatives: Int32Array): SidedRows {
  const rows = Int32Array.from([...positives, ...negatives]);
  return { rows, labels: Int8Array.from(rows, (_, i) => (i < positives.length ? 1 : -1)) };
}

function byScore(rows: Int32Array, positive: (row: number) => boolean): SidedRows {
  return { rows, labels: Int8Array.from(rows, (row) => (positive(row) ? 1 : -1)) };
}
