/**
 * Both ways in which InterFaceGAN moves a latent along a boundary's normal (utils/manipulator.py: linear_interpolate): z and
 * w go *to* a distance from the boundary, W+ goes *by* a distance. Normals are unit vectors; the boundary goes through 0.
 */
import { at } from '../engine/shape.js';

/** `steps` numbers from the first to the last, in equal steps: `np.linspace`. */
export function evenlySpaced(first: number, last: number, steps: number): Float64Array {
  return Float64Array.from({ length: steps }, (_, i) =>
    steps === 1 ? first : first + ((last - first) * i) / (steps - 1),
  );
}

/** Signed distance of a latent [dim] from the boundary. */
export function distanceOf(code: ArrayLike<number>, normal: ArrayLike<number>): number {
  let distance = 0;
  for (let k = 0; k < normal.length; k++) distance += at(code, k) * at(normal, k);
  return distance;
}

/** The latent [dim] moved along the normal until it is `distance` from the boundary, wherever it was. */
export function movedTo(code: Float32Array, normal: ArrayLike<number>, distance: number): Float32Array<ArrayBuffer> {
  return movedBy(code, normal, distance - distanceOf(code, normal));
}

/** Every row of a latent [dim] or W+ [numWs, dim] moved by `distance` along the normal [dim]. */
export function movedBy(code: Float32Array, normal: ArrayLike<number>, distance: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(code, (value, index) => value + distance * at(normal, index % normal.length));
}
