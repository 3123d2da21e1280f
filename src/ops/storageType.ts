/** What numbers are stored as between kernels; whatever they are summed up to is f32 with either. */
export const storageTypes = ['f32', 'f16'] as const;
export type StorageType = (typeof storageTypes)[number];

const largestHalf = 65504;

/** The half next to a number, ties to even; the largest for what is beyond. */
export function nearestHalf(value: number): number {
  const size = Math.min(Math.abs(value), largestHalf);
  const step = 2 ** (Math.max(Math.floor(Math.log2(size)), -14) - 10);
  const whole = Math.floor(size / step);
  const rest = size / step - whole;
  const rounded = rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole;
  return size === 0 ? 0 : Math.sign(value) * rounded * step;
}
