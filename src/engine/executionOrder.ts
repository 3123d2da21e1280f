import { topologicalOrder } from './graph.js';
import { sizeOf } from './shape.js';
import type { Tensor } from './tensor.js';

/** A node whose result is this many times smaller than what it reads frees memory by running early. */
const shrinks = 8;

/**
 * All nodes that `outputs` need, every node after its inputs, in an order that keeps few large values alive: depth
 * first, but a reduction runs as soon as what it reads is there. Otherwise the style gradients of a generator, all
 * gathered at the end, would keep every layer's gradient alive until then.
 */
export function executionOrder(outputs: readonly Tensor[]): Tensor[] {
  const depthFirst = topologicalOrder(outputs);
  const eager = eagerReaders(depthFirst);
  const done = new Set<Tensor>();
  const order: Tensor[] = [];
  const isReady = (tensor: Tensor): boolean =>
    !done.has(tensor) && tensor.source.kind === 'op' && tensor.source.inputs.every((input) => done.has(input));
  const run = (tensor: Tensor): void => {
    done.add(tensor);
    order.push(tensor);
  };
  for (const tensor of depthFirst) {
    if (done.has(tensor)) continue;
    const pending = [tensor];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (done.has(next)) continue;
      run(next);
      for (const reader of eager.get(next) ?? []) if (isReady(reader)) pending.push(reader);
    }
  }
  return order;
}

/** The shrinking readers of each node. */
function eagerReaders(order: readonly Tensor[]): Map<Tensor, Tensor[]> {
  const readers = new Map<Tensor, Tensor[]>();
  for (const tensor of order) {
    if (tensor.source.kind !== 'op') continue;
    const computed = tensor.source.inputs.filter((input) => input.source.kind === 'op');
    const read = computed.reduce((sum, input) => sum + sizeOf(input.shape), 0);
    if (read < shrinks * sizeOf(tensor.shape)) continue;
    for (const input of new Set(computed)) readers.set(input, [...(readers.get(input) ?? []), tensor]);
  }
  return readers;
}
