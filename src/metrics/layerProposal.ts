/** Part of the total that the proposed layers hold. */
const carried = 0.8;

/**
 * The shortest run of neighbouring layers that holds at least four fifths of the sum of all scores; of several as short
 * that with the greatest sum, then the first. Every layer, where all scores are 0.
 * @param scores one a layer of W+, from 0
 */
export function proposedRange(scores: readonly number[]): number[] {
  const every = scores.map((_, layer) => layer);
  const total = scores.reduce((sum, score) => sum + score, 0);
  if (!(total > 0)) return every;
  for (let length = 1; length <= scores.length; length++) {
    const sums = every.slice(0, scores.length - length + 1).map((first) => sumOf(scores, first, length));
    const best = Math.max(...sums);
    // A rounding error must not make every layer out of the last but one.
    if (best >= carried * total * (1 - 1e-12)) {
      const first = sums.indexOf(best);
      return every.slice(first, first + length);
    }
  }
  return every;
}

function sumOf(scores: readonly number[], first: number, length: number): number {
  return scores.slice(first, first + length).reduce((sum, score) => sum + score, 0);
}
