import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseRecipe } from '../../src/latent/recipeReading.js';
import { readPngText } from '../../src/workbench/png.js';
import { encoderFile } from '../checkpoints/encoderWriter.js';
import { ensureBuilt } from '../setup/build.js';
import { goldenFile, readArray, readBytes, readPng, refuse, removeFolder, succeed, temporaryFolder } from './ganvas.js';

const resnet = goldenFile('stylegan2-ada-16-resnet');
const conditional = goldenFile('stylegan2-ada-32-cond5');

let folder: string;
beforeAll(async () => {
  await ensureBuilt('cli');
  folder = temporaryFolder();
  await succeed(folder, ['generate', resnet, '--seeds', '0', '--out', 'own.png']);
});
afterAll(() => removeFolder(folder));

interface Report {
  readonly psnr: number;
  readonly steps: number;
  readonly perceptual: string | null;
  readonly settings: { readonly space: string; readonly method: string; readonly startFrom: string };
  readonly gauge: { readonly distance: number; readonly layers: readonly number[]; readonly verdict: string };
  readonly curve: readonly { readonly step: number; readonly psnr: number }[];
}

function reportIn(out: string): Report {
  return JSON.parse(readFileSync(join(folder, out, 'report.json'), 'utf8')) as Report;
}

describe('ganvas invert', () => {
  test.each(['z', 'w', 'w+'])('finds an own picture in %s, and says what it has found', async (space) => {
    const out = `in-${space.replace('+', 'plus')}`;
    await succeed(folder, ['invert', resnet, 'own.png', '--space', space, '--steps', '60', '--out', out]);
    expect(readdirSync(join(folder, out)).sort()).toEqual([
      'inverted.png',
      'recipe.json',
      'report.json',
      'target.png',
      'w.npy',
    ]);
    const report = reportIn(out);
    expect(report.steps).toBe(60);
    expect(report.settings).toMatchObject({ space, method: 'ganvas' });
    expect(report.psnr).toBeGreaterThan((report.curve[0]?.psnr ?? 0) + 3);
    expect(report.curve.map(({ step }) => step)).toEqual(Array.from({ length: 7 }, (_, index) => index * 10));
    expect(report.gauge.layers).toHaveLength(space === 'w+' ? 6 : 1);
    expect(readArray(folder, out, 'w.npy').shape).toEqual(space === 'w+' ? [1, 6, 32] : [1, 32]);
    expect(readPng(folder, out, 'target.png').data).toEqual(readPng(folder, 'own.png').data);
  });

  test('starts from the encoder of the model', async () => {
    const { hash } = JSON.parse(await succeed(folder, ['info', resnet, '--json'])) as { readonly hash: string };
    const encoder = encoderFile({ modelHash: hash, numWs: 6, wDim: 32, resolution: 16 });
    writeFileSync(join(folder, 'encoder.safetensors'), encoder);
    await succeed(folder, [
      'invert',
      resnet,
      'own.png',
      '--encoder',
      'encoder.safetensors',
      '--steps',
      '5',
      '--out',
      'encoded',
    ]);
    expect(reportIn('encoded').settings).toMatchObject({ startFrom: 'encoder' });
  });

  test('does without the bundled encoder when told to', async () => {
    await succeed(folder, ['invert', 'face64', 'own.png', '--encoder', 'none', '--steps', '1', '--out', 'unguessed']);
    expect(reportIn('unguessed').settings.startFrom).toBe('nearest');
  });

  test('gives what generate and edit go on from', async () => {
    await succeed(folder, ['invert', resnet, 'own.png', '--space', 'w', '--steps', '5', '--out', 'handed-on']);
    await succeed(folder, ['generate', resnet, '--w', 'handed-on/w.npy', '--out', 'generated.png']);
    await succeed(folder, ['edit', resnet, '--recipe', 'handed-on/recipe.json', '--out', 'edited.png']);
    const inverted = readPng(folder, 'handed-on', 'inverted.png').data;
    expect(readPng(folder, 'generated.png').data).toEqual(inverted);
    expect(readPng(folder, 'edited.png').data).toEqual(inverted);
    const text = readPngText(readBytes(folder, 'handed-on', 'inverted.png'));
    expect(parseRecipe(JSON.parse(text['ganvas-recipe'] ?? ''))).toMatchObject({ latent: { space: 'w' } });
  });

  test('inverts into a class, with the projector, and by a crop', async () => {
    const options = ['--class', '3', '--method', 'projector', '--crop', '1.5,2,10', '--steps', '3', '--noise', 'none'];
    await succeed(folder, ['invert', conditional, 'own.png', ...options, '--out', 'class']);
    expect(reportIn('class')).toMatchObject({
      settings: { class: 3, space: 'w', method: 'projector', noise: 'none' },
      picture: { crop: { x: 1.5, y: 2, size: 10 } },
    });
  });

  test('compares by the checkpoint’s own discriminator, or by the bundled predictor, and starts from the bundled encoder', async () => {
    const discriminator = ['invert', resnet, 'own.png', '--loss', 'discriminator', '--steps', '2', '--out', 'by-d'];
    const line = await refuse(folder, [...discriminator.slice(0, 1), 'face64', ...discriminator.slice(2)]);
    expect(line).toContain('holds none');
    await succeed(folder, ['invert', 'face64', 'own.png', '--steps', '1', '--out', 'by-features']);
    expect(reportIn('by-features').perceptual).toContain('predictor');
    expect(reportIn('by-features').settings.startFrom).toBe('encoder');
    await succeed(folder, ['invert', resnet, 'own.png', '--steps', '1', '--out', 'by-pixels']);
    expect(reportIn('by-pixels').perceptual).toBeNull();
    expect(reportIn('by-pixels').settings.startFrom).toBe('nearest');
  });

  test('keeps the best, says where it went wrong and fails when the loss is no number any more', async () => {
    const options = ['--method', 'image2stylegan', '--learning-rate', '3e38', '--steps', '30'];
    const line = await refuse(folder, ['invert', resnet, 'own.png', ...options, '--out', 'diverged'], 1);
    expect(line).toContain('no longer finite numbers at step 10');
    expect(reportIn('diverged').steps).toBe(0);
  });
});

