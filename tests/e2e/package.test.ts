import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Browser } from 'puppeteer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser } from '../browser.js';
import { serveFolder } from '../../scripts/serve-site.mjs';
import { ensureBuilt } from '../setup/build.js';
import { LivePage } from './editorPage.js';

/** A page as the README shows it: the package's own files, no bundler. */
const page = `<!doctype html>
<html lang="en"><head><title>embedded</title><link rel="icon" href="data:,">
<script type="module" src="./package/lib/define.js"></script></head>
<body><ganvas-editor src="./weights/face64/face64-g.safetensors" name="face64"></ganvas-editor></body></html>`;

let folder: string;
let browser: Browser;
let served: { url: string; close: () => Promise<void> };

beforeAll(async () => {
  await ensureBuilt('lib');
  folder = await mkdtemp(join(tmpdir(), 'ganvas-package-'));
  await mkdir(join(folder, 'package'));
  await symlink(resolve('dist/lib'), join(folder, 'package', 'lib'));
  await symlink(resolve('weights'), join(folder, 'weights'));
  await writeFile(join(folder, 'index.html'), page);
  served = await serveFolder(folder);
  browser = await launchBrowser({ webgpu: true });
}, 300_000);

afterAll(async () => {
  await browser.close();
  await served.close();
  await rm(folder, { recursive: true, force: true });
});

test('the built element opens a model in a plain page', async () => {
  const live = await LivePage.open(browser, served.url);
  await live.ready();
  const pixels = await live.pixelsWhen((now) => new Set(now).size > 16, 'a picture');
  expect(pixels).toHaveLength(64 * 64 * 4);
  expect(await live.text('ganvas-top-bar >>> .chip')).toContain('face64');
  expect(live.errors).toEqual([]);
  await live.close();
});
