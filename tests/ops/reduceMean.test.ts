import { expect, test } from 'vitest';
import { reduceMean } from '../../src/ops/reduce.js';
import { named, runReference } from './evaluate.js';

test.each([
  [[1], [2, 5]],
  [
    [1, 1],
    [2, 5],
  ],
  [[1, 0, 1], [3.5]],
])('the mean over axes %j counts every element once', (axes, expected) => {
  const inputs = { x: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] } };
  const { y = [] } = runReference((traced) => ({ y: reduceMean(named(traced, 'x'), axes) }), inputs);
  expect([...y]).toEqual(expected.map((value) => expect.closeTo(value, 12) as number));
});
