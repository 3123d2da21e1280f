import { GanvasError } from './errors.js';
import type { GradientOps } from './gradientOps.js';
import { formatShape, type DType, type Shape } from './shape.js';
import type { Attributes, OpRecord, Tensor } from './tensor.js';

/** What a gradient rule may look at. `gradient` has the shape of `output`. */
export interface BackwardContext<A extends Attributes> {
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  readonly gradient: Tensor;
  readonly attributes: A;
  /** The ops to write the gradient in. */
  readonly ops: GradientOps;
}

/**
 * A differentiable op. `backward` returns one lazy thunk for each differentiable input, by input name, itself
 * written in ops, so that the set is closed under differentiation; thunks that nobody asks for never run. A thunk that
 * gives null says that the gradient is zero wherever there is one, which spares computing with zeros.
 */
export interface Op<A extends Attributes = Attributes> extends OpRecord<A> {
  backward(context: BackwardContext<A>): Readonly<Partial<Record<string, () => Tensor | null>>>;
}

/** Freezes an op's record: it is shared by every graph. */
export function defineOp<O extends OpRecord>(op: O): O {
  return Object.freeze(op);
}

export function isDifferentiable(op: OpRecord): op is Op {
  return 'backward' in op;
}

/** Most axes a tensor has: what the strided kernels handle. */
export const maxRank = 6;

/**
 * Adds a node to the graph; the only way an op is applied.
 * @throws GanvasError `shape-mismatch`, naming the op and the shapes.
 */
export function applyOp<A extends Attributes>(
  op: OpRecord<A>,
  inputs: readonly Tensor[],
  attributes: A,
  dtype: DType = 'f32',
): Tensor {
  const shapes = inputs.map((input) => input.shape);
  const shape = op.inferShape(shapes, attributes);
  if (shape.length > maxRank) {
    throw shapeError(op.name, shapes, `the result ${formatShape(shape)} may have at most ${maxRank} axes`);
  }
  return { shape, dtype, source: { kind: 'op', op, inputs, attributes } };
}

/** The error every shape rule throws: names the op and all shapes it was given. */
export function shapeError(op: string, shapes: readonly Shape[], expected: string): GanvasError {
  const given = shapes.map(formatShape).join(' and ');
  return new GanvasError('shape-mismatch', `${op}: got ${given}; ${expected}`, { op, given });
}
