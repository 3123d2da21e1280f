import { GanvasError } from './errors.js';
import type { KernelCall } from './kernel.js';
import { shapeError } from './op.js';
import { formatShape, type Shape } from './shape.js';
import type { Attributes, Tensor } from './tensor.js';

/** What an update's `lower` may look at: shapes only. */
export interface UpdateLowerContext<A extends Attributes> {
  readonly stateShapes: readonly Shape[];
  readonly operandShapes: readonly Shape[];
  readonly attributes: A;
}

/** Values for an update's f64 reference. */
export interface UpdateReferenceContext<A extends Attributes> extends UpdateLowerContext<A> {
  readonly states: readonly Float64Array[];
  readonly operands: readonly Float64Array[];
}

/**
 * A kernel that changes inputs of a program in place (an optimiser's step). Updates run after everything else of a
 * run, in order, so that whatever was computed saw the old values; an output or operand that is a state itself (or a
 * reshape of one) is not computed, and shows the new one. They are not part of the graph and have no gradient.
 */
export interface UpdateRecord<A extends Attributes = Attributes> {
  readonly name: string;
  /** Names of the inputs it changes, for messages: `value`, `moments`. */
  readonly stateNames: readonly string[];
  /** Names of the tensors it reads: `gradient`. */
  readonly operandNames: readonly string[];
  /** What the shapes must be, in words for the error; null when they fit. */
  shapeProblem(states: readonly Shape[], operands: readonly Shape[], attributes: A): string | null;
  /** The new states in f64. */
  reference(context: UpdateReferenceContext<A>): readonly Float64Array[];
  /** One kernel call; states are bound by the role `state`, as read_write, operands by `input`. */
  lower(context: UpdateLowerContext<A>): KernelCall;
}

/** An update of a traced step: `states` are inputs of the program. */
export interface Update {
  readonly op: UpdateRecord;
  readonly states: readonly Tensor[];
  readonly operands: readonly Tensor[];
  readonly attributes: Attributes;
}

/**
 * Adds an update to a step; the only way one is made.
 * @throws GanvasError `shape-mismatch`, naming the update and the shapes.
 * @throws GanvasError `state-not-input` when a state is computed rather than an input of the program.
 */
export function applyUpdate<A extends Attributes>(
  op: UpdateRecord<A>,
  states: readonly Tensor[],
  operands: readonly Tensor[],
  attributes: A,
): Update {
  const stray = states.find((state) => state.source.kind !== 'input');
  if (stray !== undefined) {
    throw new GanvasError(
      'state-not-input',
      `${op.name}: a state must be an input of the program, got a computed ${formatShape(stray.shape)}.`,
    );
  }
  const [stateShapes, operandShapes] = [states, operands].map((tensors) => tensors.map((tensor) => tensor.shape));
  const problem = op.shapeProblem(stateShapes ?? [], operandShapes ?? [], attributes);
  if (problem !== null) throw shapeError(op.name, [...(stateShapes ?? []), ...(operandShapes ?? [])], problem);
  return { op, states, operands, attributes };
}
