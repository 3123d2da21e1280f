/** The command line on files of other families. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodePng } from '../../src/workbench/png.js';
import { ensureBuilt } from '../setup/build.js';
import { goldenFile, readArray, readBytes, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

const pggan = goldenFile('pggan-32', 'pggan_tiny32.pth');
const biggan = goldenFile('biggan-deep-32', 'pytorch_model.bin');
const stylegan3 = goldenFile('stylegan3-r-32');
const rosinality = goldenFile('rosinality-stylegan2-32', 'stylegan2-tiny.pt');

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

async function picture(checkpoint: string, ...options: readonly string[]): Promise<Float32Array> {
  await succeed(folder, ['generate', checkpoint, '--seeds', '3', ...options, '--out', 'x.npy']);
  return readArray(folder, 'x.npy').values;
}

describe.each([
  ['PGGAN', pggan, []],
  ['BigGAN-deep', biggan, ['--class', '4', '--psi', '0.5']],
  ['StyleGAN3', stylegan3, ['--psi', '0.7', '--translate', '0.25,0', '--rotate', '20']],
  ['StyleGAN2 of rosinality', rosinality, ['--psi', '0.7']],
])('%s', (_, checkpoint, options) => {
  test('makes identical pictures once converted, and nearly so in f16', async () => {
    const original = await picture(checkpoint, ...options);
    await succeed(folder, ['convert', checkpoint, 'same.safetensors']);
    expect(await picture('same.safetensors', ...options)).toEqual(original);
    await succeed(folder, ['convert', checkpoint, 'half.safetensors', '--dtype', 'f16']);
    expect(readBytes(folder, 'half.safetensors').length).toBeLessThan(
      readBytes(folder, 'same.safetensors').length * 0.6,
    );
    // And back: f16 as f32 loses nothing more.
    await succeed(folder, ['convert', 'half.safetensors', 'back.safetensors']);
    expect(await picture('back.safetensors', ...options)).toEqual(await picture('half.safetensors', ...options));
  });

  test('is bent along a direction of its weights', async () => {
    await succeed(folder, ['discover', checkpoint, '--method', 'sefa', '--count', '2', '--out', 'd.safetensors']);
    const edit = ['edit', checkpoint, '--seed', '3', '--direction', 'd.safetensors#0', '--strength', '2'];
    await succeed(folder, [...edit, ...options, '--out', 'e.npy']);
    expect(readArray(folder, 'e.npy').values).not.toEqual(await picture(checkpoint, ...options));
  });
});

describe('what a family lacks is refused with the reason', () => {
  test.each<[string, readonly string[], string]>([
    [
      'truncation',
      ['generate', pggan, '--seeds', '0', '--psi', '0.5', '--out', 'n.png'],
      'no average w to come closer to',
    ],
    ['a space', ['generate', pggan, '--w', 'w.npy', '--out', 'n.png'], 'no space w: it has no mapping network'],
    [
      'psi without statistics',
      ['generate', biggan, '--seeds', '0', '--class', '0', '--psi', '2', '--out', 'n.png'],
      '0 to 1',
    ],
    ['a class', ['generate', biggan, '--seeds', '0', '--out', 'n.png'], 'a class from 0 to 9'],
    ['a movement', ['generate', pggan, '--seeds', '0', '--rotate', '5', '--out', 'n.png'], 'Only StyleGAN3'],
    ['half a shift', ['generate', stylegan3, '--seeds', '0', '--translate', '5', '--out', 'n.png'], 'Expected x,y'],
  ])('%s', async (_, args, reason) => expect(await refuse(folder, args)).toContain(reason));

  test('a space to invert into', async () => {
    writeFileSync(
      join(folder, 'p.png'),
      encodePng({ width: 32, height: 32, data: new Uint8ClampedArray(32 * 32 * 4).fill(128) }),
    );
    expect(await refuse(folder, ['invert', pggan, 'p.png', '--space', 'w+', '--out', 'never'])).toContain(
      'no space w+: it has no mapping network, so z is the only one',
    );
    await succeed(folder, ['invert', pggan, 'p.png', '--steps', '5', '--loss', 'pixels', '--out', 'inverted']);
    expect(
      JSON.parse(
        readBytes(folder, 'inverted', 'recipe.json').reduce((text, byte) => text + String.fromCharCode(byte), ''),
      ),
    ).toMatchObject({ latent: { space: 'z' } });
  });
});
