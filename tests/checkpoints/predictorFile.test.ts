import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/checkpoint.js';
import { layersFileKey } from '../../src/checkpoints/generatorFamily.js';
import { recognisePredictor } from '../../src/checkpoints/predictorFile.js';
import { readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { checkPredictorFits } from '../../src/models/attributePredictor.js';
import { get, mismatch, type Golden } from '../models/goldenCase.js';
import { createTestEngine, named } from '../ops/evaluate.js';
import { expectError } from './expectError.js';

const bundled = (): Checkpoint => readSafetensors(readFileSync('weights/face64/face64-predictor.safetensors'));

function tensorsOf(file: string): Map<string, Golden> {
  const [network] = readSafetensors(readFileSync(`weights/face64/${file}`)).networks;
  const tensors = [...(network?.tensors ?? [])];
  return new Map(
    tensors.map(([name, tensor]) => [name, { shape: tensor.shape, values: Float32Array.from(readTensor(tensor)) }]),
  );
}

describe('the bundled predictor', () => {
  it('has the names of its metadata, and the scores of its card as they are', async () => {
    const predictor = recognisePredictor(bundled(), null);
    expect(predictor.attributes).toHaveLength(42);
    expect(predictor.attributes.slice(0, 4)).toEqual(['yaw', 'pitch', 'roll', 'smile']);
    expect(predictor.attributes[7]).toBe('glasses');
    expect([predictor.resolution, predictor.imgChannels]).toEqual([64, 3]);

    const golden = tensorsOf('face64-golden.safetensors');
    const picture = get(golden, 'image_psi07');
    const engine = await createTestEngine();
    const program = await engine.compile(
      (inputs) => ({ scores: predictor.scores(named(inputs, 'picture')) }),
      { picture: picture.shape },
      { label: 'predictor' },
    );
    program.run({ picture: picture.values });
    const scores = await program.read('scores');
    expect(mismatch('scores', scores, get(golden, 'predictor_psi07'), { rel_l2: 1e-5, max_abs: 2e-5 })).toBeNull();
    program.dispose();
  });

  it.each([
    ['a list that is too short', '["yaw"]'],
    ['a name twice', JSON.stringify(new Array<string>(42).fill('yaw'))],
    ['no list', '{}'],
    ['no JSON', '["yaw'],
  ])('is refused with %s of names', (_what, outputs) => {
    const checkpoint = { ...bundled(), metadata: { outputs } };
    expect(expectError('predictor-names', () => recognisePredictor(checkpoint, null)).details).toEqual({ numbers: 42 });
  });

  it('has numbers for names where its file gives none', () => {
    const { attributes } = recognisePredictor({ ...bundled(), metadata: {} }, null);
    expect([attributes[0], attributes[41]]).toEqual(['attribute 0', 'attribute 41']);
  });

  it('is the only file that needs no description', () => {
    const generator = readSafetensors(readFileSync('weights/face64/face64-g-fp16.safetensors'));
    expectError('predictor-missing-in-file', () => recognisePredictor(generator, null));
    expectError('predictor-missing-in-file', () => recognisePredictor({ ...generator, networks: [] }, null));
  });
});

/** Two attributes of pictures of 2 channels at 4²: means of the channels, turned into sums and differences. */
const meansFile = {
  format: 'ganvas-layers',
  version: 1,
  kind: 'predictor',
  input: [2, 4, 4],
  layers: [
    { type: 'pool', mode: 'average' },
    { type: 'reshape', shape: [2] },
    { type: 'dense', weights: 'fc' },
  ],
};

function meansCheckpoint(metadata: Record<string, string> = {}): Checkpoint {
  const tensors = new Map<string, TensorToWrite>([
    ['fc.weight', { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 1, 1, -1) }],
    ['fc.bias', { dtype: 'F32', shape: [2], data: Float32Array.of(0.5, 0) }],
  ]);
  return readSafetensors(writeSafetensors(tensors, metadata));
}

describe('a predictor described by a layers file', () => {
  const fileOf = (changes: Record<string, unknown>): string => JSON.stringify({ ...meansFile, ...changes });

  it('scores as its layers say', async () => {
    const predictor = recognisePredictor(meansCheckpoint(), fileOf({ attributes: ['sum', 'difference'] }));
    expect(predictor).toMatchObject({ attributes: ['sum', 'difference'], resolution: 4, imgChannels: 2 });
    const engine = await createTestEngine();
    const program = await engine.compile(
      (inputs) => ({ scores: predictor.scores(named(inputs, 'picture')) }),
      { picture: [1, 2, 4, 4] },
      { label: 'described predictor' },
    );
    program.run({ picture: Float32Array.from({ length: 32 }, (_, i) => (i < 16 ? 0.25 : -0.5)) });
    expect([...(await program.read('scores'))]).toEqual([0.25, 0.75]);
    program.dispose();
  });

  it('has numbers for names without them, and may carry its description', () => {
    expect(recognisePredictor(meansCheckpoint(), fileOf({})).attributes).toEqual(['attribute 0', 'attribute 1']);
    const carried = meansCheckpoint({ [layersFileKey]: fileOf({ attributes: ['a', 'b'] }) });
    expect(recognisePredictor(carried, null).attributes).toEqual(['a', 'b']);
  });

  it.each([
    ['layers-file-invalid', { attributes: ['sum'] }],
    ['layers-file-invalid', { attributes: ['sum', 'sum'] }],
    ['layers-file-invalid', { attributes: [] }],
    ['layers-file-invalid', { attributes: ['sum', 3] }],
    ['layers-file-invalid', { attributes: ['sum', 'difference'], kind: 'encoder' }],
    ['unsupported-architecture', { kind: 'encoder' }],
    ['layers-shape', { input: [2, 4, 8] }],
    ['layers-shape', { layers: [{ type: 'upsample' }] }],
    ['weights-missing', { layers: [{ type: 'dense', weights: 'head' }] }],
  ])('is refused as %s: %o', (code, changes) => {
    expectError(code, () => recognisePredictor(meansCheckpoint(), fileOf(changes)));
  });

  it('is held to the pictures of a model', () => {
    const predictor = recognisePredictor(meansCheckpoint(), fileOf({}));
    expectError('predictor-mismatch', () => checkPredictorFits(predictor, { imgChannels: 3 }));
    checkPredictorFits(predictor, { imgChannels: 2 });
  });
});
