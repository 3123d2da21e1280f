import { GanvasError } from './errors.js';
import { matchOp } from './graph.js';
import { wholeView } from './kernel.js';
import { applyOp, defineOp, type Op } from './op.js';
import { at } from './shape.js';
import type { Attributes, Tensor } from './tensor.js';

/**
 * Marks what stays in memory when a gradient recomputes instead of saving (gradient checkpointing, Chen et al. 2016,
 * "Training Deep Nets with Sublinear Memory Cost"). Costs nothing: the compiler takes the marks out.
 */
export const checkpointOp: Op = defineOp<Op>({
  name: 'checkpoint',
  inputNames: ['x'],
  inferShape: ([x = []]) => x,
  reference: ({ inputs }) => Float64Array.from(at(inputs, 0)),
  lower: () => wholeView,
  backward: ({ gradient }) => ({ x: () => gradient }),
});

/** See `checkpointOp`. Models mark where a block hands over to the next. */
export function checkpoint(x: Tensor): Tensor {
  return applyOp(checkpointOp, [x], {});
}

export function isCheckpoint(tensor: Tensor): boolean {
  return matchOp<Attributes>(tensor, checkpointOp) !== null;
}

/**
 * x, but not before `trigger` has been computed. Keeps what is recomputed from x apart from what was computed of it
 * the first time: else the two would be found equal and merged, and nothing would be saved.
 */
const notBeforeOp: Op = defineOp<Op>({
  name: 'notBefore',
  inputNames: ['x', 'trigger'],
  inferShape: ([x = []]) => x,
  reference: ({ inputs }) => Float64Array.from(at(inputs, 0)),
  lower: () => wholeView,
  backward: ({ inputs, gradient, ops }) => ({
    x: () => gradient,
    trigger: () => ops.zerosLike(at(inputs, 1)),
  }),
});

/** Gives backward rules the values they read: those of the forward pass, or the same computed once more. */
export interface ForwardValues {
  /** `tensor` as the backward step of `reader` shall read it. `gradient` is that step's own. */
  of(tensor: Tensor, reader: Tensor, gradient: Tensor): Tensor;
}

export const savedValues: ForwardValues = { of: (tensor) => tensor };

/**
 * Recomputes each segment between checkpoints when the backward pass enters it. The last segment is not recomputed:
 * its values have just been made.
 * @param order all nodes of the forward graph, inputs before readers
 * @param kept nodes that are never recomputed
 * @throws GanvasError `no-checkpoints` when the graph has none, because nothing would be saved
 */
export function recomputedValues(order: readonly Tensor[], kept: ReadonlySet<Tensor>): ForwardValues {
  const segments = segmentsOf(order);
  const last = [...segments.values()].reduce((most, segment) => Math.max(most, segment), 0);
  if (last === 0) {
    throw new GanvasError(
      'no-checkpoints',
      'Recomputing was asked for, but the function marks no checkpoints, so that nothing would be saved.',
    );
  }
  const copies = Array.from({ length: last }, () => new Map<Tensor, Tensor>());
  const triggers = new Map<number, Tensor>();
  return {
    of: (tensor, reader, gradient) => {
      const segment = segments.get(reader) ?? last;
      if (segment === last) return tensor;
      const trigger = triggers.get(segment) ?? gradient;
      triggers.set(segment, trigger);
      return recompute(tensor, trigger, at(copies, segment), kept);
    },
  };
}

/** Number of checkpoints on the longest way to each node. */
function segmentsOf(order: readonly Tensor[]): Map<Tensor, number> {
  const segments = new Map<Tensor, number>();
  for (const tensor of order) {
    const inputs = tensor.source.kind === 'op' ? tensor.source.inputs : [];
    const before = Math.max(0, ...inputs.map((input) => (segments.get(input) ?? 0) + (isCheckpoint(input) ? 1 : 0)));
    segments.set(tensor, before);
  }
  return segments;
}

/** A copy of `tensor` that starts from the checkpoints before it. */
function recompute(tensor: Tensor, trigger: Tensor, copies: Map<Tensor, Tensor>, kept: ReadonlySet<Tensor>): Tensor {
  const known = copies.get(tensor);
  if (known !== undefined) return known;
  const copy = copyOf(tensor, trigger, copies, kept);
  copies.set(tensor, copy);
  return copy;
}

function copyOf(tensor: Tensor, trigger: Tensor, copies: Map<Tensor, Tensor>, kept: ReadonlySet<Tensor>): Tensor {
  const { source } = tensor;
  if (source.kind !== 'op' || kept.has(tensor)) return tensor;
  if (isCheckpoint(tensor)) return applyOp(notBeforeOp, [tensor, trigger], {});
  const inputs = source.inputs.map((input) => recompute(input, trigger, copies, kept));
  if (inputs.every((input, index) => input === source.inputs[index])) return tensor;
  return { ...tensor, source: { ...source, inputs } };
}
