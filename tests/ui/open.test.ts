import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EditorPages, type EditorPage } from './editorPage.js';
import { ModelServer } from './modelServer.js';

const panel = 'ganvas-top-bar >>> ganvas-open-panel >>>';

let pages: EditorPages;
let server: ModelServer;
let editor: EditorPage;

beforeAll(async () => {
  pages = await EditorPages.start();
  server = await ModelServer.start();
});
afterAll(async () => {
  await pages.stop();
  await server.stop();
});
afterEach(async () => {
  expect(editor.errors).toEqual([]);
  await editor.close();
});

async function openPanel(): Promise<void> {
  await editor.click('ganvas-top-bar >>> [title^="Open a checkpoint"]');
  await editor.find(`${panel} form`);
}

async function fetchFrom(address: string): Promise<void> {
  await openPanel();
  const field = await editor.find(`${panel} input[type=url]`);
  await field.evaluate((input, value) => ((input as HTMLInputElement).value = value), address);
  await editor.click(`${panel} form button`);
}

/** The text of a part once it matches. */
async function textWhen(selector: string, wanted: RegExp): Promise<string> {
  const until = Date.now() + 15_000;
  let text = '';
  while (Date.now() < until) {
    text = await editor.text(selector);
    if (wanted.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${selector} says "${text}", never ${wanted.source}`);
}

describe('the Open panel', () => {
  it('names published models by family, with size, licence and page, and no direct link to a file', async () => {
    editor = await pages.open();
    await openPanel();
    const families = await editor.text(`${panel} [aria-label="Published models"]`);
    for (const family of ['PGGAN', 'StyleGAN', 'StyleGAN2', 'StyleGAN3', 'BigGAN', 'BigGAN-deep']) {
      expect(families).toContain(family);
    }
    expect(families).toContain('about 224 MB');
    const links = await editor.page.evaluate(() => {
      const bar = document.querySelector('ganvas-editor')?.shadowRoot?.querySelector('ganvas-top-bar');
      const found = bar?.shadowRoot?.querySelector('ganvas-open-panel')?.shadowRoot?.querySelectorAll('a') ?? [];
      return [...found].map(({ href, rel }) => `${href} ${rel}`);
    });
    expect(links.length).toBeGreaterThan(10);
    for (const link of links) expect(link).toMatch(/^https:\/\/[^?]+ noopener noreferrer$/);
    expect(links.join()).not.toMatch(/\.(pkl|pth?|bin|safetensors) /);
  });

  it('fetches from another site, keeps a copy, opens it again without a network, and deletes it', async () => {
    editor = await pages.open();
    await fetchFrom(server.address('/shared/faces.pkl'));
    await textWhen('ganvas-top-bar >>> .chip', /faces/);
    await openPanel();
    expect(await textWhen(`${panel} [aria-label="Kept on this computer"]`, /faces\.pkl\s+4 MB/)).toMatch(
      /4 MB in models; the browser\s+lets\s+the\s+page\s+keep\s.+\smore/s,
    );

    const asked = server.asked.length;
    await editor.page.reload();
    await editor.ready();
    await editor.page.waitForFunction(() => customElements.get('ganvas-open-panel') !== undefined);
    await editor.page.setOfflineMode(true);
    await openPanel();
    await editor.click(`${panel} [aria-label="Open faces.pkl"]`);
    await textWhen('ganvas-top-bar >>> .chip', /faces/);
    // By its address as well: the copy is taken.
    await fetchFrom(server.address('/shared/faces.pkl'));
    await editor.page.waitForFunction(() => window.fake.calls.filter((call) => call === 'openModel').length === 3);
    expect(server.asked).toHaveLength(asked);

    await openPanel();
    await editor.click(`${panel} [aria-label^="Delete faces.pkl"]`);
    await textWhen(`${panel} [aria-label="Kept on this computer"]`, /Nothing yet/);
    await editor.page.setOfflineMode(false);
  });

  it('offers to keep the open model', async () => {
    editor = await pages.open();
    await openPanel();
    const keep = `${panel} [aria-label="Kept on this computer"]`;
    await textWhen(keep, /Keep face64-g\.safetensors \(3 MB\)/);
    await editor.click(`${keep} button`);
    await textWhen(keep, /3 MB in models/);
  });
});

it('says plainly when the browser gives no more room, and keeps the model open', async () => {
  editor = await pages.open();
  const client = await editor.page.createCDPSession();
  const { origin } = new URL(pages.url);
  await client.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1_000_000 });
  await fetchFrom(server.address('/shared/large.pkl'));
  expect(await textWhen('ganvas-problem-banner >>> p', /was not kept/)).toMatch(
    /large\.pkl was not kept: it has 4 MB, and the browser lets this page keep only .+ more\. Delete a kept model/,
  );
  expect(await editor.text('ganvas-top-bar >>> .chip')).toContain('large');
  await openPanel();
  await textWhen(`${panel} [aria-label="Kept on this computer"]`, /Nothing yet/);
});

describe('a fetch', () => {
  it('explains a site that lets no other read its files', async () => {
    editor = await pages.open();
    await fetchFrom(server.address('/private/faces.pkl'));
    await textWhen('ganvas-problem-banner >>> h2', /Could not open faces\.pkl/);
    expect(await editor.text('ganvas-problem-banner >>> p')).toMatch(
      /127\.0\.0\.1:\d+ answered, but does not let pages of other sites read its files.*CORS.*drop it here/,
    );
    expect(await editor.text('ganvas-top-bar >>> .chip')).toContain('face64');
  });

  it('says when nobody answers', async () => {
    editor = await pages.open();
    await fetchFrom('http://127.0.0.1:9/faces.pkl');
    await textWhen('ganvas-problem-banner >>> p', /could not be downloaded: no answer from 127\.0\.0\.1:9\./);
  });

  it('shows bytes and time left, and can be cancelled', async () => {
    editor = await pages.open();
    await fetchFrom(server.address('/shared/slow.pkl'));
    await textWhen('ganvas-status-line >>> .job', /Fetching slow\.pkl 1 MB of 4 MB/);
    await editor.click('ganvas-status-line >>> .cancel');
    await editor.page.waitForFunction(() => {
      const line = document.querySelector('ganvas-editor')?.shadowRoot?.querySelector('ganvas-status-line');
      return line?.shadowRoot?.querySelector('.job') === null;
    });
    expect(await editor.count('ganvas-problem-banner >>> .banner')).toBe(0);
    expect(await editor.text('ganvas-top-bar >>> .chip')).toContain('face64');
  });
});
