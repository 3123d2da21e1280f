import { describe, expect, test } from 'vitest';
import { constantNodes, Interner, isOp, mergeEqual, topologicalOrder, useCounts } from '../../src/engine/graph.js';
import { evaluateReference } from '../../src/engine/reference.js';
import { constantTensor, inputTensor, type Tensor } from '../../src/engine/tensor.js';
import { add, mul } from '../../src/ops/binary.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { gradient } from '../../src/ops/gradient.js';
import { affine, clamp, square, unary } from '../../src/ops/unary.js';
import { fusedWith } from '../ops/fusedWith.js';

const merge = (...outputs: readonly Tensor[]): Tensor[] => mergeEqual(outputs, new Interner());

test('every node comes once, after its inputs', () => {
  const x = inputTensor('x', [2]);
  const shared = square(x);
  const order = topologicalOrder([add(shared, mul(shared, x)), shared]);
  expect(new Set(order).size).toBe(order.length);
  expect(order).toHaveLength(4);
  order.forEach((tensor, index) => {
    if (isOp(tensor)) for (const input of tensor.source.inputs) expect(order.indexOf(input)).toBeLessThan(index);
  });
});

test('uses count readers, and outputs once for each time', () => {
  const x = inputTensor('x', [2]);
  const y = mul(x, x);
  expect(useCounts([y, y], topologicalOrder([y]))).toEqual(
    new Map([
      [y, 2],
      [x, 2],
    ]),
  );
});

describe('equal computations', () => {
  const x = inputTensor('x', [3]);

  test('become one node', () => {
    const [a, b] = merge(square(affine(x, 2, 1)), square(affine(x, 2, 1)));
    expect(a).toBe(b);
    expect(topologicalOrder([add(square(x), square(x))])).toHaveLength(4);
    expect(topologicalOrder(merge(add(square(x), square(x))))).toHaveLength(3);
  });

  test('of the same input by name are one, of another name or shape are not', () => {
    const [a, b, c, d] = merge(
      square(x),
      square(inputTensor('x', [3])),
      square(inputTensor('y', [3])),
      square(inputTensor('x', [4])),
    );
    expect(a).toBe(b);
    expect(new Set([a, c, d]).size).toBe(3);
  });

  test('are told apart by attributes, however they are written', () => {
    const outputs = [
      affine(x, 1, 2),
      affine(x, 2, 1),
      clamp(x, 0, Infinity),
      clamp(x, 0, -Infinity),
      clamp(x, 0, NaN),
      clamp(x, 0, 0),
      clamp(x, -0, 0),
    ];
    expect(new Set(merge(...outputs)).size).toBe(outputs.length);
  });

  test('are told apart by their constants, which are equal only if the same', () => {
    const constant = constantTensor('c', [3], [1, 2, 3]);
    const [a, b, c] = merge(add(x, constant), add(x, constant), add(x, constantTensor('c', [3], [1, 2, 3])));
    expect(a).toBe(b);
    expect(a).not.toBe(c);
  });
});

test('constants are what depends on parameters alone', () => {
  const x = inputTensor('x', [3]);
  const c = constantTensor('c', [3], [1, 2, 3]);
  const doubled = affine(c, 2, 0);
  const y = add(x, doubled);
  expect(constantNodes(topologicalOrder([y]))).toEqual(new Set([c, doubled]));
});

test('programs share the numbers of constants, and each keeps those of what depends on its inputs', () => {
  const shared = new Interner();
  const weight = constantTensor('weight', [2], Float32Array.of(1, 2));
  const idsOf = (): readonly [number, number] => {
    const own = new Interner(shared);
    const doubled = affine(weight, 2, 0);
    return [own.idOf(doubled), own.idOf(add(inputTensor('x', [2]), doubled))];
  };
  const [first, second] = [idsOf(), idsOf()];
  expect(first[0]).toBe(second[0]);
  expect(first[0]).toBe(shared.idOf(affine(weight, 2, 0)));
  expect(first[0]).toBeGreaterThanOrEqual(0);
  expect(first[1]).toBeLessThan(0);
});

test('a chain of 20 000 nodes is ordered, merged, fused, differentiated and computed', () => {
  const x = inputTensor('x', [2]);
  let y: Tensor = x;
  for (let i = 0; i < 20_000; i++) y = affine(y, 1, 1);
  const [merged = y] = merge(y);
  const [result = y] = fusedWith(opLibrary, [merged]);
  expect(topologicalOrder([result])).toHaveLength(20_001);
  const [slope] = gradient(result, [x]);
  const [value, derivative] = evaluateReference([result, slope ?? x], new Map([[x, [1, 2]]]));
  expect(value).toEqual(Float64Array.of(20_001, 20_002));
  expect(derivative).toEqual(Float64Array.of(1, 1));
});

test('only what lies between is differentiated: a weight nobody asks for costs no node', () => {
  const [x, w] = [inputTensor('x', [2]), inputTensor('w', [2])];
  const y = mul(unary('tanh', w), x);
  const [inX] = gradient(y, [x]);
  const kinds = topologicalOrder([inX ?? x])
    .filter(isOp)
    .map((tensor) => tensor.source.attributes['kind']);
  expect(kinds).not.toContain('square');
});

describe('the reference', () => {
  const x = inputTensor('x', [2]);

  test('names an input without values, and one of the wrong length', () => {
    expect(() => evaluateReference([square(x)], new Map())).toThrow(
      expect.objectContaining({ code: 'input-missing' }) as Error,
    );
    expect(() => evaluateReference([square(x)], new Map([[x, [1]]]))).toThrow(
      expect.objectContaining({ code: 'input-size' }) as Error,
    );
  });
});
