/**
 * The way between two latents whose pictures change least in all: the discrete geodesic of Shao, Kumar & Fletcher 2018
 * (algorithm 1), which minimises the energy ½ Σ ‖g(xᵢ₊₁) − g(xᵢ)‖² / δt over the inner points of a path.
 */
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';

/** A generator as far as a path through its latents sees it. */
export interface PictureMap {
  /** Pictures of latents, each a row of any one length. */
  pictures(points: readonly Float64Array[]): Promise<readonly ArrayLike<number>[]>;
  /** Jᵀ·cotangent at each latent: gradients of ⟨picture, cotangent⟩ with respect to it. */
  pull(points: readonly Float64Array[], cotangents: readonly Float64Array[]): Promise<readonly ArrayLike<number>[]>;
}

export interface GeodesicOptions {
  /** Steps at most; a dozen take most of the energy that there is to take. */
  readonly steps?: number;
  /** It ends once two steps in a row take no more than this part of the energy; 1e-4 where not given. */
  readonly tolerance?: number;
  readonly signal?: AbortSignal;
  /** After every step: the energy, which falls. */
  readonly onStep?: (step: number, energy: number) => void;
}

export interface Geodesic {
  /** The whole path, its ends untouched. */
  readonly points: readonly Float64Array[];
  /** ½ Σ mean squared change of a picture's numbers · segments, first of the path that it started from. */
  readonly energies: readonly number[];
}

interface Path {
  readonly points: readonly Float64Array[];
  readonly pictures: readonly ArrayLike<number>[];
  readonly energy: number;
}

const usualSteps = 24;
const usualTolerance = 1e-4;
/** Armijo's: part of the promised fall that a step must keep. */
const kept = 1e-4;
const mostHalvings = 12;

/**
 * Straightens a path by gradient descent. The gradient is preconditioned by the inverse of the chain's Laplacian (a Sobolev
 * gradient), so that a bend is felt along the whole path at once, however many points it has; steps are halved until the
 * energy falls, so that it always does.
 * @param start the path to begin with, both ends included
 * @throws GanvasError `invalid-walk` for fewer than 2 points, `cancelled`
 */
export async function geodesic(
  map: PictureMap,
  start: readonly Float64Array[],
  { steps = usualSteps, tolerance = usualTolerance, signal, onStep }: GeodesicOptions = {},
): Promise<Geodesic> {
  if (start.length < 2) {
    throw new GanvasError('invalid-walk', `A way of ${start.length} points leads nowhere. Expected at least 2.`);
  }
  let path = await pathOf(map, start);
  const energies = [path.energy];
  let length = naturalStep(path);
  let idle = 0;
  for (let step = 1; step <= steps && start.length > 2; step++) {
    checkNotCancelled(signal);
    const gradient = await energyGradient(map, path);
    const descent = solveLaplacian(gradient.map((row) => row.map((value) => -value)));
    const next = await descended(map, path, gradient, descent, length, signal);
    if (next === null) break;
    const fallen = path.energy - next.path.energy;
    path = next.path;
    // What was accepted at once may have been too careful.
    length = next.halvings === 0 ? next.length * 1.5 : next.length;
    energies.push(path.energy);
    onStep?.(step, path.energy);
    // One short step may only have found out how long steps can be.
    idle = fallen <= tolerance * path.energy ? idle + 1 : 0;
    if (idle === 2) break;
  }
  return { points: path.points, energies };
}

async function pathOf(map: PictureMap, points: readonly Float64Array[]): Promise<Path> {
  const pictures = await map.pictures(points);
  const size = at(pictures, 0).length;
  let sum = 0;
  for (let i = 1; i < pictures.length; i++) sum += squaredDistance(at(pictures, i), at(pictures, i - 1));
  return { points, pictures, energy: (0.5 * (pictures.length - 1) * sum) / size };
}

