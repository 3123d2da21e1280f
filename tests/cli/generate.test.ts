import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeNpy } from '../../src/checkpoints/npy.js';
import { latentFromSeed } from '../../src/latent/randomState.js';
import { parseRecipe } from '../../src/latent/recipeReading.js';
import { readPngText } from '../../src/workbench/png.js';
import { generatorCases, get, mismatch, readIo, type Golden, type Tolerance } from '../models/goldenCase.js';
import { ensureBuilt } from '../setup/build.js';
import { goldenFile, readArray, readBytes, readPng, removeFolder, succeed, temporaryFolder, toRgb } from './ganvas.js';

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

async function writeLatents(name: string, { shape, values }: Pick<Golden, 'shape' | 'values'>): Promise<string> {
  await writeFile(join(folder, name), writeNpy(shape, values));
  return name;
}

describe('generate --seeds', () => {
  test('names the files of a folder as generate.py does, and leaves nothing else behind', async () => {
    await succeed(folder, ['generate', 'face64', '--seeds', '2,0-1', '--out', 'new/faces']);
    expect(readdirSync(join(folder, 'new', 'faces')).sort()).toEqual(['seed0000.png', 'seed0001.png', 'seed0002.png']);
  });

  test('a PNG shows the numbers of the .npy file, and its recipe says how it was made', async () => {
    const options = ['--psi', '0.7', '--cutoff', '4', '--noise', 'random', '--noise-seed', '5'];
    await succeed(folder, ['generate', 'face64', '--seeds', '3', ...options, '--out', 'three.png']);
    await succeed(folder, ['generate', 'face64', '--seeds', '7,3', ...options, '--out', 'both.npy']);
    const { width, height, channels, depth, data } = readPng(folder, 'three.png');
    expect({ width, height, channels, depth }).toEqual({ width: 64, height: 64, channels: 3, depth: 8 });
    const { shape, values } = readArray(folder, 'both.npy');
    expect(shape).toEqual([2, 3, 64, 64]);
    expect(Array.from(data)).toEqual(Array.from(toRgb(values.subarray(values.length / 2))));
    const recipe = parseRecipe(JSON.parse(readPngText(readBytes(folder, 'three.png'))['ganvas-recipe'] ?? ''));
    expect(recipe).toMatchObject({
      latent: { space: 'z', seed: 3 },
      class: null,
      truncation: { psi: 0.7, cutoff: 4 },
      noise: { mode: 'random', seed: 5 },
      edits: [],
    });
  });

  test('mixed layers take the w of another seed', async () => {
    const make = (seed: string, mix: readonly string[], out: string): Promise<string> =>
      succeed(folder, ['generate', 'face64', '--seeds', seed, ...mix, '--out', out]);
    await make('3', ['--mix', '7:0-9'], 'all.npy');
    await make('7', [], 'seven.npy');
    await make('3', ['--mix', '7:0-9', '--mix', '3:all'], 'back.npy');
    await make('3', ['--mix', '7:4-9'], 'fine.npy');
    await make('3', [], 'three.npy');
    const values = (name: string): number[] => [...readArray(folder, name).values];
    expect(values('all.npy')).toEqual(values('seven.npy'));
    expect(values('back.npy')).toEqual(values('three.npy'));
    expect(values('fine.npy')).not.toEqual(values('three.npy'));
    expect(values('fine.npy')).not.toEqual(values('seven.npy'));
  });

  test('psi, cutoff, noise and noise seed each change the picture', async () => {
    const variants = [[], ['--psi', '0.5'], ['--psi', '0.5', '--cutoff', '2'], ['--noise', 'none']];
    for (const seed of ['0', '1']) variants.push(['--noise', 'random', '--noise-seed', seed]);
    const pictures = new Set<string>();
    for (const variant of variants) {
      await succeed(folder, ['generate', 'face64', '--seeds', '0', ...variant, '--out', 'variant.npy']);
      pictures.add(readArray(folder, 'variant.npy').values.join(' '));
    }
    expect(pictures.size).toBe(variants.length);
  });

  test('a class is chosen one-hot', async () => {
    const conditional = goldenFile('stylegan2-ada-32-cond5');
    await succeed(folder, ['generate', conditional, '--seeds', '0', '--class', '4', '--out', 'four.npy']);
    await succeed(folder, ['generate', conditional, '--seeds', '0', '--class', '0', '--out', 'zero.npy']);
    expect(readArray(folder, 'four.npy').values).not.toEqual(readArray(folder, 'zero.npy').values);
  });
});

