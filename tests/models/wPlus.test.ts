import { expect, test } from 'vitest';
import { constantTensor } from '../../src/engine/tensor.js';
import { classMissing, requiredClass } from '../../src/models/requiredClass.js';
import { truncatedWs, wOf } from '../../src/models/wPlus.js';
import { expectError } from '../checkpoints/expectError.js';
import { runReference } from '../ops/evaluate.js';

const w = constantTensor('w', [2, 2], [1, 2, 3, 4]);
const wAvg = constantTensor('wAvg', [2], [1, 0]);
const psi = constantTensor('psi', [3], [1, 0.5, 0]);

test('each layer goes towards the average by its own psi, from w as from W+', () => {
  const { ofW, ofWs, one } = runReference(() => {
    const ws = truncatedWs(w, constantTensor('psi', [3], [1, 1, 1]), null);
    return { ofW: truncatedWs(w, psi, wAvg), ofWs: truncatedWs(ws, psi, wAvg), one: wOf(truncatedWs(w, psi, wAvg), 1) };
  }, {});
  expect([...(ofW ?? [])]).toEqual([1, 2, 1, 1, 1, 0, 3, 4, 2, 2, 1, 0]);
  expect(ofWs).toEqual(ofW);
  expect([...(one ?? [])]).toEqual([1, 1, 2, 2]);
});

test('without an average nothing is truncated', () => {
  const { ws } = runReference(() => ({ ws: truncatedWs(w, psi, null) }), {});
  expect([...(ws ?? [])]).toEqual([1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4]);
});

test('a class that is missing is asked for in one way', () => {
  expect(requiredClass(w, 2)).toBe(w);
  expect(expectError('class-missing', () => requiredClass(null, 5)).message).toBe(classMissing(5).message);
});
