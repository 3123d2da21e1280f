import { expect, describe, it } from 'vitest';
import { recogniseLpipsHeads, type LpipsHeads, type LpipsNetworkName } from '../../src/checkpoints/lpipsHeads.js';
import { evaluateReference } from '../../src/engine/reference.js';
import type { FeatureNetworkName } from '../../src/models/featureNetwork.js';
import { readCheckpoint } from '../../src/checkpoints/open.js';
import { expectError } from './expectError.js';
import { stateDict, writeTorchLegacy, writeTorchZip, type TensorSpec } from './torchWriter.js';

/** Channels of the compared layers, from the paper's released files. */
const channels: Readonly<Record<LpipsNetworkName, readonly number[]>> = {
  vgg16: [64, 128, 256, 512, 512],
  alexnet: [64, 192, 384, 256, 256],
  squeezenet: [64, 128, 256, 384, 384, 512, 512],
};

function heads(name: LpipsNetworkName, changes: Readonly<Record<string, TensorSpec | null>> = {}): Uint8Array {
  const tensors: Record<string, TensorSpec> = {};
  channels[name].forEach((count, layer) => {
    const key = `lin${layer}.model.1.weight`;
    const change = changes[key];
    if (change !== null) {
      tensors[key] = change ?? {
        shape: [1, count, 1, 1],
        data: new Float32Array(count).map((_, i) => layer + i / count),
      };
    }
  });
  return writeTorchLegacy(stateDict(tensors));
}

function recognise(file: Uint8Array, wanted?: FeatureNetworkName): LpipsHeads {
  return recogniseLpipsHeads(readCheckpoint(file, 'heads.pth'), wanted);
}

describe('LPIPS heads', () => {
  it.each(['vgg16', 'alexnet', 'squeezenet'] as const)('are told by their channels: %s', (name) => {
    const found = recognise(heads(name));
    expect(found.network).toBe(name);
    expect(found.heads.map(({ shape }) => shape)).toEqual(channels[name].map((count) => [1, count, 1, 1]));
    for (const [layer, values] of evaluateReference(found.heads, new Map()).entries()) {
      expect(values[1]).toBeCloseTo(layer + 1 / (channels[name][layer] ?? 1), 6);
    }
  });

  it('are refused for another network than the one they were trained with', () => {
    expect(expectError('lpips-heads-mismatch', () => recognise(heads('alexnet'), 'vgg16')).message).toContain(
      'those of alexnet, not of vgg16',
    );
    expect(recognise(heads('alexnet'), 'alexnet').network).toBe('alexnet');
    expectError('lpips-heads-mismatch', () => recognise(heads('alexnet'), 'predictor'));
  });

  it('are refused when one is missing, of another shape, or not finite', () => {
    const key = 'lin2.model.1.weight';
    const missing = heads('vgg16', { [key]: null });
    expect(expectError('lpips-heads-mismatch', () => recognise(missing)).message).toContain('[64, 128] channels');
    expect(expectError('weights-missing', () => recognise(missing, 'vgg16')).message).toContain(key);
    const flat = heads('vgg16', { [key]: { shape: [1, 256], data: new Float32Array(256) } });
    expect(expectError('weights-shape', () => recognise(flat)).message).toContain('[1, 256, 1, 1] was expected');
    const infinite = heads('vgg16', { [key]: { shape: [1, 256, 1, 1], data: new Float32Array(256).fill(NaN) } });
    expectError('weights-not-finite', () => recognise(infinite));
  });

  it('are not found in another file', () => {
    const other = writeTorchZip(stateDict({ 'features.0.weight': { shape: [1], data: new Float32Array(1) } }));
    expect(expectError('lpips-heads-missing', () => recognise(other)).message).toContain(
      'begins with `features.0.weight`',
    );
  });
});
