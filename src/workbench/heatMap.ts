import type { Pixels } from './pixels.js';

/** One unit's map as grey from its least (black) to its most (white); one that is the same everywhere is black. */
export function heatMap(values: Float32Array, side: number): Pixels {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? 255 / (high - low) : 0;
  const data = new Uint8ClampedArray(4 * values.length);
  values.forEach((value, place) => {
    const grey = Math.round((value - low) * scale);
    data.set([grey, grey, grey, 255], 4 * place);
  });
  return { width: side, height: side, data };
}
