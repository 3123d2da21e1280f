import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { findFeatureLayout } from '../../src/checkpoints/featureLayouts.js';
import { recogniseFeatureNetwork, type RecognisedFeatureNetwork } from '../../src/checkpoints/featureNetworks.js';
import { readCheckpoint } from '../../src/checkpoints/open.js';
import { inputTensor } from '../../src/engine/tensor.js';
import { expectError } from './expectError.js';
import { torchvisionWeights } from './featureShapes.js';
import { checkpointWith, constantTensor, storedNetwork, untouchableTensor } from './storedNetwork.js';

type Torchvision = keyof typeof torchvisionWeights;

/** A state dict of true shapes, with the classifier that torchvision's files have. */
function stateDict(name: Torchvision): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  for (const [path, shape] of Object.entries(torchvisionWeights[name])) {
    tensors.set(`${path}.weight`, constantTensor(shape));
    tensors.set(`${path}.bias`, constantTensor(shape.slice(0, 1)));
  }
  return tensors.set('classifier.0.weight', untouchableTensor([4096, 25088]));
}

function recognise(tensors: ReadonlyMap<string, StoredTensor>): RecognisedFeatureNetwork {
  return recogniseFeatureNetwork(checkpointWith(storedNetwork(tensors)));
}

describe.each(['vgg16', 'alexnet', 'squeezenet'] as const)('a torchvision file of %s', (name) => {
  it('is told by its shapes, and its classifier is left alone', () => {
    const tensors = stateDict(name);
    const { network, tensors: used, title } = recognise(tensors);
    expect(network.name).toBe(name);
    expect(title).toContain('torchvision');
    const expected = [...tensors.keys()].filter((key) => key !== 'classifier.0.weight');
    expect([...used.keys()].sort()).toEqual(expected.sort());
    expect(network.features(inputTensor('picture', [1, 3, 64, 64])).length).toBe(name === 'squeezenet' ? 7 : 5);
  });

  it('is refused by the name of a tensor that is missing, of another shape, or not finite', () => {
    const [, [path, shape]] = Object.entries(torchvisionWeights[name]) as [unknown, [string, readonly number[]]];
    const expected = `[${shape.join(', ')}]`;
    const missing = stateDict(name);
    missing.delete(`${path}.weight`);
    expect(expectError('weights-missing', () => recognise(missing)).message).toContain(
      `\`${path}.weight\` is missing; ${expected} was expected`,
    );
    const reshaped = stateDict(name).set(`${path}.weight`, constantTensor([1, 2, 3, 3]));
    expect(expectError('weights-shape', () => recognise(reshaped)).message).toContain(
      `\`${path}.weight\` is [1, 2, 3, 3]; ${expected} was expected`,
    );
    const infinite = stateDict(name).set(`${path}.weight`, constantTensor(shape, NaN));
    expect(expectError('weights-not-finite', () => recognise(infinite)).details['key']).toBe(`${path}.weight`);
  });
});

describe('other networks', () => {
  it.each<[string, Record<string, readonly number[]>, string]>([
    ['VGG19', { 'features.16.weight': [256, 256, 3, 3] }, '`features.16.weight` [256, 256, 3, 3] is not part of'],
    ['batch norm', { 'features.1.weight': [64] }, '`features.1.weight` [64] is not part of torchvision’s VGG16'],
  ])('are not taken for VGG16: %s', (_, extra, words) => {
    const tensors = stateDict('vgg16');
    for (const [key, shape] of Object.entries(extra)) tensors.set(key, constantTensor(shape));
    tensors.delete('features.28.weight');
    const { message } = expectError('weights-unexpected', () => recognise(tensors));
    expect(message).toContain(words);
    expect(message).toContain('`features.28.weight` [512, 512, 3, 3] was expected');
  });

  it('say what was the last to be expected when nothing is missing', () => {
    const tensors = stateDict('alexnet').set('features.12.weight', constantTensor([256, 256, 3, 3]));
    expect(expectError('weights-unexpected', () => recognise(tensors)).message).toContain(
      '`features.10.bias` as the last',
    );
  });

  it('are not taken for SqueezeNet 1.1: 1.0', () => {
    const tensors = stateDict('squeezenet').set('features.0.weight', constantTensor([96, 3, 7, 7]));
    expect(expectError('weights-shape', () => recognise(tensors)).message).toContain('[64, 3, 3, 3] was expected');
  });

  it('are none of ours', () => {
    const other = checkpointWith(storedNetwork([['layer1.0.conv1.weight', constantTensor([64, 64, 3, 3])]]));
    expect(findFeatureLayout(other)).toBeNull();
    const { message } = expectError('features-missing', () => recogniseFeatureNetwork(other));
    expect(message).toContain('begins with `layer1.0.conv1.weight` [64, 64, 3, 3]');
    expect(message).toContain('`features.0.weight` [64, 3, 3, 3]');
  });
});

it('recognises the bundled predictor', () => {
  const path = new URL('../../weights/face64/face64-predictor.safetensors', import.meta.url);
  const { network } = recogniseFeatureNetwork(readCheckpoint(new Uint8Array(readFileSync(path)), 'predictor'));
  expect(network).toMatchObject({ name: 'predictor', resolution: 64, imgChannels: 3 });
});
