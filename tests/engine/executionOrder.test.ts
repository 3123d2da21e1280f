import fc from 'fast-check';
import { expect, test } from 'vitest';
import { executionOrder } from '../../src/engine/executionOrder.js';
import { topologicalOrder } from '../../src/engine/graph.js';
import { at } from '../../src/engine/shape.js';
import { inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { add } from '../../src/ops/binary.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { concat } from '../../src/ops/concat.js';
import { reduceSum } from '../../src/ops/reduce.js';
import { square } from '../../src/ops/unary.js';

const x = inputTensor('x', [64]);

/** A graph whose nodes read earlier ones, as drawn. */
function graphOf(choices: readonly (readonly [number, number, number])[]): Tensor[] {
  const nodes: Tensor[] = [x];
  for (const [kind, first, second] of choices) {
    const [a, b] = [at(nodes, first % nodes.length), at(nodes, second % nodes.length)];
    nodes.push([square(a), add(a, b), broadcastTo(reduceSum(a, [0]), [64]), reduceSum(add(a, b), [0])][kind] ?? a);
  }
  return [at(nodes, -1), at(nodes, Math.floor(nodes.length / 2))];
}

test('every node runs once, after what it reads', () => {
  const index = fc.nat(40);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), index, index), { maxLength: 40 }), (choices) => {
      const outputs = graphOf(choices);
      const order = executionOrder(outputs);
      expect(new Set(order)).toEqual(new Set(topologicalOrder(outputs)));
      expect(order.length).toBe(new Set(order).size);
      const positions = new Map(order.map((tensor, position) => [tensor, position]));
      for (const tensor of order) {
        const inputs = tensor.source.kind === 'op' ? tensor.source.inputs : [];
        for (const input of inputs) expect(positions.get(input)).toBeLessThan(positions.get(tensor) ?? -1);
      }
    }),
    { seed: 3, numRuns: 200 },
  );
});

test('a reduction runs as soon as what it reads is there', () => {
  let features: Tensor = square(x);
  const sums: Tensor[] = [];
  for (let layer = 0; layer < 5; layer++) {
    features = square(features);
    sums.push(reduceSum(features, [0]));
  }
  // The last sum comes first in the result, so that depth first would leave all others for the end.
  const order = executionOrder([concat(sums.reverse(), 0)]);
  for (const sum of sums) {
    const [read = x] = sum.source.kind === 'op' ? sum.source.inputs : [];
    expect(order.indexOf(sum)).toBe(order.indexOf(read) + 1);
  }
});
