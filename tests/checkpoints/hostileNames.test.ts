import { describe, expect, test } from 'vitest';
import { recogniseGenerator } from '../../src/checkpoints/recognise.js';
import { GanvasError } from '../../src/engine/errors.js';
import { expectError } from './expectError.js';
import { checkpointWith, constantTensor, storedNetwork } from './storedNetwork.js';

const digits = '9'.repeat(400);

test('a weight with too few axes is a typed error that names it', () => {
  const [norm, weight] = ['blocks.0.0.bn1.gain.weight', 'blocks.0.0.conv1.weight'];
  const names = ['output_layer.0.gain', weight, 'linear.weight', 'shared.weight', norm];
  const network = storedNetwork(names.map((name) => [name, constantTensor([])] as const));
  expect(() => recogniseGenerator(checkpointWith(network), network)).toThrow(
    expect.objectContaining({
      code: 'weights-shape',
      details: expect.objectContaining({ key: norm }) as object,
    }) as Error,
  );
});

describe('a name with a number beyond all reason is a typed error and no allocation', () => {
  test.each([
    ['StyleGAN’s mapping', ['synthesis/4x4/Conv/StyleMod/weight', 'mapping/Dense4000000000/weight']],
    ['StyleGAN’s resolutions', ['synthesis/4x4/Conv/StyleMod/weight', `synthesis/${digits}x${digits}/Conv1/weight`]],
    ['PGGAN’s resolutions', ['4x4/Dense/weight', '4x4/Conv/weight', `${digits}x${digits}/Conv1/weight`]],
    ['BigGAN’s blocks', ['output_layer.0.gain', 'blocks.0.0.conv1.weight', 'blocks.99999999999.0.conv1.weight']],
    ['BigGAN-deep’s layers', ['embeddings.weight', 'generator.gen_z.bias', 'generator.layers.99999999999.gamma']],
  ])('%s', (_, names) => {
    const tensors = names.map((name) => [name, constantTensor([4, 4, 4, 4])] as const);
    const network = storedNetwork(tensors);
    expect(() => recogniseGenerator(checkpointWith(network), network)).toThrow(GanvasError);
  });
});

test('more names than a call takes arguments are read one by one', () => {
  const many = Array.from({ length: 200_000 }, (_, index) => `mapping.dense${index}.weight`);
  const names = ['synthesis.layer0.const', 'synthesis.layer0.style.weight', 'synthesis.layer1.bias', ...many];
  const tensor = constantTensor([4, 4, 4, 4]);
  const network = storedNetwork(names.map((name) => [name, tensor] as const));
  const error = expectError('weights-missing', () => recogniseGenerator(checkpointWith(network), network));
  expect(error.details).toMatchObject({ key: 'synthesis.output0.weight' });
});
