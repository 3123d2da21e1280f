import { meanOf } from './moments.js';
import { squaredHingeSvm, svmScore } from './squaredHingeSvm.js';
import { checkSamples, columnsOf, type Table } from './table.js';

/** Variance below which a code counts as constant, as in the reference. */
const constantVariance = 1e-12;
/** C of the reference's `LinearSVC`. */
const svmC = 0.01;
/** Part of the samples, from the end, that judges the SVM of a binary factor. */
const heldOut = 0.5;

/**
 * Separated attribute predictability (Kumar et al. 2018): the gap between the two single codes that predict a factor best,
 * mean over factors; 0…1 (disentanglement_lib evaluation/metrics/sap_score.py). A continuous factor is predicted by a
 * line, judged by R²; one of two values by a linear SVM with balanced classes, judged by its accuracy on other samples.
 * @param codes [N, codes]
 * @param factors [N, factors]
 * @throws GanvasError `invalid-measure`
 */
export function separatedAttributePredictability(codes: Table, factors: Table): number {
  checkSamples(codes, factors, 4);
  const codeColumns = columnsOf(codes);
  return meanOf(
    columnsOf(factors).map((factor) => {
      const judge = isBinary(factor) ? svmAccuracy : squaredCorrelation;
      const scores = codeColumns.map((code) => judge(code, factor)).sort((a, b) => b - a);
      return (scores[0] ?? 0) - (scores[1] ?? 0);
    }),
  );
}

function isBinary(values: Float64Array): boolean {
  return new Set(values).size === 2;
}

/** cov² / (var · var), sample statistics. */
function squaredCorrelation(code: Float64Array, factor: Float64Array): number {
  const [a, b] = [meanOf(code), meanOf(factor)];
  let [ab, aa, bb] = [0, 0, 0];
  for (const [index, value] of code.entries()) {
    const [x, y] = [value - a, (factor[index] ?? 0) - b];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  const degrees = code.length - 1;
  return aa / degrees > constantVariance && bb > 0 ? (ab * ab) / (aa * bb) : 0;
}

function svmAccuracy(code: Float64Array, factor: Float64Array): number {
  const high = Math.max(...new Set(factor));
  const positive = Array.from(factor, (value) => value === high);
  const fitted = Math.round(code.length * (1 - heldOut));
  const classes = new Set(positive.slice(0, fitted));
  const svm =
    classes.size === 2
      ? squaredHingeSvm(
          Array.from(code.subarray(0, fitted), (value) => Float64Array.of(value)),
          positive.slice(0, fitted),
          { c: svmC, balanced: true },
        )
      : null;
  const guess = (value: number): boolean => (svm === null ? classes.has(true) : svmScore(svm, [value]) > 0);
  const right = Array.from(code.subarray(fitted), (value, index) => guess(value) === positive[fitted + index]);
  return right.filter(Boolean).length / right.length;
}
