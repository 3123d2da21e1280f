import { describe, expect, it } from 'vitest';
import { writeNpy } from '../../src/checkpoints/npy.js';
import { readCheckpoint } from '../../src/checkpoints/open.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { expectError } from './expectError.js';
import { writeZip } from './torchWriter.js';

const weight = { name: 'synthesis.b4.const.npy', content: writeNpy([2, 2], Float32Array.of(1, 2, 3, 4)) };
const words = { name: 'arch.npy', content: writeNpy([1], Float32Array.of(0)) };
words.content.set(new TextEncoder().encode("'<U1'"), 20);

describe('npz archives', () => {
  it.each([false, true])('are networks whose tensors are their arrays, compressed: %s', (deflate) => {
    const checkpoint = readCheckpoint(writeZip([weight, words], { deflate }), 'weights.npz');
    expect(checkpoint.format).toBe('npz');
    const [network] = checkpoint.networks;
    expect([...(network?.tensors.keys() ?? [])]).toEqual(['synthesis.b4.const']);
    const tensor = network?.tensors.get('synthesis.b4.const');
    expect(tensor?.shape).toEqual([2, 2]);
    expect(tensor && [...readTensor(tensor)]).toEqual([1, 2, 3, 4]);
  });

  it('without numbers hold no network', () => {
    expectError('checkpoint-no-generator', () => readCheckpoint(writeZip([words]), 'words.npz'));
  });

  it('say that an array is cut off', () => {
    const short = { ...weight, content: weight.content.subarray(0, -4) };
    expectError('numpy-truncated', () => readCheckpoint(writeZip([short]), 'weights.npz'));
  });
});
