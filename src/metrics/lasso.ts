import { dot, standardised } from './moments.js';

/** Passes over the coefficients; coordinate descent on standardised columns needs tens. */
const mostPasses = 1000;
const precision = 1e-10;

/** A linear map from standardised codes to standardised factors. */
export interface LassoFit {
  /** Coefficients [codes][factors]. */
  readonly coefficients: readonly Float64Array[];
}

/**
 * Lasso of every factor on all codes: minimises ‖y − Xb‖² / 2n + α‖b‖₁ by coordinate descent (Friedman et al. 2010, eq. 5;
 * the objective of scikit-learn's `Lasso`). All columns are standardised first, so that α means the same for each.
 */
export function lasso(
  codes: readonly ArrayLike<number>[],
  factors: readonly ArrayLike<number>[],
  alpha: number,
): LassoFit {
  const x = codes.map(standardised);
  const y = factors.map(standardised);
  const n = x[0]?.length ?? 1;
  // With few codes and many samples, the Gram matrix says all there is to know.
  const gram = x.map((a) => Float64Array.from(x, (b) => dot(a, b) / n));
  const fitted = y.map((target) =>
    descend(
      gram,
      Float64Array.from(x, (a) => dot(a, target) / n),
      alpha,
    ),
  );
  return { coefficients: x.map((_, code) => Float64Array.from(fitted, (b) => b[code] ?? 0)) };
}

function descend(gram: readonly Float64Array[], target: Float64Array, alpha: number): Float64Array {
  const b = new Float64Array(target.length);
  /** What the Gram matrix makes of b. */
  const image = new Float64Array(target.length);
  for (let pass = 0; pass < mostPasses; pass++) {
    let largest = 0;
    for (const [code, row] of gram.entries()) {
      const own = row[code] ?? 0;
      if (own === 0) continue;
      const before = b[code] ?? 0;
      const after = shrunk((target[code] ?? 0) - (image[code] ?? 0) + own * before, alpha) / own;
      if (after === before) continue;
      b[code] = after;
      for (let other = 0; other < image.length; other++) {
        image[other] = (image[other] ?? 0) + (after - before) * (row[other] ?? 0);
      }
      largest = Math.max(largest, Math.abs(after - before));
    }
    if (largest < precision) break;
  }
  return b;
}

/** Soft thresholding. */
function shrunk(value: number, by: number): number {
  return Math.sign(value) * Math.max(0, Math.abs(value) - by);
}
