import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode } from 'fast-png';
import type { Browser } from 'puppeteer';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serializeRecipe } from '../../src/latent/recipeForm.js';
import type { Recipe } from '../../src/latent/recipe.js';
import { recipeFromHash } from '../../src/latent/recipeLink.js';
import { readDirections } from '../../src/checkpoints/directionFile.js';
import { readPngText, recipeKeyword } from '../../src/workbench/png.js';
import { launchBrowser, serveApp } from '../browser.js';
import { ensureBuilt } from '../setup/build.js';
import { hugeModel, misshapenModel, withNotANumber, withRenamed } from '../workbench/craftedModels.js';
import { LivePage } from './editorPage.js';

const golden = 'tests/golden/generators/stylegan2-ada-32-skip/network-snapshot-000000.pkl';
const face64 = new Uint8Array(readFileSync('weights/face64/face64-g.safetensors'));
const anEdit = { name: 'turn', direction: { method: 'sefa', layers: 'all', index: 0 }, layers: 'all', muted: false };
const firstSlider = 'ganvas-edit-stack >>> .suggestion ganvas-slider >>> input';
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser: Browser;
let app: Awaited<ReturnType<typeof serveApp>>;
let folder: string;

beforeAll(async () => {
  await ensureBuilt('cli', 'site');
  app = await serveApp();
  browser = await launchBrowser({ webgpu: true });
  folder = mkdtempSync(join(tmpdir(), 'ganvas-e2e-'));
}, 300_000);

afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The picture that the command line makes, as RGBA. */
function commandLinePicture(...args: readonly string[]): number[] {
  const out = join(folder, 'picture.png');
  execFileSync(process.execPath, ['dist/cli/main.js', ...args, '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const { data, channels, width, height } = decode(readFileSync(out));
  return Array.from({ length: width * height }).flatMap((_, pixel) => [
    ...Array.from({ length: 3 }, (__, channel) => data[pixel * channels + channel] ?? NaN),
    255,
  ]);
}

function pictureOfHash(hash: string, checkpoint: string): number[] {
  const recipe = recipeFromHash(hash);
  if (recipe === null) throw new Error(`no recipe in ${hash}`);
  const path = join(folder, 'recipe.json');
  writeFileSync(path, serializeRecipe(recipe));
  return commandLinePicture('edit', checkpoint, '--recipe', path);
}

/** Largest difference of two pictures, in 8-bit steps. */
function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (b[index] ?? NaN))), 0);
}

const isPainted = (pixels: readonly number[]): boolean => new Set(pixels).size > 16;

