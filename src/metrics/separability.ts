import { squaredHingeSvm, svmScore } from './squaredHingeSvm.js';
import { checkSamples, columnsOf, type Table } from './table.js';

/**
 * Separability of StyleGAN (Karras et al. 2019, §4.2; stylegan metrics/linear_separability.py): 2^ΣH(Y|X), where Y is an
 * attribute's class, of the half of the samples that are surest, and X the side on which they lie of a linear SVM fitted to
 * their latents. From 1, which is perfect; an attribute that no plane tells doubles it.
 *
 * The official attributes are classifiers' yes and no. Ours may be measures, such as an angle, so that the classes are those
 * above and below the median, and the surest half the quarters at both ends.
 * @param latents [N, dim]
 * @param scores [N, attributes]
 * @throws GanvasError `invalid-measure`
 */
export function separability(latents: Table, scores: Table): number {
  return 2 ** conditionalEntropies(latents, scores).reduce((sum, bits) => sum + bits, 0);
}

/** H(Y|X) of every attribute, in bits, 0…1. */
export function conditionalEntropies(latents: Table, scores: Table): number[] {
  checkSamples(latents, scores, 8);
  const rows = rowsOf(latents);
  return columnsOf(scores).map((values) => conditionalEntropy(rows, values));
}

function conditionalEntropy(rows: readonly Float64Array[], values: Float64Array): number {
  const order = [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const quarter = Math.floor(order.length / 4);
  const [low, high] = [order.slice(0, quarter), order.slice(-quarter)];
  // A constant has no classes, and nothing is left to know of it: the reference scores such an attribute as told perfectly.
  if (values[order[0] ?? 0] === values[order[order.length - 1] ?? 0]) return 0;
  const kept = [...low, ...high].map((index) => rows[index] ?? new Float64Array());
  const positive = kept.map((_, index) => index >= quarter);
  const svm = squaredHingeSvm(kept, positive, { c: 1 });
  const counts = [new Float64Array(2), new Float64Array(2)] as const;
  for (const [index, row] of kept.entries()) {
    const side = counts[svmScore(svm, row) > 0 ? 1 : 0];
    const y = positive[index] === true ? 1 : 0;
    side[y] = (side[y] ?? 0) + 1 / kept.length;
  }
  return counts.reduce((sum, [a = 0, b = 0]) => sum + bitsOf(a, b), 0);
}

/** p(x) · H(Y | X = x) of the joint probabilities of both classes. */
function bitsOf(a: number, b: number): number {
  return [a, b].reduce((sum, p) => (p > 0 ? sum - p * Math.log2(p / (a + b)) : sum), 0);
}

function rowsOf({ rows, columns, values }: Table): Float64Array[] {
  return Array.from({ length: rows }, (_, row) =>
    Float64Array.from({ length: columns }, (_, index) => values[row * columns + index] ?? 0),
  );
}
