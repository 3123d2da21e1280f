import { GanvasError } from '../engine/errors.js';
import { parseIntegerRanges } from './integerRanges.js';
import { MAX_SEED } from './randomState.js';

/** More seeds than this in one list are taken for a slip of the keyboard. */
export const MAX_SEED_COUNT = 1_000_000;

/**
 * Reads the seeds of `--seeds`, "0-3,7", in the order written and with repetitions kept.
 * @throws GanvasError `invalid-seed-range` when the text is not a list, a seed exceeds 2^32 − 1, or there are too many.
 */
export function parseSeedRange(text: string): readonly number[] {
  const ranges = parseIntegerRanges(text);
  if (!ranges || ranges.some(({ last }) => last > MAX_SEED)) {
    throw new GanvasError(
      'invalid-seed-range',
      `"${text}" is not a list of seeds. Expected whole numbers from 0 to ${MAX_SEED}, such as "0-3,7".`,
      { text, min: 0, max: MAX_SEED },
    );
  }
  const count = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (count > MAX_SEED_COUNT) {
    throw new GanvasError(
      'invalid-seed-range',
      `"${text}" names ${count} seeds. At most ${MAX_SEED_COUNT} are made in one go; ask for fewer.`,
      { text, count, max: MAX_SEED_COUNT },
    );
  }
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, step) => first + step));
}
