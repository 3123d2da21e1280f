/** Points between two latents. */
import { at } from '../engine/shape.js';

/** A way from one latent [dim] to another: t = 0 is the first, 1 the second. */
export type Interpolation = (from: ArrayLike<number>, to: ArrayLike<number>, t: number) => Float64Array;

/** The straight way; exact at both ends. */
export const lerp: Interpolation = (from, to, t) =>
  Float64Array.from({ length: from.length }, (_, k) => (1 - t) * at(from, k) + t * at(to, k));

/**
 * The way along the great circle, at constant angular speed (stylegan metrics/perceptual_path_length.py: slerp). Lengths
 * that differ go evenly from one to the other, so that both ends are met. Opposite latents have no great circle of their own:
 * between them the way is straight.
 */
export const slerp: Interpolation = (from, to, t) => {
  const [lengthFrom, lengthTo] = [Math.hypot(...Array.from(from)), Math.hypot(...Array.from(to))];
  const a = Float64Array.from(from, (value) => value / lengthFrom);
  const b = Float64Array.from(to, (value) => value / lengthTo);
  const cosine = a.reduce((sum, value, k) => sum + value * at(b, k), 0);
  const across = b.map((value, k) => value - cosine * at(a, k));
  const sine = Math.hypot(...across);
  if (!(sine > 1e-9)) return lerp(from, to, t);
  // atan2 keeps its precision where acos of a number near 1 has lost it.
  const angle = t * Math.atan2(sine, cosine);
  const length = (1 - t) * lengthFrom + t * lengthTo;
  return a.map((value, k) => length * (value * Math.cos(angle) + (at(across, k) / sine) * Math.sin(angle)));
};

/**
 * Points at equal steps of t, both ends among them as they are.
 * @param count from 2
 */
export function pointsBetween(
  way: Interpolation,
  from: ArrayLike<number>,
  to: ArrayLike<number>,
  count: number,
): Float64Array[] {
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return Float64Array.from(from);
    if (index === count - 1) return Float64Array.from(to);
    return way(from, to, index / (count - 1));
  });
}
