import { expect, test } from 'vitest';
import { withoutDataParallel } from '../../src/checkpoints/dataParallel.js';
import { constantTensor, storedNetwork } from './storedNetwork.js';

test('a whole module out of DataParallel loses the prefix of its tensors and of its settings', () => {
  const stored = storedNetwork([['module.synthesis.b4.const', constantTensor([2, 4, 4])]]);
  const network = withoutDataParallel({
    ...stored,
    attributes: new Map([['module.synthesis.b4.conv1.conv_clamp', 256]]),
  });
  expect([...network.tensors.keys()]).toEqual(['synthesis.b4.const']);
  expect([...network.attributes]).toEqual([['synthesis.b4.conv1.conv_clamp', 256]]);
});

test('one tensor without the prefix keeps all names', () => {
  const stored = storedNetwork([
    ['module.a', constantTensor([1])],
    ['b', constantTensor([1])],
  ]);
  expect(withoutDataParallel(stored)).toBe(stored);
});
