/** IEEE 754 binary16 ↔ binary32. Written out because `Float16Array` is not in every supported browser yet. */

const scratch = new DataView(new ArrayBuffer(4));
const SMALLEST_SUBNORMAL = 2 ** -24;

/** Exact: every half is a single. */
export function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * SMALLEST_SUBNORMAL;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  // Re-bias the exponent (127 - 15 = 112) and widen the fraction from 10 to 23 bits.
  scratch.setUint32(0, (((half & 0x8000) << 16) | ((exponent + 112) << 23) | (fraction << 13)) >>> 0);
  return scratch.getFloat32(0);
}

/** Nearest half, ties to even; beyond 65504 rounds to infinity as IEEE 754 says, NaN stays a quiet NaN. */
export function floatToHalf(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 is halfway between the largest half and the next power of two, and the tie goes to the even one.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | subnormalHalf(magnitude);
  // Adding just under half a unit, plus the lowest kept bit, rounds to nearest even; a carry moves the exponent.
  const rounded = magnitude + 0x0fff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

/** Below 2^-14 a half counts units of 2^-24. The product is exact in f64, so one rounding decides. */
function subnormalHalf(magnitude: number): number {
  scratch.setUint32(0, magnitude);
  const units = scratch.getFloat32(0) / SMALLEST_SUBNORMAL;
  const below = Math.floor(units);
  const rest = units - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** Many halves, given as bit patterns. */
export function decodeHalves(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(halves.length);
  // A plain loop: `from` with a function is several times slower, and models have tens of millions of weights.
  for (let i = 0; i < halves.length; i++) values[i] = halfToFloat(halves[i] ?? 0);
  return values;
}

/** The bit patterns of many halves, for files and for GPU buffers. */
export function encodeHalves(values: Float32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) halves[i] = floatToHalf(values[i] ?? 0);
  return halves;
}
