/** A model as the peers get it: the ops it was written in, before any fusion, with what only weights decide computed. */
import type { OpTensor } from '../../src/engine/graph.js';
import { isOp, topologicalOrder } from '../../src/engine/graph.js';
import type { Shape } from '../../src/engine/shape.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';

export type PeerFunction = (inputs: Readonly<Record<string, Tensor>>) => Tensor;

export interface TracedGraph {
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  /** What depends on an input, each after what it reads. */
  readonly nodes: readonly OpTensor[];
  /** What nodes read and no input decides. */
  readonly constants: ReadonlyMap<Tensor, Float32Array>;
  readonly output: Tensor;
  /** The node, input or constant that a node reads: marks that compute nothing are left out. */
  resolve(tensor: Tensor): Tensor;
}

export function traceGraph(fn: PeerFunction, shapes: Readonly<Record<string, Shape>>): TracedGraph {
  const entries = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  const tensors = Object.fromEntries(entries.map(({ name, shape }) => [name, inputTensor(name, shape)]));
  const output = resolve(fn(tensors));
  const order = topologicalOrder([output]);
  const live = new Set<Tensor>();
  for (const tensor of order) {
    if (tensor.source.kind === 'input' || (isOp(tensor) && tensor.source.inputs.some((input) => live.has(input))))
      live.add(tensor);
  }
  const nodes = order.filter(isOp).filter((tensor) => live.has(tensor) && resolve(tensor) === tensor);
  const wanted = nodes.flatMap(({ source }) => source.inputs.map(resolve)).filter((input) => !live.has(input));
  return { inputs: entries, nodes, constants: constantsOf(wanted), output, resolve };
}

function resolve(tensor: Tensor): Tensor {
  const { source } = tensor;
  const [only] = source.kind === 'op' && source.op.name === 'checkpoint' ? source.inputs : [];
  return only === undefined ? tensor : resolve(only);
}

function constantsOf(wanted: readonly Tensor[]): Map<Tensor, Float32Array> {
  const known = new Map<Tensor, Float64Array>();
  const value = (tensor: Tensor): Float64Array => {
    const found = known.get(tensor);
    if (found === undefined) throw new RangeError('internal: a constant before what it is made of');
    return found;
  };
  for (const tensor of topologicalOrder(wanted)) {
    const { source } = tensor;
    if (source.kind === 'parameter') known.set(tensor, Float64Array.from(source.parameter.load()));
    if (source.kind !== 'op') continue;
    const { op, inputs, attributes } = source;
    const shapes = inputs.map(({ shape }) => shape);
    known.set(tensor, op.reference({ inputs: inputs.map(value), shapes, outputShape: tensor.shape, attributes }));
  }
  return new Map(wanted.map((tensor) => [tensor, Float32Array.from(value(tensor))]));
}