describe('a picture that cannot be inverted', () => {
  const invert = (picture: string, ...options: readonly string[]): readonly string[] => [
    'invert',
    resnet,
    picture,
    ...options,
    '--out',
    'never',
  ];

  beforeAll(async () => {
    writeFileSync(join(folder, 'notes.jpg'), 'Dear diary,\n');
    await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toFile(join(folder, 'dot.png'));
    const other = encoderFile({ modelHash: 'f'.repeat(64), numWs: 6, wDim: 32, resolution: 16 });
    writeFileSync(join(folder, 'other.safetensors'), other);
  });

  test.each([
    ['is no picture', invert('notes.jpg'), 'cannot be read as a picture'],
    ['is one pixel', invert('dot.png'), '1 × 1 pixels. Expected at least 8'],
    ['is not there', invert('nowhere.png'), 'There is no file nowhere.png'],
    ['is cropped outside', invert('own.png', '--crop', '10,0,16'), 'inside the picture of 16 × 16'],
    ['is cropped by words', invert('own.png', '--crop', 'face'), 'Expected x,y,size'],
    ['is for another space', invert('own.png', '--space', 'x'), 'Expected one of z, w, w+'],
    ['gets no step', invert('own.png', '--steps', '0'), 'of at least 1'],
    ['gets heads without a network', invert('own.png', '--heads', 'h.pth'), 'Expected --features'],
    ['gets features that do not fit', invert('own.png', '--loss', 'features'), 'do not fit pictures of 16²'],
    ['gets two losses', invert('own.png', '--loss', 'pixels', '--features', 'v.pth'), 'Leave one of them out'],
    ['gets an encoder it does not start from', invert('own.png', '--encoder', 'e', '--space', 'w'), 'ganvas in w.'],
    ['gets an encoder of a method without', invert('own.png', '--encoder', 'e', '--method', 'projector'), 'projector'],
    ['gets an encoder of another model', invert('own.png', '--encoder', 'other.safetensors'), 'mean nothing here'],
    ['gets a class', invert('own.png', '--class', '1'), 'has no classes'],
    ['gets a learning rate of 0', invert('own.png', '--learning-rate', '0'), 'a number above 0'],
  ])('%s', async (_, argv, expected) => {
    expect(await refuse(folder, argv)).toContain(expected);
    expect(existsSync(join(folder, 'never'))).toBe(false);
  });

  test('has no place to go', async () => {
    expect(await refuse(folder, ['invert', resnet, 'own.png'])).toContain('--out is missing');
    expect(await refuse(folder, ['invert', resnet, 'own.png', '--out', 'own.png'])).toContain('is a file');
  });
});