describe.each(['stylegan2-ada-16-resnet', 'stylegan2-ada-32-skip', 'stylegan2-ada-32-cond5'])('%s', (name) => {
  const golden = generatorCases().find((candidate) => candidate.name === name);
  if (!golden) throw new Error(`the golden folder has no ${name}`);
  const io = readIo(golden);
  const expected = get(io, 'out.img');
  const tolerance: Tolerance = golden.manifest.io.tensors['out.img']?.tol ?? { rel_l2: 0, max_abs: 0 };

  test('--w gives the pictures of the reference, whatever psi is', async () => {
    const w = await writeLatents(`${name}-w.npy`, get(io, 'out.ws'));
    await succeed(folder, ['generate', goldenFile(name), '--w', w, '--psi', '0.3', '--out', 'w.npy']);
    const { shape, values } = readArray(folder, 'w.npy');
    expect(shape).toEqual(expected.shape);
    expect(mismatch('out.img', values, expected, tolerance)).toBeNull();
  });

  test('--z gives the pictures of the reference', async () => {
    const z = get(io, 'in.z');
    const label = io.get('in.c');
    const [rows = 0, zDim = 0] = z.shape;
    for (let row = 0; row < rows; row++) {
      const one = { shape: [1, zDim], values: z.values.slice(row * zDim, (row + 1) * zDim) };
      const path = await writeLatents('z-row.npy', one);
      const cDim = label?.shape[1] ?? 0;
      const classIndex = label?.values.subarray(row * cDim, (row + 1) * cDim).indexOf(1);
      const options = classIndex === undefined ? [] : ['--class', String(classIndex)];
      await succeed(folder, [
        'generate',
        goldenFile(name),
        '--z',
        path,
        ...options,
        '--psi',
        '0.7',
        '--out',
        'row.npy',
      ]);
      const size = expected.values.length / rows;
      const picture = { shape: expected.shape, values: expected.values.slice(row * size, (row + 1) * size) };
      expect(mismatch('out.img', readArray(folder, 'row.npy').values, picture, tolerance)).toBeNull();
    }
  });
});

test('the latents of two seeds as a z file give the two pictures of those seeds', async () => {
  const values = Float32Array.from([...latentFromSeed(4, 128), ...latentFromSeed(9, 128)]);
  const z = await writeLatents('seeds.npy', { shape: [2, 128], values });
  await succeed(folder, ['generate', 'face64', '--z', z, '--out', 'rows']);
  await succeed(folder, ['generate', 'face64', '--seeds', '4,9', '--out', 'seeds']);
  expect(readdirSync(join(folder, 'rows')).sort()).toEqual(['proj00.png', 'proj01.png']);
  expect(readPng(folder, 'rows', 'proj00.png').data).toEqual(readPng(folder, 'seeds', 'seed0004.png').data);
  expect(readPng(folder, 'rows', 'proj01.png').data).toEqual(readPng(folder, 'seeds', 'seed0009.png').data);
});

test('one row of w stands for every layer', async () => {
  const row = latentFromSeed(1, 32);
  const repeated = Float32Array.from({ length: 8 * 32 }, (_, index) => row[index % 32] ?? 0);
  const skip = goldenFile('stylegan2-ada-32-skip');
  await writeLatents('w1.npy', { shape: [1, 32], values: row });
  await writeLatents('w8.npy', { shape: [1, 8, 32], values: repeated });
  await succeed(folder, ['generate', skip, '--w', 'w1.npy', '--out', 'one.npy']);
  await succeed(folder, ['generate', skip, '--w', 'w8.npy', '--out', 'eight.npy']);
  expect(readArray(folder, 'one.npy').values).toEqual(readArray(folder, 'eight.npy').values);
  expect(existsSync(join(folder, 'one.npy'))).toBe(true);
});
