/** Means, deviations and correlations of columns of numbers, with n in the denominator. */

export function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index] ?? 0;
  return sum / values.length;
}

/** Standard deviation, 0 for a constant. */
export function deviationOf(values: ArrayLike<number>): number {
  const mean = meanOf(values);
  let squares = 0;
  for (let index = 0; index < values.length; index++) squares += ((values[index] ?? 0) - mean) ** 2;
  return Math.sqrt(squares / values.length);
}

/** Mean 0 and deviation 1; a constant becomes zeros, because no measure can use it. */
export function standardised(values: ArrayLike<number>): Float64Array {
  const [mean, deviation] = [meanOf(values), deviationOf(values)];
  // Rounding leaves a constant a deviation of about 1e-16 of its size.
  const factor = deviation > 1e-12 * Math.max(1, Math.abs(mean)) ? 1 / deviation : 0;
  return Float64Array.from({ length: values.length }, (_, index) => ((values[index] ?? 0) - mean) * factor);
}

/** Pearson's correlation; 0 where one of the two is constant. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(standardised(a), standardised(b)) / a.length;
}

/** Correlation of every column of `a` with every column of `b`, [a][b]. */
export function correlationsOf(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): number[][] {
  const others = b.map(standardised);
  return a.map((values) => {
    const one = standardised(values);
    return others.map((other) => dot(one, other) / one.length);
  });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += (a[index] ?? 0) * (b[index] ?? 0);
  return sum;
}
