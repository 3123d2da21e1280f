import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, ElementHandle, Page } from 'puppeteer';
import { createServer, type ViteDevServer } from 'vite';
import { launchBrowser } from '../browser.js';
import type { FakeOptions } from './fakeWorkbench.js';

const root = join(import.meta.dirname, '../..');

export interface OpenOptions extends FakeOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly hash?: string;
  readonly src?: string;
  /** Returns before the model is open: for pages on which none will be. */
  readonly early?: boolean;
}

/** A development server and a browser for the editor on a drawn face. */
export class EditorPages {
  private constructor(
    private readonly server: ViteDevServer,
    private readonly browser: Browser,
    private readonly cache: string,
  ) {}

  static async start(): Promise<EditorPages> {
    const cache = await mkdtemp(join(tmpdir(), 'ganvas-ui-'));
    const server = await createServer({
      root,
      configFile: false,
      cacheDir: cache,
      logLevel: 'error',
      server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
      optimizeDeps: { entries: ['tests/ui/page.html'] },
    });
    await server.listen();
    return new EditorPages(server, await launchBrowser({ webgpu: false }), cache);
  }

  get url(): string {
    const [url] = this.server.resolvedUrls?.local ?? [];
    if (url === undefined) throw new Error('the server has no address');
    return url;
  }

  async open(options: OpenOptions = {}): Promise<EditorPage> {
    const { width = 1440, height = 900, theme = 'light', hash = '', src, early = false, ...fake } = options;
    const page = await (await this.browser.createBrowserContext()).newPage();
    await page.setViewport({ width, height });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }]);
    const query = new URLSearchParams({ options: JSON.stringify(fake), ...(src === undefined ? {} : { src }) });
    const editor = new EditorPage(page);
    await page.goto(`${this.url}tests/ui/page.html?${query.toString()}${hash}`);
    if (!early) await editor.ready();
    return editor;
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.close();
    await rm(this.cache, { recursive: true, force: true });
  }
}

/** One page with one editor, by what a user sees of it. Selectors cross shadow roots with `>>>`. */
export class EditorPage {
  /** Uncaught errors of the page; a healthy one has none. */
  readonly errors: string[] = [];

  constructor(readonly page: Page) {
    page.on('pageerror', (error) => this.errors.push(error instanceof Error ? error.message : String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' && message.text().includes('Content Security Policy'))
        this.errors.push(message.text());
    });
  }

  /** Until the model is open and its first directions are listed. */
  async ready(): Promise<void> {
    await this.page.waitForFunction(() => window.heard.includes('ganvas-load'));
    await this.find('ganvas-edit-stack >>> .suggestion');
  }

  /** Asks again and again: puppeteer's own waiting does not see changes inside shadow roots. */
  async find(selector: string): Promise<ElementHandle<HTMLElement>> {
    const until = Date.now() + 10_000;
    while (Date.now() < until) {
      const found = await this.page.$(`ganvas-editor >>> ${selector}`);
      if (found !== null) return found as ElementHandle<HTMLElement>;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`nothing matches ${selector}`);
  }

  async count(selector: string): Promise<number> {
    return (await this.page.$$(`ganvas-editor >>> ${selector}`)).length;
  }

  async text(selector: string): Promise<string> {
    return (await this.find(selector)).evaluate((element) => element.textContent.trim());
  }

  async attribute(selector: string, name: string): Promise<string | null> {
    return (await this.find(selector)).evaluate((element, wanted) => element.getAttribute(wanted), name);
  }

  /** The control of a given accessible name, wherever it is. */
  async named(name: string): Promise<ElementHandle<HTMLElement>> {
    return this.find(`[aria-label="${name}"]`);
  }

  async click(selector: string): Promise<void> {
    await (await this.find(selector)).click();
  }

  recipe(): Promise<{
    edits: { name: string; strength: number; layers: string; muted: boolean }[];
    latent: { seed: number };
  }> {
    return this.page.evaluate(async () => (await window.fake.getState()).recipe as never);
  }

  calls(): Promise<string[]> {
    return this.page.evaluate(() => [...window.fake.calls]);
  }

  /** Waits until the page has drawn what it was told and no change is on its way. */
  async settle(): Promise<void> {
    await this.page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 60)));
    await this.page.waitForFunction(() => window.fake.rested, { polling: 30 });
    await this.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }

  close(): Promise<void> {
    return this.page.browserContext().close();
  }
}
