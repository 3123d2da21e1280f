import { at } from '../engine/shape.js';

/**
 * Pearson's correlations between attributes over samples, row by row (InterFaceGAN's attribute correlation). A pair counts
 * the samples on which both are scored; it is 0 where one of them does not vary.
 * @param scores [count, attributes], row-major; NaN where an attribute was not scored
 */
export function attributeCorrelations(scores: Float32Array, attributes: number): number[][] {
  return symmetric(attributes, (a, b) => correlation(scores, attributes, a, b));
}

/** Cosines between vectors of one length, row by row; 0 with a vector of zeros. */
export function cosineMatrix(vectors: readonly ArrayLike<number>[]): number[][] {
  return symmetric(vectors.length, (a, b) => cosine(at(vectors, a), at(vectors, b)));
}

function symmetric(size: number, entry: (a: number, b: number) => number): number[][] {
  const upper = Array.from({ length: size }, (_, a) => Array.from({ length: size - a }, (_, k) => entry(a, a + k)));
  return Array.from({ length: size }, (_, a) =>
    Array.from({ length: size }, (_, b) => at(at(upper, Math.min(a, b)), Math.abs(a - b))),
  );
}

function correlation(scores: Float32Array, width: number, a: number, b: number): number {
  const both: number[] = [];
  let [meanA, meanB] = [0, 0];
  for (let row = 0; row < scores.length; row += width) {
    const [x, y] = [at(scores, row + a), at(scores, row + b)];
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    both.push(row);
    meanA += x;
    meanB += y;
  }
  [meanA, meanB] = [meanA / both.length, meanB / both.length];
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (const row of both) {
    const [x, y] = [at(scores, row + a) - meanA, at(scores, row + b) - meanB];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return ratio(product, squaresA, squaresB);
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let k = 0; k < a.length; k++) {
    product += at(a, k) * at(b, k);
    squaresA += at(a, k) ** 2;
    squaresB += at(b, k) ** 2;
  }
  return ratio(product, squaresA, squaresB);
}

/** Within −1…1 also where rounding would leave it. */
function ratio(product: number, squaresA: number, squaresB: number): number {
  const size = Math.sqrt(squaresA * squaresB);
  return size > 0 ? Math.max(-1, Math.min(1, product / size)) : 0;
}
