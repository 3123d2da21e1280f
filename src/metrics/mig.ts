import { meanOf } from './moments.js';
import { checkSamples, columnsOf, type Table } from './table.js';

/** Bins of disentanglement_lib's published settings. */
const usualBins = 20;

/**
 * Mutual information gap (Chen et al. 2018, eq. 6): how much more the best code tells of a factor than the second best,
 * as part of the factor's entropy, mean over factors; 0…1. Codes and factors are cut into `bins` of equal width
 * (disentanglement_lib evaluation/metrics/mig.py, utils.py: `_histogram_discretize`). A factor that never changes counts 0.
 * @param codes [N, codes]
 * @param factors [N, factors]
 * @throws GanvasError `invalid-measure`
 */
export function mutualInformationGap(codes: Table, factors: Table, bins: number = usualBins): number {
  checkSamples(codes, factors, 2);
  const codeBins = columnsOf(codes).map((values) => discretised(values, bins));
  return meanOf(
    columnsOf(factors).map((values) => {
      const factor = discretised(values, bins);
      const entropy = mutualInformation(factor, factor, bins);
      if (entropy <= 0) return 0;
      const known = codeBins.map((code) => mutualInformation(code, factor, bins)).sort((a, b) => b - a);
      return ((known[0] ?? 0) - (known[1] ?? 0)) / entropy;
    }),
  );
}

/** Index of the bin of each value, between the least and the greatest; NumPy's histogram puts the greatest in the last. */
export function discretised(values: ArrayLike<number>, bins: number): Uint16Array {
  let [low, high] = [Infinity, -Infinity];
  for (let index = 0; index < values.length; index++) {
    low = Math.min(low, values[index] ?? low);
    high = Math.max(high, values[index] ?? high);
  }
  const width = (high - low) / bins;
  return Uint16Array.from({ length: values.length }, (_, index) =>
    width === 0 ? 0 : Math.min(bins - 1, Math.floor(((values[index] ?? low) - low) / width)),
  );
}

/** Of two discrete variables, in nats. */
export function mutualInformation(a: Uint16Array, b: Uint16Array, bins: number): number {
  const joint = new Float64Array(bins * bins);
  const [ofA, ofB] = [new Float64Array(bins), new Float64Array(bins)];
  for (const [index, i] of a.entries()) {
    const j = b[index] ?? 0;
    joint[i * bins + j] = (joint[i * bins + j] ?? 0) + 1;
    ofA[i] = (ofA[i] ?? 0) + 1;
    ofB[j] = (ofB[j] ?? 0) + 1;
  }
  const n = a.length;
  return joint.reduce((sum, count, at) => {
    if (count === 0) return sum;
    const expected = ((ofA[Math.floor(at / bins)] ?? 0) * (ofB[at % bins] ?? 0)) / n;
    return sum + (count / n) * Math.log(count / expected);
  }, 0);
}
