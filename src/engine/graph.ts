import { at } from './shape.js';
import type { Attributes, OpRecord, Tensor } from './tensor.js';

export type OpTensor = Tensor & { readonly source: { readonly kind: 'op' } };

export function isOp(tensor: Tensor): tensor is OpTensor {
  return tensor.source.kind === 'op';
}

/** The node's op source when it applies `op`, else null. */
export function matchOp<A extends Attributes>(
  tensor: Tensor,
  op: OpRecord<A>,
): { readonly inputs: readonly Tensor[]; readonly attributes: A } | null {
  const { source } = tensor;
  if (source.kind !== 'op' || source.op.name !== op.name) return null;
  return { inputs: source.inputs, attributes: source.attributes as A };
}

/** All nodes that the outputs need, every node after its inputs. Iterative: deep graphs must not overflow the stack. */
export function topologicalOrder(outputs: readonly Tensor[]): Tensor[] {
  const order: Tensor[] = [];
  const state = new Map<Tensor, 'open' | 'done'>();
  const stack: Tensor[] = [...outputs].reverse();
  while (stack.length > 0) {
    const tensor = at(stack, -1);
    const seen = state.get(tensor);
    if (seen !== undefined) {
      stack.pop();
      if (seen === 'open') {
        state.set(tensor, 'done');
        order.push(tensor);
      }
      continue;
    }
    state.set(tensor, 'open');
    if (tensor.source.kind !== 'op') continue;
    for (const input of [...tensor.source.inputs].reverse()) {
      if (!state.has(input)) stack.push(input);
    }
  }
  return order;
}

/** How often each node is read: by other nodes, and once for each time it is an output. */
export function useCounts(outputs: readonly Tensor[], order: readonly Tensor[]): Map<Tensor, number> {
  const counts = new Map<Tensor, number>();
  const count = (tensor: Tensor): void => void counts.set(tensor, (counts.get(tensor) ?? 0) + 1);
  outputs.forEach(count);
  for (const tensor of order) {
    if (tensor.source.kind === 'op') tensor.source.inputs.forEach(count);
  }
  return counts;
}

/** Rebuilds a graph bottom-up; `replace` sees each op node with its inputs already replaced. */
export function rewriteGraph(
  outputs: readonly Tensor[],
  replace: (rebuilt: Tensor, original: Tensor) => Tensor,
): { readonly outputs: Tensor[]; readonly replacement: ReadonlyMap<Tensor, Tensor> } {
  const replacement = new Map<Tensor, Tensor>();
  const lookUp = (tensor: Tensor): Tensor => replacement.get(tensor) ?? tensor;
  for (const tensor of topologicalOrder(outputs)) {
    replacement.set(tensor, replace(withInputs(tensor, lookUp), tensor));
  }
  return { outputs: outputs.map(lookUp), replacement };
}

function withInputs(tensor: Tensor, lookUp: (tensor: Tensor) => Tensor): Tensor {
  const { source } = tensor;
  if (source.kind !== 'op') return tensor;
  const inputs = source.inputs.map(lookUp);
  if (inputs.every((input, index) => input === source.inputs[index])) return tensor;
  return { ...tensor, source: { ...source, inputs } };
}

/**
 * Gives equal numbers to equal computations: same op, same attributes, equal inputs. An engine shares one among all its
 * programs, so that a constant worked out for one program is found by the next; what depends on a program's inputs is
 * numbered by an interner of its own over the shared one, and forgotten with it.
 */
export class Interner {
  private readonly ids = new Map<string, number>();
  private readonly leaves = new WeakMap<object, number>();
  private readonly known = new WeakMap<Tensor, number>();
  private count = 0;

  constructor(private readonly shared: Interner | null = null) {}

  /** Inputs must have been interned before (topological order). */
  idOf(tensor: Tensor): number {
    const known = this.known.get(tensor);
    if (known !== undefined) return known;
    const id = this.compute(tensor);
    this.known.set(tensor, id);
    return id;
  }

  private compute(tensor: Tensor): number {
    const { source } = tensor;
    switch (source.kind) {
      case 'input':
        return this.byKey(`input ${source.name} ${tensor.shape.join('x')}`);
      case 'parameter':
        return (this.shared ?? this).leafId(source.parameter);
      case 'op': {
        const inputs = source.inputs.map((input) => this.idOf(input));
        if (this.shared !== null && inputs.every((id) => id >= 0)) return this.shared.idOf(tensor);
        return this.byKey(`${source.op.name} ${attributeKey(source.attributes)} ${inputs.join(' ')}`);
      }
    }
  }

  private leafId(leaf: object): number {
    let id = this.leaves.get(leaf);
    if (id === undefined) this.leaves.set(leaf, (id = this.nextId()));
    return id;
  }

  private byKey(key: string): number {
    let id = this.ids.get(key);
    if (id === undefined) this.ids.set(key, (id = this.nextId()));
    return id;
  }

  /** From 0 up; over a shared interner from −1 down, so that a number tells whose it is. */
  private nextId(): number {
    return this.shared === null ? this.count++ : -++this.count;
  }
}

/** JSON alone would write both infinities, and −0, as something else. */
function attributeKey(attributes: Attributes): string {
  return JSON.stringify(attributes, (_, value: unknown) =>
    typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `number ${numberText(value)}`
      : value,
  );
}

const numberText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value));

/** Merges equal computations (common sub-expressions) of one graph. */
export function mergeEqual(outputs: readonly Tensor[], interner: Interner): Tensor[] {
  const canonical = new Map<number, Tensor>();
  return rewriteGraph(outputs, (rebuilt) => {
    const id = interner.idOf(rebuilt);
    const first = canonical.get(id);
    if (first !== undefined) return first;
    canonical.set(id, rebuilt);
    return rebuilt;
  }).outputs;
}

/** Nodes that depend on parameters only: computed once a model, never in a frame. */
export function constantNodes(order: readonly Tensor[]): Set<Tensor> {
  const constants = new Set<Tensor>();
  for (const tensor of order) {
    const { source } = tensor;
    if (source.kind === 'parameter') constants.add(tensor);
    if (source.kind === 'op' && source.inputs.every((input) => constants.has(input))) constants.add(tensor);
  }
  return constants;
}
