import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';

/** Below this part of its length nothing of a direction is left but rounding: f32 directions are exact to about 1e-7. */
const leastPart = 1e-4;

/**
 * A direction without what it shares with others: p − C(CᵀC)⁻¹Cᵀp for any number of conditions, back at its own length
 * (Shen et al. 2020, "Interpreting the Latent Space of GANs for Semantic Face Editing", §3.3, conditional manipulation;
 * utils/manipulator.py: project_boundary, which has unit vectors). Conditions may depend on each other.
 * @param primal [dim]; each condition has as many numbers. A condition of zeros conditions nothing.
 * @returns perpendicular to every condition, as long as `primal`
 * @throws GanvasError `condition-parallel` when nothing is left of it, `condition-length`
 */
export function projectOut(primal: Float64Array, conditions: readonly Float64Array[]): Float64Array {
  const length = norm(primal);
  const basis = orthonormalBasis(primal.length, conditions);
  const rest = without(primal, basis);
  const left = norm(rest);
  if (!(left > leastPart * length)) {
    throw new GanvasError(
      'condition-parallel',
      `The direction lies within its ${conditions.length === 1 ? 'condition' : 'conditions'}: keeping them as they are leaves nothing of it. Remove a condition.`,
      { conditions: conditions.length, left: left / length },
    );
  }
  return rest.map((value) => (value * length) / left);
}

/** Gram and Schmidt's orthonormal vectors of what the conditions span. */
function orthonormalBasis(dim: number, conditions: readonly Float64Array[]): Float64Array[] {
  const basis: Float64Array[] = [];
  for (const condition of conditions) {
    if (condition.length !== dim) {
      throw new GanvasError(
        'condition-length',
        `A condition has ${condition.length} numbers and the direction ${dim}. Expected directions of one space and the same layers.`,
        { found: condition.length, needed: dim },
      );
    }
    const rest = without(condition, basis);
    const left = norm(rest);
    // One that the others make up already adds nothing.
    if (left > leastPart * norm(condition)) basis.push(rest.map((value) => value / left));
  }
  return basis;
}

/** Twice, because the first pass leaves rounding in proportion to what it takes away. */
function without(vector: Float64Array, basis: readonly Float64Array[]): Float64Array {
  const rest = vector.slice();
  for (let pass = 0; pass < 2; pass++) {
    for (const axis of basis) {
      const shared = dot(rest, axis);
      rest.forEach((value, k) => (rest[k] = value - shared * at(axis, k)));
    }
  }
  return rest;
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, k) => sum + value * at(b, k), 0);
}

const norm = (vector: Float64Array): number => Math.sqrt(dot(vector, vector));
