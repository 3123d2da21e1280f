import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../setup/build.js';
import { goldenFile, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

const snapshot = goldenFile('stylegan2-ada-32-skip');
let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

interface Judged {
  readonly picture: string;
  readonly realness: number;
}
const listed = (name: string): Judged[] => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Judged[];

test('seeds are sorted by the discriminator, and their saved pictures get the same figure', async () => {
  const printed = await succeed(folder, [
    'realness',
    snapshot,
    '--seeds',
    '0-3',
    '--noise',
    'const',
    '--out',
    'a.json',
  ]);
  const seeds = listed('a.json');
  expect(seeds.map(({ picture }) => picture).sort()).toEqual(['seed 0', 'seed 1', 'seed 2', 'seed 3']);
  expect(seeds.map(({ realness }) => realness)).toEqual(seeds.map(({ realness }) => realness).sort((a, b) => b - a));
  expect(
    printed
      .trim()
      .split('\n')
      .map((line) => line.trim().replace(/^\S+\s+/, '')),
  ).toEqual(seeds.map(({ picture }) => picture));
});

test('files are judged as they are, each alone', async () => {
  await succeed(folder, ['generate', snapshot, '--seeds', '0-1', '--out', 'faces']);
  const files = ['faces/seed0000.png', 'faces/seed0001.png'];
  const pictures = files.flatMap((file) => ['--picture', file]);
  await succeed(folder, ['realness', snapshot, ...pictures, '--out', 'both.json']);
  await succeed(folder, ['realness', snapshot, '--picture', files[0] ?? '', '--out', 'one.json']);
  const both = listed('both.json');
  expect(new Set(both.map(({ realness }) => realness)).size).toBe(2);
  expect(both).toContainEqual(listed('one.json')[0]);
});

test.each([
  [['face64', '--seeds', '0'], 'no discriminator'],
  [[snapshot], '--seeds 0-99 or --picture'],
  [[snapshot, '--seeds', '0', '--picture', 'a.png'], 'either'],
  [[goldenFile('stylegan2-ada-32-cond5'), '--picture', 'a.png'], '--class is missing'],
])('%j is refused: %s', async (args, words) => {
  expect(await refuse(folder, ['realness', ...args])).toContain(words);
});
