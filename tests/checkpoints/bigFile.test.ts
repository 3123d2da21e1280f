import { getHeapStatistics } from 'node:v8';
import { expect, it } from 'vitest';
import { modelHash } from '../../src/checkpoints/modelHash.js';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { recogniseGenerator } from '../../src/checkpoints/recognise.js';
import { bigSnapshot } from './bigSnapshot.js';
import { joined } from './pickleWriter.js';

/** Views of a file count nothing here, copies and garbage that still lies about do. */
function heldBytes(): number {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return heap + external;
}

it('opens a snapshot of 380 MB beside little more than the file', async () => {
  const file = joined(bigSnapshot());
  expect(file.length).toBeGreaterThan(360e6);
  const before = heldBytes();
  const grown: number[] = [];
  const checkpoint = readCheckpoint(file, 'network-snapshot.pkl');
  grown.push(heldBytes() - before);
  const { tensors, config } = recogniseGenerator(checkpoint, chooseGenerator(checkpoint));
  grown.push(heldBytes() - before);
  await modelHash(tensors);
  grown.push(heldBytes() - before);
  expect(config).toMatchObject({ architecture: 'skip', resolution: 1024 });
  expect(Math.max(...grown)).toBeLessThan(0.2 * file.length);
});
