import { expect, test } from 'vitest';
import { chooseExtremes } from '../../src/discovery/extremes.js';
import { RandomState } from '../../src/latent/randomState.js';

const request = { chosen: 0.2, validation: 0.3, seed: 0 } as const;

test('scores that change places by their last bit do not change what is learned from', () => {
  const random = new RandomState(3);
  // Pairs of nearly equal scores, none of which straddles the edge of the chosen: 200 a side of 1000.
  const scores = Float64Array.from({ length: 1000 }, (_, row) => (row >> 1) + 1e-7 * (row & 1));
  const order = random.shuffled(Int32Array.from(scores.keys()));
  const first = Float64Array.from(order, (row) => scores[row] ?? 0);
  const second = Float64Array.from(order, (row) => (scores[row] ?? 0) + (row & 1 ? -3e-7 : 0));
  const [a, b] = [chooseExtremes(first, request), chooseExtremes(second, request)];
  expect([...b.train.rows]).toEqual([...a.train.rows]);
  expect([...b.validation.rows]).toEqual([...a.validation.rows]);
  // The official order is of the scores.
  const official = { ...request, shuffled: 'by-score' } as const;
  expect([...chooseExtremes(second, official).train.rows].sort()).not.toEqual(
    [...chooseExtremes(first, official).train.rows].sort(),
  );
});
