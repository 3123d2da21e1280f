import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'puppeteer';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { readDirections } from '../../src/checkpoints/directionFile.js';
import type { Direction } from '../../src/latent/direction.js';
import { recipeFromHash } from '../../src/latent/recipeLink.js';
import { launchBrowser, serveApp } from '../browser.js';
import { cosine } from '../discovery/planted.js';
import { ensureBuilt } from '../setup/build.js';
import { LivePage } from './editorPage.js';

/** Pictures for the comparison of InterFaceGAN; the paper's 20,000 take a software adapter half an hour. */
const scored = process.env['INTERFACEGAN_SAMPLES'] ?? '240';
const scoringTakes = Number(scored) * 500;

let browser: Browser;
let app: Awaited<ReturnType<typeof serveApp>>;
let folder: string;
let live: LivePage;

beforeAll(async () => {
  await ensureBuilt('cli', 'site');
  app = await serveApp();
  browser = await launchBrowser({ webgpu: true });
  folder = mkdtempSync(join(tmpdir(), 'ganvas-tools-'));
}, 300_000);
afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  live = await LivePage.open(browser, app.url);
  await live.ready();
}, 120_000);
afterEach(async () => {
  expect(live.errors).toEqual([]);
  await live.close();
});

async function choose(tool: string): Promise<void> {
  await (await live.find(`[data-tool=${tool}]`)).click();
}

async function type(label: string, text: string, within: string): Promise<void> {
  const field = await live.find(`${within} >>> ganvas-number-field[label="${label}"] >>> input`);
  await field.click({ count: 3 });
  await field.type(text);
  await live.page.keyboard.press('Enter');
}

/** Starts to watch how long the page goes without answering; the result reads the longest so far, in milliseconds. */
async function watchPauses(): Promise<() => Promise<number>> {
  const watch = await live.page.evaluateHandle(() => {
    const seen = { last: performance.now(), longest: 0 };
    setInterval(() => {
      const now = performance.now();
      seen.longest = Math.max(seen.longest, now - seen.last);
      seen.last = now;
    }, 20);
    return seen;
  });
  return () => watch.evaluate(({ longest }) => longest);
}

/** Until the text of a job says so. */
async function jobSays(panel: string, sentence: string, timeout: number): Promise<void> {
  const line = await live.find(`${panel} >>> ganvas-job-line.job`);
  const said = (): Promise<string> => line.evaluate((element) => element.shadowRoot?.textContent ?? '');
  await expect.poll(said, { timeout, interval: 100 }).toContain(sentence);
}

const inDirections = (selector: string): string => `ganvas-directions-panel >>> ${selector}`;

/** Runs the open card's search until it has found what it will find, ends the ranking, and saves the list. */
async function foundBy(card: string, filter: string, takes = 240_000): Promise<readonly Direction[]> {
  await (await live.find(inDirections(`${card} >>> .primary`))).click();
  await jobSays('ganvas-directions-panel', 'Looking at what they change', takes);
  await (await live.find(inDirections('ganvas-job-line.job >>> button'))).click();
  await jobSays('ganvas-directions-panel', 'What was found stays', 60_000);
  await (await live.find(inDirections('input[type=search]'))).type(filter);
  await (await live.find(inDirections('.found .button'))).click();
  return readDirections(await live.savedFile());
}

function discoveredByCommand(...options: readonly string[]): readonly Direction[] {
  const out = join(folder, 'found.safetensors');
  execFileSync(process.execPath, ['dist/cli/main.js', 'discover', 'face64', ...options, '--out', out], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readDirections(new Uint8Array(readFileSync(out)));
}

/** Every direction of the page is one of the command line's, but for its sign. */
function expectSame(found: readonly Direction[], expected: readonly Direction[]): void {
  expect(found).toHaveLength(expected.length);
  for (const { vectors } of found) {
    const cosines = expected.map((other) => Math.abs(cosine(vectors, other.vectors)));
    expect(Math.max(...cosines)).toBeGreaterThan(0.9999);
  }
}

test('GANSpace finds in the browser what it finds on the command line', async () => {
  await choose('directions');
  await (await live.find(inDirections('.methods details:nth-of-type(2) summary'))).click();
  await type('Number of components', '3', inDirections('ganvas-ganspace-card'));
  await type('Samples to draw', '2000', inDirections('ganvas-ganspace-card'));
  const found = await foundBy('ganvas-ganspace-card', 'ganspace');
  expectSame(found, discoveredByCommand('--method', 'ganspace', '--count', '3', '--samples', '2000'));
}, 300_000);

test(
  'so does InterFaceGAN, by the bundled predictor, and a cell of the matrix conditions',
  async () => {
    await choose('directions');
    await (await live.find(inDirections('.methods details:nth-of-type(3) summary'))).click();
    await type('Pictures to score', scored, inDirections('ganvas-attribute-card'));
    const longestPause = await watchPauses();
    const found = await foundBy('ganvas-attribute-card', 'interfacegan', 240_000 + scoringTakes);
    // All of it runs in the Worker; a page that scored a single batch itself would stand still for longer.
    expect(await longestPause()).toBeLessThan(2000);
    expectSame(found, discoveredByCommand('--method', 'interfacegan', '--samples', scored));
    await (await live.find(inDirections('ganvas-cosine-matrix >>> summary'))).click();
    const cell = inDirections('ganvas-cosine-matrix >>> tbody tr:nth-child(1) td:nth-of-type(2) button');
    await (await live.find(cell)).click();
    await live.find(`${cell}[aria-pressed=true]`);
    const hash = await live.hashWhen((text) => (recipeFromHash(text)?.edits[0]?.conditions ?? []).length > 0);
    expect(recipeFromHash(hash)?.edits[0]).toMatchObject({ strength: 1, muted: false });
  },
  400_000 + 2 * scoringTakes,
);

test('a part of the picture is found among the units, erased with the brush, and comes back', async () => {
  const before = await live.canvasPixels();
  await choose('units');
  await live.find('ganvas-units-panel >>> select option:nth-child(3)');
  const layers = await live.find('ganvas-units-panel >>> select');
  await layers.select('synthesis.b16.conv1');
  await type('Pictures to look at', '32', 'ganvas-units-panel');
  await (await live.find('ganvas-units-panel >>> .primary')).click();
  const part = await live.find('ganvas-units-panel >>> section[aria-label="Units by part"] select', 120_000);
  await part.select('hair');
  await live.find('ganvas-unit-gallery >>> .units button');
  await (await live.find('ganvas-brush-settings >>> input[value=erase]')).click();
  const brush = await live.find('ganvas-stage >>> ganvas-brush');
  const box = await brush.boundingBox();
  if (box === null) throw new Error('the brush has no box');
  await live.page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.2);
  await live.page.mouse.down();
  await live.page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.25, { steps: 8 });
  await live.page.mouse.up();
  const changed = await live.pixelsWhen((pixels) => pixels.join() !== before.join(), 'the stroke');
  const hash = await live.hashWhen((text) => (recipeFromHash(text)?.units ?? []).length > 0);
  expect(recipeFromHash(hash)?.units).toMatchObject([
    { name: 'Erase hair', layer: 'synthesis.b16.conv1', strength: 1 },
  ]);
  await live.press('Mute Erase hair');
  await live.pixelsWhen((pixels) => pixels.join() === before.join(), 'the picture without the stroke');
  await live.press('Mute Erase hair');
  await live.pixelsWhen((pixels) => pixels.join() === changed.join(), 'the stroke again');
}, 300_000);