/** dE/dxᵢ = Jᵀ(2g(xᵢ) − g(xᵢ₋₁) − g(xᵢ₊₁)) / δt at every inner point. */
async function energyGradient(map: PictureMap, { points, pictures }: Path): Promise<readonly Float64Array[]> {
  const size = at(pictures, 0).length;
  const segments = points.length - 1;
  const cotangents = points.slice(1, -1).map((_, inner) => {
    const [before, here, after] = [at(pictures, inner), at(pictures, inner + 1), at(pictures, inner + 2)];
    return Float64Array.from(
      { length: size },
      (__, k) => ((2 * at(here, k) - at(before, k) - at(after, k)) * segments) / size,
    );
  });
  const pulled = await map.pull(points.slice(1, -1), cotangents);
  return pulled.map((row) => Float64Array.from(row));
}

/** The step that a linear generator which stretches all directions alike would need. */
function naturalStep({ points, pictures }: Path): number {
  const size = at(pictures, 0).length;
  let [latent, picture] = [0, 0];
  for (let i = 1; i < points.length; i++) {
    latent += squaredDistance(at(points, i), at(points, i - 1));
    picture += squaredDistance(at(pictures, i), at(pictures, i - 1));
  }
  return picture === 0 ? 1 : (size * latent) / (picture * (points.length - 1));
}

/** Null when no step lets the energy fall. */
async function descended(
  map: PictureMap,
  path: Path,
  gradient: readonly Float64Array[],
  descent: readonly Float64Array[],
  first: number,
  signal: AbortSignal | undefined,
): Promise<{ readonly path: Path; readonly length: number; readonly halvings: number } | null> {
  const slope = gradient.reduce((sum, row, i) => sum + dot(row, at(descent, i)), 0);
  if (!(slope < 0)) return null;
  for (let halvings = 0; halvings <= mostHalvings; halvings++) {
    checkNotCancelled(signal);
    const length = first / 2 ** halvings;
    const moved = path.points.map((point, i) => {
      const way = descent[i - 1];
      return way === undefined ? point : point.map((value, k) => value + length * at(way, k));
    });
    const next = await pathOf(map, moved);
    if (next.energy <= path.energy + kept * length * slope) return { path: next, length, halvings };
  }
  return null;
}

/** Solves −xᵢ₋₁ + 2xᵢ − xᵢ₊₁ = rᵢ with nothing beyond the ends, number by number (Thomas' algorithm). */
export function solveLaplacian(rows: readonly Float64Array[]): Float64Array[] {
  const solved = rows.map((row) => Float64Array.from(row));
  // Elimination leaves (i + 2)/(i + 1) on the diagonal of row i.
  for (let i = 1; i < solved.length; i++) {
    const [row, above] = [at(solved, i), at(solved, i - 1)];
    for (let k = 0; k < row.length; k++) row[k] = at(row, k) + (at(above, k) * i) / (i + 1);
  }
  for (let i = solved.length - 1; i >= 0; i--) {
    const [row, below] = [at(solved, i), solved[i + 1]];
    const part = (i + 1) / (i + 2);
    for (let k = 0; k < row.length; k++) row[k] = part * (at(row, k) + (below?.[k] ?? 0));
  }
  return solved;
}

/** Points at equal steps along a path of straight pieces, both ends among them: `count` from 2. */
export function resample(points: readonly Float64Array[], count: number): Float64Array[] {
  const last = points.length - 1;
  return Array.from({ length: count }, (_, index) => {
    const place = (index * last) / (count - 1);
    const piece = Math.min(Math.floor(place), last - 1);
    const t = place - piece;
    const [from, to] = [at(points, piece), at(points, piece + 1)];
    return from.map((value, k) => (1 - t) * value + t * at(to, k));
  });
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (at(a, k) - at(b, k)) ** 2;
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + value * at(b, k), 0);
}

function checkNotCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new GanvasError('cancelled', 'Looking for the shortest way was cancelled.');
}
