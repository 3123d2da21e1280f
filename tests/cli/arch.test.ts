import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { numbers } from '../ops/numbers.js';
import { ensureBuilt } from '../setup/build.js';
import { goldenFile, readBytes, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

/** A generator whose weights nothing can be told from: two matrices. */
const weights = { hidden: [6, 4], picture: [48, 6] };
const layers = {
  format: 'ganvas-layers',
  version: 1,
  kind: 'generator',
  input: [4],
  layers: [
    { type: 'dense', weights: { weight: 'hidden' } },
    { type: 'activation', activation: 'lrelu', slope: 0.2 },
    { type: 'dense', weights: { weight: 'picture' } },
    { type: 'reshape', shape: [3, 4, 4] },
    { type: 'activation', activation: 'tanh' },
  ],
};

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
  const tensors = Object.entries(weights).map(
    ([name, shape], seed) => [name, { dtype: 'F32' as const, shape, data: numbers(shape, seed) }] as const,
  );
  await writeFile(join(folder, 'own.safetensors'), writeSafetensors(new Map(tensors), {}));
  await writeFile(join(folder, 'layers.json'), JSON.stringify(layers));
});
afterAll(() => removeFolder(folder));

describe('--arch layers.json', () => {
  test('opens what cannot be opened without', async () => {
    const without = ['generate', 'own.safetensors', '--seeds', '0', '--out', 'without.png'];
    expect(await refuse(folder, without)).toContain('hidden');
    const report: unknown = JSON.parse(
      await succeed(folder, ['info', 'own.safetensors', '--arch', 'layers.json', '--json']),
    );
    expect(report).toMatchObject({ family: 'layers', resolution: 4, zDim: 4, imgChannels: 3, canTruncate: false });
  });

  test('goes into a converted file, which opens by itself and makes the same pictures', async () => {
    const described = ['own.safetensors', '--arch', 'layers.json'];
    await succeed(folder, ['convert', 'own.safetensors', 'converted.safetensors', '--arch', 'layers.json']);
    await succeed(folder, ['generate', ...described, '--seeds', '0-1', '--out', 'described.npy']);
    await succeed(folder, ['generate', 'converted.safetensors', '--seeds', '0-1', '--out', 'converted.npy']);
    expect(readBytes(folder, 'converted.npy')).toEqual(readBytes(folder, 'described.npy'));
  });

  test('is refused in words where it does not fit', async () => {
    const wrong = layers.layers.map((layer) => (layer.type === 'reshape' ? { ...layer, shape: [3, 5, 5] } : layer));
    await writeFile(join(folder, 'wrong.json'), JSON.stringify({ ...layers, layers: wrong }));
    const refusal = await refuse(folder, ['info', 'own.safetensors', '--arch', 'wrong.json']);
    expect(refusal).toMatch(/"reshape 4" \(reshape\).*\[48\]/);
    expect(await refuse(folder, ['info', 'own.safetensors', '--arch', 'none.json'])).toContain('none.json');
  });
});

describe('config.json of a BigGAN-deep', () => {
  const layersOf = async (...args: string[]): Promise<string> => {
    const report = JSON.parse(await succeed(folder, ['info', ...args, '--json'])) as { config: { layers: string } };
    return report.config.layers;
  };
  // The golden model upsamples in another rhythm than the published ones.
  const own = 'block, upsampling block, block, attention, upsampling block, upsampling block, block';

  test('is found beside the weights, and can be given', async () => {
    const golden = goldenFile('biggan-deep-32', 'pytorch_model.bin');
    expect(await layersOf(golden)).toBe(own);
    await mkdir(join(folder, 'alone'));
    await copyFile(golden, join(folder, 'alone', 'weights.bin'));
    const alone = join('alone', 'weights.bin');
    expect(await layersOf(alone)).not.toBe(own);
    expect(await layersOf(alone, '--arch', goldenFile('biggan-deep-32', 'config.json'))).toBe(own);
  });

  test('stays with a converted file', async () => {
    await succeed(folder, ['convert', goldenFile('biggan-deep-32', 'pytorch_model.bin'), 'biggan.safetensors']);
    expect(await layersOf('biggan.safetensors')).toBe(own);
  });
});
