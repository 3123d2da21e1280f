/** A snapshot of the size that people have, opened and cancelled on the real page, and the memory that it takes. */
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession, ElementHandle } from 'puppeteer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchBrowser, serveApp } from '../browser.js';
import { bigSnapshot } from '../checkpoints/bigSnapshot.js';
import { ensureBuilt } from '../setup/build.js';
import { LivePage, pause } from './editorPage.js';

let browser: Browser;
let app: Awaited<ReturnType<typeof serveApp>>;
let folder: string;
let live: LivePage;
let path: string;
let fileBytes: number;

beforeAll(async () => {
  await ensureBuilt('site');
  app = await serveApp();
  browser = await launchBrowser({ webgpu: true });
  folder = mkdtempSync(join(tmpdir(), 'ganvas-big-'));
  path = join(folder, 'network-snapshot.pkl');
  const file = openSync(path, 'w');
  for (const part of bigSnapshot()) writeSync(file, part);
  closeSync(file);
  fileBytes = statSync(path).size;
  live = await LivePage.open(browser, app.url);
  await live.ready();
}, 300_000);

afterAll(async () => {
  await live.close();
  await browser.close();
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

interface HeapUsage {
  readonly usedSize: number;
  readonly backingStorageSize: number;
}

/** Bytes of objects and of array buffers, in the page and in its worker. */
async function heldBytes(): Promise<number> {
  const page = await live.page.createCDPSession();
  const workers = live.page.workers().map((worker) => worker.client);
  const sizes = await Promise.all([page, ...workers].map(usageOf));
  await page.detach();
  return sizes.reduce((sum, { usedSize, backingStorageSize }) => sum + usedSize + backingStorageSize, 0);
}

/** Puppeteer's types are of a protocol before `backingStorageSize`. */
async function usageOf(session: CDPSession): Promise<HeapUsage> {
  return await session.send('Runtime.getHeapUsage');
}

async function collectedBytes(): Promise<number> {
  for (const session of [await live.page.createCDPSession(), ...live.page.workers().map((worker) => worker.client)]) {
    await session.send('HeapProfiler.collectGarbage');
  }
  return heldBytes();
}

async function choose(): Promise<void> {
  const input = await live.find('ganvas-top-bar >>> input[type=file]');
  await (input as unknown as ElementHandle<HTMLInputElement>).uploadFile(path);
}

/** Presses Cancel at the first progress that `label` begins and that has come so far, and tells how far it was. */
function cancelAt(label: string, least: number): Promise<number> {
  return live.page.evaluate(
    (wanted, from) =>
      new Promise<number>((resolve, reject) => {
        const editor = document.querySelector('ganvas-editor');
        const press = (event: Event): void => {
          const progress = (event as CustomEvent<{ label: string; fraction: number | null } | null>).detail;
          if (!progress?.label.startsWith(wanted) || (progress.fraction ?? -1) < from) return;
          editor?.removeEventListener('ganvas-progress', press);
          const status = editor?.shadowRoot?.querySelector('ganvas-status-line');
          const button = status?.shadowRoot?.querySelector<HTMLElement>('.cancel');
          if (!button) return reject(new Error('there is nothing to cancel with'));
          button.click();
          resolve(progress.fraction ?? NaN);
        };
        editor?.addEventListener('ganvas-progress', press);
      }),
    label,
    least,
  );
}

/** Until the page says so, and nothing is left of the file in its memory. */
async function expectNothingLeft(before: number): Promise<void> {
  await live.page.waitForFunction(() => {
    const shadow = document.querySelector('ganvas-editor')?.shadowRoot;
    const isCancellable = shadow?.querySelector('ganvas-status-line')?.shadowRoot?.querySelector('.cancel') !== null;
    return !isCancellable && shadow?.textContent.includes('was cancelled') === true;
  });
  expect((await collectedBytes()) - before).toBeLessThan(0.02 * fileBytes);
  expect(await live.text('ganvas-top-bar >>> .chip')).toContain('face64');
  expect(live.errors).toEqual([]);
}

test('cancelled halfway through a file of 380 MB, it leaves nothing behind', async () => {
  const before = await collectedBytes();
  const cancelled = cancelAt('Reading the file', 0.4);
  await choose();
  expect(await cancelled).toBeLessThan(1);
  await expectNothingLeft(before);
});

// The picture itself takes minutes on SwiftShader, so it is cancelled where nothing but drawing is left to do.
test('a file of 380 MB is read, recognised and uploaded within 1.3 times its bytes', async () => {
  const before = await collectedBytes();
  let peak = 0;
  let isOpening = true;
  const watching = (async () => {
    while (isOpening) {
      peak = Math.max(peak, (await heldBytes()) - before);
      await pause(20);
    }
  })();
  const cancelled = cancelAt('Compiling kernels', 1);
  await choose();
  await cancelled;
  isOpening = false;
  await watching;
  console.log(`peak ${(peak / fileBytes).toFixed(3)} times the file's ${fileBytes} bytes`);
  expect(peak).toBeGreaterThan(0.9 * fileBytes);
  expect(peak).toBeLessThan(1.3 * fileBytes);
  await expectNothingLeft(before);
});