describe('a visit', () => {
  let live: LivePage;
  let first: number[];
  let edited: number[];
  let editedHash: string;

  beforeAll(async () => {
    live = await LivePage.open(browser, app.url);
    await live.ready();
    first = await live.pixelsWhen(isPainted, 'a picture');
  }, 180_000);
  afterAll(() => live.close());

  test('the first picture is the one that the command line makes of its recipe', async () => {
    expect(distance(first, pictureOfHash(await live.hash(), 'face64'))).toBeLessThanOrEqual(1);
  });

  test('a slider bends the face into what the command line makes of the same recipe', async () => {
    const before = await live.hash();
    await (await live.find(firstSlider)).focus();
    for (let step = 0; step < 3; step++) await live.page.keyboard.press('PageUp');
    await live.hashWhen((hash) => (recipeFromHash(hash)?.edits[0]?.strength ?? 0) >= 1.5);
    editedHash = await live.restingHash();
    expect(editedHash).not.toBe(before);
    const expected = pictureOfHash(editedHash, 'face64');
    edited = await live.pixelsWhen((pixels) => distance(pixels, expected) <= 1, 'the edited face');
    expect(distance(edited, first)).toBeGreaterThan(20);
  });

  test('the link reproduces the picture in a new page', async () => {
    const other = await LivePage.open(browser, `${app.url}${editedHash}`);
    await other.ready();
    expect(await other.pixelsWhen((pixels) => distance(pixels, edited) === 0, 'the same picture')).toEqual(edited);
    await other.close();
  });

  test('the copied link and the saved picture carry the recipe, and a dropped picture brings it back', async () => {
    await (await live.find('ganvas-top-bar >>> [title="Copy a link to this recipe"]')).click();
    await live.page.waitForFunction(() => window.copiedTexts.length > 0);
    const [link] = await live.page.evaluate(() => window.copiedTexts);
    expect(recipeFromHash(new URL(link ?? '').hash)).toEqual(recipeFromHash(editedHash));

    await (await live.find('ganvas-top-bar >>> [title^="Save the picture"]')).click();
    const saved = await live.savedFile();
    expect(JSON.parse(readPngText(saved)[recipeKeyword] ?? '')).toEqual(recipeFromHash(editedHash));
    const { data } = decode(saved);
    const rgb = edited.filter((_, index) => index % 4 !== 3);
    expect([...data].filter((_, index) => data.length === rgb.length || index % 4 !== 3)).toEqual(rgb);

    const other = await LivePage.open(browser, app.url);
    await other.ready();
    await other.drop('face.png', saved);
    expect(await other.pixelsWhen((pixels) => distance(pixels, edited) === 0, 'the saved picture')).toEqual(edited);
    await other.close();
  });

  test('exported directions come back when their file is dropped', async () => {
    await (await live.find('[data-tool=directions]')).click();
    await (await live.find('ganvas-directions-panel >>> [title^="Save the listed"]')).click();
    const file = await live.savedFile();
    expect(readDirections(file).map(({ name }) => name)).toContain('SeFa 1');
    const other = await LivePage.open(browser, app.url);
    await other.ready();
    await other.drop('directions.safetensors', file);
    await other.page.waitForFunction(() =>
      document
        .querySelector('ganvas-editor')
        ?.shadowRoot?.textContent.includes('directions added from directions.safetensors'),
    );
    await other.close();
  });

  test('undo gives back the exact pixels, redo the edit', async () => {
    let guard = 0;
    while ((recipeFromHash(await live.hash())?.edits.length ?? 0) > 0 && guard++ < 10) {
      const before = await live.hash();
      await live.press('Undo (Z)');
      await live.hashWhen((hash) => hash !== before);
    }
    expect(await live.pixelsWhen((pixels) => distance(pixels, first) === 0, 'the first picture')).toEqual(first);
  });

  test.each([
    [
      'a z of the wrong length',
      (recipe: Recipe) => ({ ...recipe, latent: { space: 'z', values: [1, 2, 3] } }),
      /z has 128 numbers; 3 were given/,
    ],
    [
      'a psi that is no number',
      (recipe: Recipe) => ({ ...recipe, truncation: { psi: 'much', cutoff: null } }),
      /truncation\.psi/,
    ],
    [
      'a strength that is no number',
      (recipe: Recipe) => ({ ...recipe, edits: [{ ...anEdit, strength: null }] }),
      /edits\[0\]\.strength/,
    ],
  ])('a recipe with %s is refused in a sentence and the picture stays', async (_, spoil, sentence) => {
    const recipe = recipeFromHash(await live.hash());
    if (recipe === null) throw new Error('no recipe');
    const before = await live.canvasPixels();
    await live.drop('spoilt.json', new TextEncoder().encode(JSON.stringify(spoil(recipe))));
    expect(await live.text('ganvas-problem-banner >>> p')).toMatch(sentence);
    expect(await live.canvasPixels()).toEqual(before);
    await live.press('Dismiss');
  });

  test('a dropped pickle renders seed 0 as the command line does', async () => {
    await live.drop('network-snapshot-000000.pkl', new Uint8Array(readFileSync(golden)));
    const expected = commandLinePicture('generate', golden, '--seeds', '0');
    const pixels = await live.pixelsWhen((now) => now.length === 32 * 32 * 4 && isPainted(now), 'the dropped model');
    expect(distance(pixels, expected)).toBeLessThanOrEqual(1);
    await live.ready();
  });

  test.each([
    ['empty.pkl', new Uint8Array(0), /empty/i],
    ['truncated.pkl', new Uint8Array(readFileSync(golden)).subarray(0, 200_000), /ends|truncated|cut/i],
    ['notes.pkl', new TextEncoder().encode('Dear diary, this is not a checkpoint.'), /not|unknown|neither/i],
    // GLOBAL os.system, the string, TUPLE1, REDUCE, STOP: what a malicious pickle does first.
    [
      'evil.pkl',
      Uint8Array.from('\x80\x02cos\nsystem\nU\x04true\x85R.', (letter) => letter.charCodeAt(0)),
      /asks to run `os\.system`/,
    ],
    [
      'other.safetensors',
      withRenamed(face64, 'synthesis.b4.const', 'synthesis.b4.c0nst'),
      /closest to a StyleGAN2 generator.*it has no tensor `synthesis.b4.const`/,
    ],
    ['diverged.safetensors', withNotANumber(face64), /not a finite number/],
    ['misshapen.safetensors', new Uint8Array(misshapenModel()), /`mapping\.fc0\.bias` is \[7\]; \[8\] was expected/],
    ['huge.safetensors', new Uint8Array(hugeModel()), /maxStorageBufferBindingSize is \d+/],
  ])('%s is refused in a sentence and the model stays', async (name, bytes, sentence) => {
    const before = await live.canvasPixels();
    await live.drop(name, bytes);
    expect(await live.text('ganvas-problem-banner >>> p')).toMatch(sentence);
    expect(await live.canvasPixels()).toEqual(before);
    await live.press('Dismiss');
  });

  test('nothing was asked of any other host, and nothing went wrong unseen', () => {
    const origin = new URL(app.url).origin;
    const foreign = live.requests.filter((url) => !/^(blob|data):/.test(url) && new URL(url).origin !== origin);
    expect(foreign).toEqual([]);
    expect(live.requests.length).toBeGreaterThan(2);
    expect(live.errors).toEqual([]);
  });

  test('axe finds no serious violation', async () => {
    await live.page.evaluate(readFileSync(axePath, 'utf8'));
    const serious = await live.page.evaluate(async () => {
      const { axe } = window as unknown as {
        axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => `${id}: ${nodes[0]?.html ?? ''}`);
    });
    expect(serious).toEqual([]);
  });
});

test('without WebGPU the page says why and shows a still picture', async () => {
  const plain = await launchBrowser({ webgpu: false });
  try {
    const live = await LivePage.open(plain, app.url);
    const reason = await (
      await live.find('ganvas-fallback >>> .card')
    ).evaluate((card) => card.getAttribute('data-reason'));
    expect(['no-adapter', 'no-webgpu']).toContain(reason);
    const poster = await live.page.$eval('img[slot=poster]', (image) => (image.complete ? image.naturalWidth : 0));
    expect(poster).toBeGreaterThan(0);
    expect(live.errors).toEqual([]);
  } finally {
    await plain.close();
  }
});
