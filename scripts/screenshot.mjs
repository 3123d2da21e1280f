// node scripts/screenshot.mjs [--theme light|dark] [--size 1440x900] [out.png]
//
// Writes docs/screenshot.png: the editor with its bundled model, two edits made and the gallery filled.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchChromium } from './chromium.mjs';
import { serveSite } from './serve-site.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { theme: { type: 'string', default: 'dark' }, size: { type: 'string', default: '1440x900' } },
});
const out = positionals[0] ?? join(import.meta.dirname, '..', 'docs', 'screenshot.png');
const [width = NaN, height = NaN] = values.size.split('x').map(Number);
if (!(width > 0 && height > 0)) throw new Error(`--size ${values.size}: expected WIDTHxHEIGHT, such as 1440x900.`);

/** Bends the first face by two directions, named as a user would; runs in the page. */
async function showEdits() {
  const editor = /** @type {import('../src/ui/element.js').GanvasEditor} */ (document.querySelector('ganvas-editor'));
  const model = await editor.ready;
  const edit = (/** @type {string} */ name, /** @type {number} */ index, /** @type {number} */ strength) => ({
    name,
    direction: { method: /** @type {const} */ ('sefa'), layers: 'all', index },
    strength,
    layers: 'all',
    muted: false,
  });
  editor.recipe = {
    version: 1,
    model: model.hash,
    latent: { space: 'z', seed: 1 },
    class: null,
    truncation: { psi: 0.7, cutoff: null },
    noise: { mode: 'const', seed: 0 },
    edits: [edit('laugh', 3, 0.9), edit('copper hair', 0, 1.2)],
  };
}

/**
 * Until no more thumbnails appear: software adapters draw a few a second.
 * @param {import('puppeteer').Page} page
 */
async function galleryFilled(page) {
  const painted = () =>
    page.evaluate(() => {
      const panel = document.querySelector('ganvas-editor')?.shadowRoot?.querySelector('ganvas-explore-panel');
      const thumbnails = [...(panel?.shadowRoot?.querySelectorAll('ganvas-thumbnail') ?? [])];
      return thumbnails.filter((thumbnail) => (thumbnail.shadowRoot?.querySelector('canvas')?.width ?? 0) > 0).length;
    });
  let before = -1;
  for (let now = await painted(); now !== before; now = await painted()) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 8000));
  }
}

const site = await serveSite();
const browser = await launchChromium({ webgpu: true });
try {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: values.theme }]);
  // `ganvas-load` bubbles and is composed; listening before the page's scripts run cannot miss it.
  await page.evaluateOnNewDocument(() => {
    addEventListener('ganvas-load', () => document.documentElement.setAttribute('data-ganvas-loaded', ''));
  });
  await page.goto(site.url);
  await page.waitForSelector('html[data-ganvas-loaded]', { timeout: 120_000 });
  await page.evaluate(showEdits);
  await galleryFilled(page);
  // Once more without the gallery beside it: the time of a frame in the picture is then that of a slider's step.
  await page.evaluate(() => document.querySelector('ganvas-editor')?.focus());
  for (let repeat = 0; repeat < 3; repeat++) {
    await page.keyboard.down('Space');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await page.keyboard.up('Space');
    await new Promise((resolve) => setTimeout(resolve, 1500));
  }
  await mkdir(dirname(out), { recursive: true });
  await page.screenshot({ path: /** @type {`${string}.png`} */ (out) });
  console.log(out);
} finally {
  await browser.close();
  await site.close();
}
