import { parseSeedRange } from '../latent/seedRange.js';

/** Seeds as people write them, "0-3,7"; null when the text names none, or more than `most`. */
export function readSeedList(text: string, most: number): readonly number[] | null {
  try {
    const seeds = parseSeedRange(text);
    return seeds.length > 0 && seeds.length <= most ? seeds : null;
  } catch {
    return null;
  }
}
