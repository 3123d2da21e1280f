import { expect } from 'vitest';

export interface Tolerance {
  /** L2 norm of the difference over L2 norm of the magnitudes. */
  readonly relL2: number;
  /** Largest difference over the largest magnitude. */
  readonly maxAbs: number;
}

/**
 * How far a kernel may be from the f64 reference, by the type it stores.
 * f32: a rounding is at most 6e-8; sums here have at most a few thousand terms, whose errors grow with about the root
 * of their number, and WGSL allows exp, tanh, division and inverseSqrt a few roundings more.
 * f32Chain: some ten such kernels one after the other, whose backward sums cancel in part (demodulation makes a layer
 * nearly independent of the size of its styles).
 */
export const kernelTolerance = {
  f32: { relL2: 1e-6, maxAbs: 4e-6 },
  f32Chain: { relL2: 4e-6, maxAbs: 1.6e-5 },
} as const satisfies Record<string, Tolerance>;

/** Norms of the differences, relative to those of `magnitudes`; NaN where any value is NaN. */
export function differenceOf(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  magnitudes: ArrayLike<number>,
): Tolerance {
  let [difference, norm, largest, largestMagnitude] = [0, 0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [error, magnitude] = [Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN)), magnitudes[i] ?? NaN];
    difference += error ** 2;
    norm += magnitude ** 2;
    largest = Math.max(largest, error);
    largestMagnitude = Math.max(largestMagnitude, magnitude);
  }
  return {
    relL2: difference === 0 ? 0 : Math.sqrt(difference / norm),
    maxAbs: largest === 0 ? 0 : largest / largestMagnitude,
  };
}

/**
 * Fails, naming what was compared, unless both measures are within the tolerance.
 * @param magnitudes size of the terms each value is a sum of: where they cancel, rounding is relative to them
 */
export function expectAgreement(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  magnitudes: ArrayLike<number> = Array.from(expected, Math.abs),
  tolerance: Tolerance = kernelTolerance.f32,
): void {
  expect(actual.length, `${what}: number of values`).toBe(expected.length);
  const { relL2, maxAbs } = differenceOf(actual, expected, magnitudes);
  expect(relL2, `${what}: relative L2 difference`).toBeLessThanOrEqual(tolerance.relL2);
  expect(maxAbs, `${what}: largest difference`).toBeLessThanOrEqual(tolerance.maxAbs);
}
