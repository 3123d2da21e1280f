import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureBuilt } from '../setup/build.js';
import { ganvas, goldenFile, readPng, refuse, removeFolder, temporaryFolder } from './ganvas.js';

const model = goldenFile('stylegan2-ada-32-skip');
let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

/** Runs with a cache of this test's own. */
async function run(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await ganvas(folder, args, { XDG_CACHE_HOME: folder });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

const cached = (): string[] => readdirSync(join(folder, 'ganvas'));

test('measures the kernels of a model once, keeps them, and forgets them', async () => {
  const printed = await run('tune', model, '--budget', '5');
  expect(printed).toMatch(/direct 3x3 by 1 in 1, \d+>\d+, \d+x\d+, 1 +\S.* \d+\.\d\d ms +\d+\.\d\d\n/);
  const [name = ''] = cached();
  expect(printed).toContain(`Kept in ${join(folder, 'ganvas', name)}.`);
  const kernels = (): object =>
    (JSON.parse(readFileSync(join(folder, 'ganvas', name), 'utf8')) as { kernels: object }).kernels;
  const measured = kernels();
  expect(Object.keys(measured).length).toBeGreaterThan(0);

  // What is known is not measured again: not a digit changes.
  await run('tune', model, '--budget', '0.001');
  expect(kernels()).toMatchObject(measured);
  const known = Object.keys(kernels()).length;
  expect(await run('bench', '--suite', 'memory')).toContain(`Kernels of ${known} classes of convolutions`);
  await run('generate', model, '--seeds', '0', '--noise', 'const', '--out', 'tuned.png');
  writeFileSync(join(folder, 'ganvas', name), 'no table');
  await run('generate', model, '--seeds', '0', '--noise', 'const', '--out', 'usual.png');
  const [tuned, usual] = ['tuned.png', 'usual.png'].map((file) => readPng(folder, file).data);
  const furthest = Math.max(...(tuned ?? []).map((value, index) => Math.abs(value - (usual?.[index] ?? NaN))));
  expect(furthest).toBeLessThanOrEqual(1);

  expect(await run('tune', model, '--forget')).toContain('Forgotten');
  expect(cached()).toEqual([]);
});

test('a budget of nothing is refused', async () => {
  expect(await refuse(folder, ['tune', model, '--budget', '0'])).toContain('Expected seconds above 0');
});
