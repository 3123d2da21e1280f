import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateDict, writeTorchLegacy, writeTorchZip, type TensorSpec } from '../checkpoints/torchWriter.js';
import { ensureBuilt } from '../setup/build.js';
import { refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

const predictor = join(import.meta.dirname, '..', '..', 'weights', 'face64', 'face64-predictor.safetensors');

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
  const heads: Record<string, TensorSpec> = {};
  [64, 192, 384, 256, 256].forEach((channels, layer) => {
    heads[`lin${layer}.model.1.weight`] = { shape: [1, channels, 1, 1], data: new Float32Array(channels) };
  });
  writeFileSync(join(folder, 'alex.pth'), writeTorchLegacy(stateDict(heads)));
});
afterAll(() => removeFolder(folder));

test('info says what a file without a generator is for', async () => {
  const text = await succeed(folder, ['info', 'alex.pth']);
  expect(text).toContain('file        alex.pth, torch-legacy, ');
  expect(text).toContain('LPIPS heads');
  expect(text).toContain('for `ganvas invert --heads`');
  const report = JSON.parse(await succeed(folder, ['info', predictor, '--json'])) as Record<string, unknown>;
  expect(report).toMatchObject({ name: 'face64-predictor.safetensors', format: 'safetensors', option: '--features' });
});

test('commands that need a generator say what the file is instead', async () => {
  for (const args of [
    ['convert', 'alex.pth', 'never.safetensors'],
    ['generate', 'alex.pth', '--seeds', '0', '--out', 'never.png'],
  ]) {
    expect(await refuse(folder, args)).toContain('takes it with --heads');
  }
});

test('info names the tensor that shows another network', async () => {
  const vgg = { 'features.0.weight': { shape: [1, 3, 3, 3], data: new Float32Array(27) } };
  writeFileSync(join(folder, 'other.pth'), writeTorchZip(stateDict(vgg)));
  expect(await refuse(folder, ['info', 'other.pth'])).toContain('`features.0.weight` is [1, 3, 3, 3]; [64, 3, 3, 3]');
});

test('info says that a torch file holds a generator of another family', async () => {
  const dcgan = { 'main.0.weight': { shape: [1], data: new Float32Array(1) } };
  writeFileSync(join(folder, 'netG.pth'), writeTorchZip(stateDict(dcgan)));
  expect(await refuse(folder, ['info', 'netG.pth'])).toContain('is not a StyleGAN2 generator: it has `main.0.weight`');
});
