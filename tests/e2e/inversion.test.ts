import { readFileSync } from 'node:fs';
import type { Browser } from 'puppeteer';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recipeFromHash } from '../../src/latent/recipeLink.js';
import { launchBrowser, serveApp } from '../browser.js';
import { ensureBuilt } from '../setup/build.js';
import { LivePage, pause } from './editorPage.js';

const panel = 'ganvas-invert-panel >>>';
const render = new Uint8Array(readFileSync('weights/face64/test-renders/000.png'));

let browser: Browser;
let app: Awaited<ReturnType<typeof serveApp>>;
let live: LivePage;

beforeAll(async () => {
  await ensureBuilt('site');
  app = await serveApp();
  browser = await launchBrowser({ webgpu: true });
  live = await LivePage.open(browser, app.url);
  await live.ready();
}, 300_000);

afterAll(async () => {
  await browser.close();
  await app.close();
});

/** Text once it matches. */
async function textWhen(page: LivePage, selector: string, wanted: RegExp): Promise<string> {
  const until = Date.now() + 150_000;
  let text = '';
  while (Date.now() < until) {
    text = await page.text(selector);
    if (wanted.test(text)) return text;
    await pause(100);
  }
  throw new Error(`${selector} says "${text}", never ${wanted.source}`);
}

async function press(page: LivePage, text: string): Promise<void> {
  const buttons = await page.page.$$(`ganvas-editor >>> ${panel} button`);
  for (const button of buttons) {
    const found = await button.evaluate((element, wanted) => element.textContent.trim() === wanted, text);
    if (found) return button.evaluate((element) => (element as HTMLElement).click());
  }
  throw new Error(`there is no button "${text}"`);
}

async function setSteps(page: LivePage, steps: number): Promise<void> {
  const field = await page.find(`${panel} ganvas-inversion-settings >>> ganvas-number-field >>> input`);
  await field.click({ count: 3 });
  await field.type(String(steps));
  await page.page.keyboard.press('Enter');
}

/** A plain picture made by sharp, as a file of its own kind. */
function plain(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  return sharp({ create: { width, height, channels, background: { r: 200, g: 120, b: 90, alpha: 0.5 } } });
}

const bytesOf = async (picture: Sharp): Promise<Uint8Array> => new Uint8Array(await picture.toBuffer());

describe('pictures of all kinds', () => {
  test.each([
    ['with alpha', 'alpha.png', () => plain(60, 40, 4).png(), '40 × 40 of 60 × 40'],
    ['in CMYK', 'print.jpg', () => plain(60, 40).toColourspace('cmyk').jpeg(), '40 × 40 of 60 × 40'],
    ['turned by EXIF', 'turned.jpg', () => plain(60, 40).jpeg().withMetadata({ orientation: 6 }), '40 × 40 of 40 × 60'],
    ['20 000 pixels wide', 'wide.png', () => plain(20_000, 50).png(), '50 × 50 of 20000 × 50'],
  ])('%s are opened', async (_, name, make, words) => {
    await live.drop(name, await bytesOf(make()));
    await textWhen(live, `${panel} .name`, new RegExp(name));
    expect(await live.text(`${panel} section .small`)).toContain(words);
  });

  test.each([
    ['not a picture', 'notes.jpg', () => Promise.resolve(new TextEncoder().encode('hello')), /could not be decoded/],
    ['1 × 1', 'dot.png', () => bytesOf(plain(1, 1).png()), /1 × 1 pixels\. At least 8/],
    ['beyond the limit', 'vast.png', () => bytesOf(plain(20_000, 5100).png()), /102 megapixels; up to 100 are taken/],
  ])('%s are refused in a sentence; model, picture and pixels stay', async (_, name, make, sentence) => {
    const before = await live.canvasPixels();
    const open = await live.text(`${panel} .name`);
    await live.drop(name, await make());
    expect(await live.text('ganvas-problem-banner >>> p')).toMatch(sentence);
    expect(await live.text(`${panel} .name`)).toBe(open);
    expect(await live.canvasPixels()).toEqual(before);
    await live.press('Dismiss');
  });
});

test('a dropped face is inverted, live, and edited by the same sliders; nothing leaves the page', async () => {
  const before = await live.canvasPixels();
  const hash = await live.hash();
  await live.drop('render.png', render);
  await textWhen(live, `${panel} .name`, /render\.png/);
  await textWhen(live, `${panel} ganvas-inversion-settings >>> select`, /predictor/);
  await setSteps(live, 12);
  await press(live, 'Start');
  await textWhen(live, `${panel} .facts`, /step [1-9]\d* of 12/);
  const during = await live.canvasPixels();
  expect(during).not.toEqual(before);
  await textWhen(live, `${panel} .facts`, /Done, 12 steps/);

  const label = await (
    await live.find(`${panel} ganvas-loss-chart >>> [role=img]`)
  ).evaluate((chart) => chart.getAttribute('aria-label') ?? '');
  const [, first = NaN, last = NaN] = (/from (\S+) to (\S+) over 12/.exec(label) ?? []).map(Number);
  expect(last).toBeLessThan(first);
  expect(await live.text(`${panel} ganvas-domain-scale >>> h3`)).toMatch(/the model’s world/);

  const taken = await live.hashWhen((now) => now !== hash && recipeFromHash(now)?.latent.space === 'w+');
  const found = await live.canvasPixels();
  const slider = await live.find('ganvas-edit-stack >>> .suggestion ganvas-slider >>> input');
  await slider.focus();
  await live.page.keyboard.press('PageUp');
  const edited = await live.hashWhen((now) => recipeFromHash(now)?.edits.length === 1);
  expect(recipeFromHash(edited)?.latent).toEqual(recipeFromHash(taken)?.latent);
  expect(
    await live.pixelsWhen((pixels) => pixels.some((value, index) => value !== found[index]), 'the edit'),
  ).not.toEqual(found);
  const { origin } = new URL(app.url);
  expect(live.requests.filter((url) => !/^(blob|data):/.test(url) && new URL(url).origin !== origin)).toEqual([]);
  expect(live.errors).toEqual([]);
});

test('an unfinished inversion is there after a reload, and goes on', async () => {
  await (await live.find(`${panel} details > summary`)).evaluate((summary) => summary.click());
  await setSteps(live, 400);
  await press(live, 'Start anew');
  await textWhen(live, `${panel} .facts`, /step [1-9]\d* of 400/);
  await press(live, 'Pause');
  const paused = await textWhen(live, `${panel} .facts`, /Paused at step/);
  await live.page.reload();
  await live.ready();
  await (await live.find('[data-tool=invert]')).click();
  const [step] = /\d+/.exec(paused) ?? [];
  expect(await textWhen(live, `${panel} .facts`, /From before/)).toContain(`step ${step ?? ''} of 400`);
  await press(live, 'Resume');
  await textWhen(live, `${panel} .facts`, /Inverting, step/);
  await press(live, 'Cancel');
  await textWhen(live, `${panel} .facts`, /Cancelled/);
  await press(live, 'Discard');
  await live.find(`${panel} ganvas-picture-chooser >>> .drop`);
  expect(live.errors).toEqual([]);
});
