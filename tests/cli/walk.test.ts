import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRecipe } from '../../src/latent/recipeReading.js';
import { readPngText } from '../../src/workbench/png.js';
import { ensureBuilt } from '../setup/build.js';
import { goldenFile, readArray, readBytes, readPng, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

const recipeOf = (name: string): unknown => {
  const text = readPngText(readBytes(folder, name))['ganvas-recipe'] ?? expect.fail('no recipe');
  return parseRecipe(JSON.parse(text));
};

describe('walk', () => {
  test('leads from one seed to another, each frame with its recipe', async () => {
    await succeed(folder, [
      'walk',
      'face64',
      '--from',
      '3',
      '--to',
      '8',
      '--frames',
      '4',
      '--psi',
      '0.7',
      '--out',
      'a',
    ]);
    expect(readdirSync(join(folder, 'a')).sort()).toEqual([0, 1, 2, 3].map((index) => `frame000${index}.png`));
    await succeed(folder, ['generate', 'face64', '--seeds', '3,8', '--psi', '0.7', '--out', 'ends']);
    expect(readPng(folder, 'a/frame0000.png')).toEqual(readPng(folder, 'ends/seed0003.png'));
    expect(readPng(folder, 'a/frame0003.png')).toEqual(readPng(folder, 'ends/seed0008.png'));
    expect(recipeOf('a/frame0001.png')).toMatchObject({ latent: { space: 'w' }, truncation: { psi: 0.7 } });
    await succeed(folder, ['edit', 'face64', '--recipe', 'a/frame0001.png', '--out', 'again.png']);
    expect(readPng(folder, 'again.png')).toEqual(readPng(folder, 'a/frame0001.png'));
  });

  test('of a conditional model goes by geodesic within its class', async () => {
    const options = ['--from', '1', '--to', '2', '--frames', '3', '--kind', 'geodesic', '--class', '1'];
    await succeed(folder, ['walk', goldenFile('stylegan2-ada-32-cond5'), ...options, '--out', 'c.npy']);
    expect(readArray(folder, 'c.npy').shape).toEqual([3, 3, 32, 32]);
  });

  test.each([
    ['PGGAN', goldenFile('pggan-32', 'pggan_tiny32.pth'), []],
    ['BigGAN', goldenFile('biggan-deep-32', 'pytorch_model.bin'), ['--class', '4', '--psi', '0.5']],
  ])('of %s, which has no w, goes through z without a jump at its ends', async (_, model, settings) => {
    const ends = ['--from', '1', '--to', '2'];
    await succeed(folder, ['walk', model, ...ends, '--frames', '33', ...settings, '--out', 'z.npy']);
    const { shape, values } = readArray(folder, 'z.npy');
    const size = shape.slice(1).reduce((product, extent) => product * extent, 1);
    const change = (frame: number): number => {
      const at = (index: number): number => values[index] ?? NaN;
      let sum = 0;
      for (let k = 0; k < size; k++) sum += (at((frame + 1) * size + k) - at(frame * size + k)) ** 2;
      return Math.sqrt(sum / size);
    };
    const changes = Array.from({ length: 32 }, (__, frame) => change(frame));
    expect(Math.max(...changes)).toBeLessThan(4 * (changes.reduce((sum, each) => sum + each, 0) / 32));
  });

  test('at random is the same for the same seed', async () => {
    for (const out of ['r1.npy', 'r2.npy']) {
      await succeed(folder, ['walk', 'face64', '--random', '4', '--frames', '3', '--out', out]);
    }
    expect(readBytes(folder, 'r1.npy')).toEqual(readBytes(folder, 'r2.npy'));
  });

  test.each([
    [['--from', '1'], '--to N'],
    [['--random', '1', '--kind', 'lerp'], '--random and --kind'],
    [['--from', '1', '--to', '2', '--kind', 'curl'], 'one of lerp, slerp, geodesic'],
    [['--from', '1', '--to', '2', '--frames', '1'], 'from 2'],
    [['--from', '1', '--to', '2', '--mix', '3:1'], '--mix'],
  ])('refuses %j', async (options, words) => {
    expect(await refuse(folder, ['walk', 'face64', ...options, '--out', 'never'])).toContain(words);
  });
});

describe('mix', () => {
  test('makes every crossing and a sheet of them', async () => {
    const options = ['--rows', '0-1', '--columns', '1,4,5', '--layers', '4-9'];
    await succeed(folder, ['mix', 'face64', ...options, '--out', 'm']);
    const crossings = ['0-1', '0-4', '0-5', '1-4', '1-5', '0-0', '1-1', '4-4', '5-5'];
    expect(readdirSync(join(folder, 'm')).sort()).toEqual([...crossings, 'grid'].map((name) => `${name}.png`).sort());
    expect(recipeOf('m/0-4.png')).toMatchObject({
      latent: { space: 'z', seed: 0 },
      mix: [{ latent: { space: 'z', seed: 4 }, layers: '4-9' }],
    });
    const grid = readPng(folder, 'm/grid.png');
    expect([grid.width, grid.height]).toEqual([4 * 64, 3 * 64]);
    const cell = readPng(folder, 'm/1-5.png');
    const corner = ((2 * 64 + 10) * grid.width + 3 * 64 + 20) * 3;
    expect([...grid.data.slice(corner, corner + 3)]).toEqual([
      ...cell.data.slice((10 * 64 + 20) * 3, (10 * 64 + 20) * 3 + 3),
    ]);
  });

  test.each([
    [['--rows', '0', '--columns', '1'], '--layers'],
    [['--rows', '0', '--columns', '1', '--layers', '12'], '12'],
    [['--rows', '0-999', '--columns', '0-999', '--layers', '1'], 'At most 10000'],
  ])('refuses %j', async (options, words) => {
    expect(await refuse(folder, ['mix', 'face64', ...options, '--out', 'never'])).toContain(words);
  });
});
