import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { featureLoss } from '../../src/workbench/featureLoss.js';
import { LossLibrary } from '../../src/workbench/lossLibrary.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';

const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(`weights/face64/${name}.safetensors`));

test('the latest network is the one brought last that fits the model', async () => {
  const library = new LossLibrary();
  const face64 = await openCheckpoint(bytesOf('face64-g'), 'face64');
  expect(library.latest(face64)).toBeNull();
  const first = featureLoss({ name: 'predictor', bytes: bytesOf('face64-predictor') }, null);
  const second = { ...first, id: 'second', loss: { ...first.loss, name: 'second' } };
  library.add(first);
  library.add(second);
  expect(library.latest(face64)?.name).toBe('second');
  // Brought again, it is the latest again.
  library.add(first);
  expect(library.latest(face64)?.name).toBe(first.loss.name);
  const larger = { ...face64, summary: { ...face64.summary, resolution: 128 } };
  expect(library.latest(larger)).toBeNull();
});
