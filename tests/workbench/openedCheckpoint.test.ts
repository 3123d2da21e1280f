import { expect, test } from 'vitest';
import { writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';

/** One transposed convolution that makes a 4² picture of z 2. */
const tensors = new Map([['up.weight', { dtype: 'F32' as const, shape: [2, 3, 4, 4], data: new Float32Array(96) }]]);

const descriptionOf = (activation: string): string =>
  JSON.stringify({
    format: 'ganvas-layers',
    version: 1,
    kind: 'generator',
    input: [2],
    layers: [
      { type: 'reshape', shape: [2, 1, 1] },
      { type: 'convTransposed', weights: 'up' },
      { type: 'activation', activation },
    ],
  });

test('the same weights under two descriptions are two models, and a converted file is the one it was', async () => {
  const open = (description: string) => openCheckpoint(writeSafetensors(tensors), 'described', { description });
  const [bounded, cut] = [await open(descriptionOf('tanh')), await open(descriptionOf('relu'))];
  expect(bounded.summary.hash).not.toBe(cut.summary.hash);
  const converted = await openCheckpoint(writeSafetensors(tensors, cut.metadata), 'converted');
  expect(converted.summary.hash).toBe(cut.summary.hash);
});
