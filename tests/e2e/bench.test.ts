/** The benchmark's page as it is built: a run, what it shows, and an earlier run beside it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'puppeteer';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BenchPage } from '../../bench/page/benchPage.js';
import type { BenchReport } from '../../bench/report.js';
import { expectValid } from '../bench/reportSchema.js';
import { launchBrowser, serveApp } from '../browser.js';
import { ensureBuilt } from '../setup/build.js';

let browser: Browser;
let app: Awaited<ReturnType<typeof serveApp>>;
let page: Page;
let folder: string;
let report: BenchReport;

beforeAll(async () => {
  await ensureBuilt('site');
  app = await serveApp();
  browser = await launchBrowser({ webgpu: true });
  folder = mkdtempSync(join(tmpdir(), 'ganvas-bench-'));
  page = await browser.newPage();
  await page.goto(`${app.url}bench/`);
  await page.waitForSelector('ganvas-bench:defined');
  report = await page.evaluate(() =>
    (document.querySelector('ganvas-bench') as BenchPage).run(['gradients', 'memory'], 1),
  );
});

afterAll(async () => {
  await browser.close();
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

const textOf = (): Promise<string> =>
  page.evaluate(() => (document.querySelector('ganvas-bench') as BenchPage).shadowRoot?.textContent ?? '');

/** Chooses a file as a user does, and gives what the page says then. */
async function openEarlier(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  const before = await textOf();
  writeFileSync(path, text);
  const [chooser] = await Promise.all([page.waitForFileChooser(), page.click('::-p-text(Open an earlier run)')]);
  await chooser.accept([path]);
  await page.waitForFunction(
    (before) => (document.querySelector('ganvas-bench') as BenchPage).shadowRoot?.textContent !== before,
    {},
    before,
  );
  return textOf();
}

test('a run is a report, shown with its adapter, labelled as software', async () => {
  expectValid(report);
  expect(report.adapter.software).toBe(true);
  expect(report.runtime).toContain('Chrome');
  const text = await textOf();
  expect(text).toContain('A software adapter');
  expect(text).toContain('face64 forward and backward');
  expect(text).toContain('StyleGAN2-f 1024 forward');
});

test('an earlier run on this adapter stands beside it; one on another is refused, and so is what is no run', async () => {
  expect(await openEarlier('earlier.json', JSON.stringify(report))).toContain('Beside the earlier run');
  const elsewhere = { ...report, adapter: { ...report.adapter, vendor: 'another' } };
  expect(await openEarlier('elsewhere.json', JSON.stringify(elsewhere))).toContain('different adapters');
  expect(await openEarlier('nonsense.json', '{}')).toContain('nonsense.json is no report');
});

test('other runtimes that are not there are said to be missing', async () => {
  const code = await page.evaluate(async () => {
    const bench = document.querySelector('ganvas-bench') as BenchPage;
    return bench.run(['peers'], 1).then(
      () => 'ran',
      (error: unknown) => (error as { code?: string }).code,
    );
  });
  expect(code).toBe('peers-missing');
});
