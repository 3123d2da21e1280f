/** Files of other families, dropped on the real page: their pictures, and what they cannot do in words. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import type { Browser } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, serveApp } from '../browser.js';
import { ensureBuilt } from '../setup/build.js';
import { dcganFile } from '../workbench/dcganFile.js';
import { LivePage } from './editorPage.js';

const golden = join('tests', 'golden', 'generators');
const latent = 'ganvas-latent-panel >>>';

let browser: Browser;
let app: Awaited<ReturnType<typeof serveApp>>;
let folder: string;
let live: LivePage;

beforeAll(async () => {
  await ensureBuilt('cli', 'site');
  app = await serveApp();
  browser = await launchBrowser({ webgpu: true });
  folder = mkdtempSync(join(tmpdir(), 'ganvas-families-'));
  live = await LivePage.open(browser, app.url);
  await live.ready();
}, 300_000);

afterAll(async () => {
  await live.close();
  await browser.close();
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The picture that the command line makes of seed 0, as RGBA. */
function commandLinePicture(files: Readonly<Record<string, Uint8Array>>, options: readonly string[]): number[] {
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  const [checkpoint = ''] = Object.keys(files);
  const out = join(folder, 'picture.png');
  const args = ['generate', join(folder, checkpoint), '--seeds', '0', ...options, '--out', out];
  execFileSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const { data } = decode(readFileSync(out));
  return Array.from({ length: data.length / 3 }, (_, pixel) => [...data.slice(pixel * 3, pixel * 3 + 3), 255]).flat();
}

const distance = (a: readonly number[], b: readonly number[]): number =>
  a.length !== b.length
    ? Infinity
    : a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] ?? NaN))), 0);

interface Dropped {
  readonly name: string;
  readonly files: () => Readonly<Record<string, Uint8Array>>;
  readonly options: readonly string[];
  /** What the model chip says. */
  readonly family: string;
  /** What the latent panel explains, or offers. */
  readonly words: RegExp;
}

const fileOf = (folder: string, name: string): Readonly<Record<string, Uint8Array>> => ({
  [name]: readFileSync(join(golden, folder, name)),
});

/** What `ganvas convert` makes of a checkpoint. */
function convertedFile(folderName: string, name: string): Readonly<Record<string, Uint8Array>> {
  const out = join(folder, 'converted.safetensors');
  const args = ['convert', join(golden, folderName, name), out];
  execFileSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  return { 'converted.safetensors': readFileSync(out) };
}

const cases: readonly Dropped[] = [
  {
    name: 'StyleGAN',
    files: () => fileOf('stylegan1-32', 'stylegan_tiny32.pth'),
    options: [],
    family: 'StyleGAN',
    words: /ψ\s+Cutoff/,
  },
  {
    name: 'StyleGAN2 of NVIDIA, conditional',
    files: () => fileOf('stylegan2-ada-32-cond5', 'network-snapshot-000000.pkl'),
    options: ['--class', '0'],
    family: 'StyleGAN2',
    words: /of 5/,
  },
  {
    name: 'StyleGAN2 of rosinality',
    files: () => fileOf('rosinality-stylegan2-32', 'stylegan2-tiny.pt'),
    options: [],
    family: 'StyleGAN2',
    words: /ψ\s+Cutoff/,
  },
  {
    name: 'StyleGAN2 of genforce, converted',
    files: () => convertedFile('stylegan2-genforce-32', 'stylegan2_tiny32.pth'),
    options: [],
    family: 'StyleGAN2',
    words: /ψ\s+Cutoff/,
  },
  {
    name: 'StyleGAN3',
    files: () => fileOf('stylegan3-r-32', 'network-snapshot-000000.pkl'),
    options: [],
    family: 'StyleGAN3',
    words: /Turn|Move|Shift/,
  },
  {
    name: 'PGGAN',
    files: () => fileOf('pggan-32', 'pggan_tiny32.pth'),
    options: [],
    family: 'PGGAN',
    words: /no mapping network, and so no average w.*no noise inputs/s,
  },
  {
    name: 'DCGAN',
    files: () => ({ 'netG.safetensors': dcganFile() }),
    options: [],
    family: 'DCGAN',
    words: /no mapping network/,
  },
  {
    name: 'BigGAN-deep with its config.json',
    files: () => ({ ...fileOf('biggan-deep-32', 'pytorch_model.bin'), ...fileOf('biggan-deep-32', 'config.json') }),
    options: ['--class', '0'],
    family: 'BigGAN-deep',
    words: /of 10/,
  },
];

describe.each(cases)('$name', ({ files, options, family, words }) => {
  test('shows the picture that the command line makes, and says what it cannot do', async () => {
    const dropped = files();
    await live.dropAll(dropped);
    const expected = commandLinePicture(dropped, options);
    await live.pixelsWhen((pixels) => distance(pixels, expected) <= 1, `seed 0 of ${family}`);
    expect(await live.text('ganvas-top-bar >>> .chip')).toContain(family);
    const panel = await live.find('ganvas-latent-panel');
    expect(await panel.evaluate((element) => element.shadowRoot?.textContent ?? '')).toMatch(words);
    expect(live.errors).toEqual([]);
  });

  test('is bent by a direction that its weights give', async () => {
    const before = await live.canvasPixels();
    await (await live.find('ganvas-edit-stack >>> .suggestion ganvas-slider >>> input')).focus();
    for (let step = 0; step < 3; step++) await live.page.keyboard.press('PageUp');
    await live.pixelsWhen((pixels) => distance(pixels, before) > 2, 'an edit');
  });
});

test('a class is chosen by its number', async () => {
  const before = await live.canvasPixels();
  await (await live.find(`${latent} [aria-label="Next class"]`)).click();
  await live.pixelsWhen((pixels) => distance(pixels, before) > 2, 'another class');
});

test('a file of no known family says what it is nearest to, and what is in it', async () => {
  const header = Buffer.from(
    JSON.stringify({ 'synthesis.b4.const': { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }).padEnd(96),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  await live.drop('odd.safetensors', Buffer.concat([length, header, Buffer.alloc(4)]));
  const banner = 'ganvas-problem-banner >>>';
  expect(await live.text(`${banner} h2`)).toBe('Could not open odd.safetensors');
  expect(await live.text(`${banner} p`)).toContain('no generator that ganvas knows');
  expect(await live.text(`${banner} pre`)).toContain('synthesis.b4.const [1] f32');
  expect(await live.text('ganvas-top-bar >>> .chip')).toContain('BigGAN-deep');
});
