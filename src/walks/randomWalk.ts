import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { RandomState } from '../latent/randomState.js';

export interface RandomWalkRequest {
  /** Where it begins, [dim], of any length but 0. */
  readonly start: ArrayLike<number>;
  /** Points, the start among them. */
  readonly count: number;
  /** Angle between two points in radians, more than 0 and at most π/2. */
  readonly angle: number;
  /** Of the turns. */
  readonly seed: number;
  /** How much of a step is new, 0…1: 0 goes round one great circle, 1 forgets where it came from. */
  readonly turn?: number;
}

/** Half a dozen steps later the way has turned by a right angle: it wanders, and looks smooth. */
const usualTurn = 0.3;

/**
 * A walk on the sphere through z: every step turns by the same angle and keeps the length, since nearly all z of a model are of
 * one length. A step goes on as the one before did and turns a little, so that pictures do not tremble.
 * @throws GanvasError `invalid-walk`
 */
export function randomWalk({ start, count, angle, seed, turn = usualTurn }: RandomWalkRequest): Float64Array[] {
  check({ start, count, angle, turn });
  const random = new RandomState(seed);
  const length = lengthOf(start);
  let place: Float64Array = Float64Array.from(start, (value) => value / length);
  let heading = tangent(random.randn(place.length), place);
  const points = [Float64Array.from(start)];
  while (points.length < count) {
    const fresh = tangent(random.randn(place.length), place);
    heading = tangent(mixed(heading, 1 - turn, fresh, turn), place);
    const [from, along] = [place, heading];
    place = mixed(from, Math.cos(angle), along, Math.sin(angle));
    // The heading is carried along the great circle, so that it stays a way on the sphere.
    heading = mixed(along, Math.cos(angle), from, -Math.sin(angle));
    points.push(place.map((value) => value * length));
  }
  return points;
}

function check({ start, count, angle, turn }: Required<Omit<RandomWalkRequest, 'seed'>>): void {
  const problem =
    !Number.isInteger(count) || count < 2
      ? `It has ${count} points. Expected a whole number of at least 2.`
      : !(angle > 0 && angle <= Math.PI / 2)
        ? `Its angle is ${angle}. Expected more than 0, at most π/2.`
        : !(turn >= 0 && turn <= 1)
          ? `Its turn is ${turn}. Expected 0…1.`
          : start.length < 2 || lengthOf(start) === 0
            ? 'It starts at no latent. Expected two or more numbers that are not all 0.'
            : null;
  if (problem !== null) throw new GanvasError('invalid-walk', `There is no such random walk. ${problem}`);
}

/** The part of a vector that leads along the sphere, of length 1. */
function tangent(vector: Float64Array, place: Float64Array): Float64Array {
  const outward = vector.reduce((sum, value, k) => sum + value * at(place, k), 0);
  const along = vector.map((value, k) => value - outward * at(place, k));
  const length = lengthOf(along);
  return along.map((value) => value / length);
}

const mixed = (a: Float64Array, ofA: number, b: Float64Array, ofB: number): Float64Array =>
  a.map((value, k) => ofA * value + ofB * at(b, k));

const lengthOf = (vector: ArrayLike<number>): number => Math.hypot(...Array.from(vector));
