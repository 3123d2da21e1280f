/** A logarithmic axis for positive values. */
export interface LogScale {
  /** Part of the axis below a value, 0…1; the least of the axis for what is not positive. */
  place(value: number): number;
  /** Values to print beside the axis: powers of ten, or 1, 2 and 5 times such when few fit. */
  readonly ticks: readonly number[];
}

const mostTicks = 5;

/** An axis that holds all positive values, at least a factor of two wide. */
export function logScale(values: readonly number[]): LogScale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const [least, most] = positive.length === 0 ? [0.1, 1] : [Math.min(...positive), Math.max(...positive)];
  const middle = Math.sqrt(least * most);
  const low = Math.log10(Math.min(least, middle / Math.SQRT2));
  const high = Math.log10(Math.max(most, middle * Math.SQRT2));
  return {
    place: (value) => (value > 0 ? Math.max(0, Math.min(1, (Math.log10(value) - low) / (high - low))) : 0),
    ticks: ticksBetween(low, high),
  };
}

function ticksBetween(low: number, high: number): number[] {
  const within = (leads: readonly number[]): number[] => {
    const ticks: number[] = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power++) {
      // 10 ** −3 has no exact double; the text has the nearest one.
      for (const lead of leads) ticks.push(Number(`${lead}e${power}`));
    }
    return ticks.filter((tick) => Math.log10(tick) >= low - 1e-9 && Math.log10(tick) <= high + 1e-9);
  };
  const powers = within([1]);
  if (powers.length > mostTicks) {
    const stride = Math.ceil(powers.length / mostTicks);
    return powers.filter((_, index) => index % stride === 0);
  }
  const finer = within([1, 2, 5]);
  return powers.length >= 2 || finer.length === 0 ? powers : finer;
}
