import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MeasuredModel } from '../../src/metrics/measureTable.js';
import { ensureBuilt } from '../setup/build.js';
import { refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
});
afterAll(() => removeFolder(folder));

describe('ganvas measure', () => {
  test('prints a table of all methods, and writes it as JSON', async () => {
    const options = ['--attributes', 'yaw,hair_length', '--samples', '100', '--seed', '3', '--out', 'table.json'];
    const printed = await succeed(folder, ['measure', 'face64', ...options]);
    const measured = JSON.parse(readFileSync(join(folder, 'table.json'), 'utf8')) as MeasuredModel;
    expect(measured).toMatchObject({ model: 'face64', samples: 100, seed: 3, attributes: ['yaw', 'hair_length'] });
    expect(measured.methods.map(({ method }) => method)).toContain('InterFaceGAN, SVM');
    for (const { method, disentanglement } of measured.methods) {
      expect(printed).toContain(`| ${method} | ${disentanglement?.toFixed(3) ?? '–'} |`);
    }
    expect(measured.measures.ppl).toBeGreaterThan(0);
    expect(measured.measures.features).toContain('predictor');
  }, 180_000);

  test.each([
    ['--attributes', 'wings', 'names among yaw'],
    ['--samples', '99', 'from 100 to 500000'],
    ['--out', 'table.xls', '.md, .csv or .json'],
    ['--predictor', 'nowhere.safetensors', 'There is no file'],
  ])('refuses %s %s', async (option, value, words) => {
    expect(await refuse(folder, ['measure', 'face64', option, value])).toContain(words);
  });
});
