import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stateDict, writeTorchLegacy, writeTorchZip, type TensorSpec } from '../checkpoints/torchWriter.js';
import { ensureBuilt } from '../setup/build.js';
import { ganvas, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

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

test('info shows what is in a file of no known family, what it is nearest to, and where it differs', async () => {
  const dcgan = {
    'main.0.weight': { shape: [1], data: new Float32Array(1) },
    'main.1.running_mean': { shape: [2], data: new Float32Array(2) },
  };
  writeFileSync(join(folder, 'netG.pth'), writeTorchZip(stateDict(dcgan)));
  const { code, stdout, stderr } = await ganvas(folder, ['info', 'netG.pth']);
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^ganvas: This network is no generator that ganvas knows\. It comes closest to a DCGAN generator[^\n]+\n$/,
  );
  expect(stdout).toContain(
    'a DCGAN generator as in pytorch/examples, 1 of 4 telling tensors; first difference: `main.0.weight` is [1]',
  );
  expect(stdout).toMatch(/main\.\n {4}0\.weight \[1\] f32\n {4}1\.running_mean \[2\] f32/);
  const json = JSON.parse((await ganvas(folder, ['info', 'netG.pth', '--json'])).stdout) as Record<string, unknown>;
  expect(json).toMatchObject({ family: null, networks: [{ nearest: { key: 'main.0.weight', found: 1, telling: 4 } }] });
  expect(await refuse(folder, ['convert', 'netG.pth', 'never.safetensors'])).toContain('layers.json');
});
