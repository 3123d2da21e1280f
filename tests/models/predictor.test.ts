import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { parameterTensor } from '../../src/engine/tensor.js';
import { Predictor } from '../../src/models/predictor.js';
import type { Weights } from '../../src/models/weights.js';
import { createTestEngine, named } from '../ops/evaluate.js';
import { get, mismatch, type Golden } from './goldenCase.js';

function tensorsOf(file: string): Map<string, Golden> {
  const [network] = readSafetensors(new Uint8Array(readFileSync(`weights/face64/${file}`))).networks;
  const tensors = [...(network?.tensors ?? [])];
  return new Map(
    tensors.map(([name, tensor]) => [name, { shape: tensor.shape, values: Float32Array.from(readTensor(tensor)) }]),
  );
}

test("the bundled predictor reproduces its card's golden, and takes 64² pictures of three channels", async () => {
  const stored = tensorsOf('face64-predictor.safetensors');
  const parameters = new Map(
    [...stored].map(([name, { shape, values }]) => [name, parameterTensor({ name, shape, load: () => values })]),
  );
  const find: Weights['find'] = (name) => parameters.get(name) ?? null;
  const getWeight: Weights['get'] = (name) => find(name) ?? expect.fail(`no ${name}`);
  const predictor = new Predictor({ count: parameters.size, find, get: getWeight });
  expect([predictor.resolution, predictor.imgChannels]).toEqual([64, 3]);

  const golden = tensorsOf('face64-golden.safetensors');
  const picture = get(golden, 'image_psi07');
  const engine = await createTestEngine();
  const program = await engine.compile(
    (inputs) => ({ attributes: predictor.attributes(named(inputs, 'picture')) }),
    { picture: picture.shape },
    { label: 'predictor' },
  );
  program.run({ picture: picture.values });
  const attributes = await program.read('attributes');
  expect(
    mismatch('attributes', attributes, get(golden, 'predictor_psi07'), { rel_l2: 1e-5, max_abs: 2e-5 }),
  ).toBeNull();
  program.dispose();
});
