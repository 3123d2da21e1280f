import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EditorPages, type EditorPage } from './editorPage.js';

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const sizes = [
  [1440, 900],
  [800, 1000],
  [360, 740],
] as const;
const looks = sizes.flatMap(([width, height]) =>
  (['light', 'dark'] as const).map((theme) => ({ width, height, theme })),
);

let pages: EditorPages;
let editor: EditorPage;

beforeAll(async () => {
  pages = await EditorPages.start();
});
afterAll(() => pages.stop());
afterEach(() => editor.close());

/** Serious and critical findings, each with the element it is about. */
async function violations(page: EditorPage): Promise<string[]> {
  // Evaluated, not added as a script: the page's content policy allows no foreign ones.
  await page.page.evaluate(axeSource);
  const results = await page.page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  return results.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`));
}

async function addEdit(page: EditorPage): Promise<void> {
  if ((await page.count('[data-tool=edits]')) > 0) await page.click('[data-tool=edits]');
  await (await page.find('ganvas-edit-stack >>> .suggestion ganvas-slider >>> input')).focus();
  await page.page.keyboard.press('PageUp');
  await page.click('ganvas-edit-stack >>> ganvas-edit-row >>> .fold');
  await page.settle();
}

/** What is wider than the page, and targets that a finger misses. */
function crowding(page: EditorPage): Promise<{ overflow: number; small: string[] }> {
  return page.page.evaluate(() => {
    const small: string[] = [];
    const visit = (root: ShadowRoot | Document): void => {
      for (const element of root.querySelectorAll('*')) {
        if (element.shadowRoot) visit(element.shadowRoot);
        if (!element.matches('button, select, input:not([type=file])')) continue;
        const box = element.getBoundingClientRect();
        // Radio and checkbox inputs lie over, or beside, a label that is the target.
        const target = element.closest('label')?.getBoundingClientRect() ?? box;
        if (box.width > 0 && (target.width < 23.5 || target.height < 23.5)) small.push(element.outerHTML.slice(0, 120));
      }
    };
    visit(document);
    return { overflow: document.documentElement.scrollWidth - innerWidth, small };
  });
}

/** Wherever the panel has scrolled to. */
async function press(page: EditorPage, selector: string): Promise<void> {
  await (await page.find(selector)).evaluate((element) => element.click());
}

async function openMethod(page: EditorPage, place: number): Promise<void> {
  await press(page, `ganvas-directions-panel >>> .methods details:nth-of-type(${place}) summary`);
  if (place === 3) await page.find('ganvas-attribute-card >>> fieldset');
  if (place === 4) await page.find('ganvas-teach-card >>> input');
  await page.settle();
}

/** Pastes a drawn picture. */
async function bringPicture(page: EditorPage): Promise<void> {
  await page.page.evaluate(async () => {
    const canvas = new OffscreenCanvas(90, 60);
    canvas.getContext('2d')?.fillRect(0, 0, 20, 20);
    const data = new DataTransfer();
    data.items.add(new File([await canvas.convertToBlob()], 'me.png', { type: 'image/png' }));
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await page.find('ganvas-invert-panel >>> ganvas-crop-box >>> .box');
}

describe.each(looks)('at $width × $height, $theme', (look) => {
  it('has no serious violation, with edits and with directions shown', async () => {
    editor = await pages.open(look);
    await addEdit(editor);
    expect(await violations(editor)).toEqual([]);
    await editor.click('[data-tool=directions]');
    await editor.settle();
    expect(await violations(editor)).toEqual([]);
  });

  it('has no serious violation, with a picture to invert and with its inversion shown', async () => {
    editor = await pages.open({ ...look, stepTime: 40 });
    await editor.click('[data-tool=invert]');
    expect(await violations(editor)).toEqual([]);
    await bringPicture(editor);
    await (await editor.find('ganvas-inversion-settings >>> summary')).evaluate((summary) => summary.click());
    expect(await violations(editor)).toEqual([]);
    expect(await crowding(editor)).toEqual({ overflow: 0, small: [] });
    await (await editor.find('ganvas-invert-panel >>> .start')).evaluate((button) => button.click());
    await editor.find('ganvas-domain-scale >>> .mark');
    expect(await violations(editor)).toEqual([]);
    expect(await crowding(editor)).toEqual({ overflow: 0, small: [] });
  });

  it('does not scroll sideways and has no target under 24 px', async () => {
    editor = await pages.open(look);
    await addEdit(editor);
    expect(await crowding(editor)).toEqual({ overflow: 0, small: [] });
  });
});

/** Each size in one theme: the parts that workspaces share have been seen in both. */
const workspaceLooks = looks.filter(({ width, theme }) => (width === 800) === (theme === 'dark'));

describe.each(workspaceLooks)('a workspace at $width × $height, $theme', (look) => {
  it('has no serious violation in the Directions workspace, whichever method is open', async () => {
    editor = await pages.open(look);
    await editor.click('[data-tool=directions]');
    await editor.click('ganvas-directions-panel >>> ganvas-cosine-matrix >>> summary');
    for (const method of [1, 2, 3, 4]) {
      if (method > 1) await openMethod(editor, method);
      expect(await violations(editor)).toEqual([]);
      expect(await crowding(editor)).toEqual({ overflow: 0, small: [] });
    }
  });

  it('has no serious violation with units dissected and a brush in hand, nor with a table of measures', async () => {
    editor = await pages.open(look);
    await editor.click('[data-tool=units]');
    await editor.find('ganvas-units-panel >>> select option:nth-child(4)');
    await press(editor, 'ganvas-units-panel >>> .primary');
    await editor.find('ganvas-units-panel >>> ganvas-unit-gallery >>> .units button');
    await press(editor, 'ganvas-brush-settings >>> input[value=draw]');
    await editor.find('ganvas-stage >>> ganvas-brush');
    expect(await violations(editor)).toEqual([]);
    expect(await crowding(editor)).toEqual({ overflow: 0, small: [] });
    await editor.click('[data-tool=measure]');
    await press(editor, 'ganvas-measure-panel >>> .primary');
    await editor.find('ganvas-measure-panel >>> dl');
    expect(await violations(editor)).toEqual([]);
    expect(await crowding(editor)).toEqual({ overflow: 0, small: [] });
  });

  it('has no serious violation with a walk and a grid of styles', async () => {
    editor = await pages.open(look);
    await editor.click('[data-tool=walk]');
    await press(editor, 'ganvas-walk-card >>> .primary');
    await editor.find('ganvas-walk-card >>> .frames li:nth-child(9)');
    await press(editor, 'ganvas-mix-card >>> .primary');
    await editor.find('ganvas-mix-card >>> tbody tr:nth-child(3)');
    await editor.settle();
    expect(await violations(editor)).toEqual([]);
    expect(await crowding(editor)).toEqual({ overflow: 0, small: [] });
  });
});

it.each(looks.filter(({ width }) => width !== 800))(
  'opens and explains without a serious violation at $width × $height, $theme',
  async (look) => {
    const lacks = { truncation: 'No average.', noise: 'No noise.', mapping: 'No mapping.', sefa: 'No weights.' };
    editor = await pages.open({ ...look, takesTransform: true, classes: 1000, lacks, early: true });
    await editor.page.waitForFunction(() => window.heard.includes('ganvas-load'));
    expect(await violations(editor)).toEqual([]);
    await editor.click('ganvas-top-bar >>> [title^="Open a checkpoint"]');
    await (await editor.find('ganvas-open-panel >>> summary')).evaluate((summary) => summary.click());
    expect(await violations(editor)).toEqual([]);
    expect(await crowding(editor)).toEqual({ overflow: 0, small: [] });
  },
);

it('explains a missing adapter without a serious violation', async () => {
  editor = await pages.open({ failWith: 'gpu-no-adapter', early: true });
  await editor.find('ganvas-fallback >>> .card');
  expect(await violations(editor)).toEqual([]);
});

it('moves nothing by itself when motion is unwelcome', async () => {
  editor = await pages.open();
  await editor.page.emulateMediaFeatures([{ name: 'prefers-reduced-motion', value: 'reduce' }]);
  const motion = await (
    await editor.find('ganvas-top-bar >>> .icon-button')
  ).evaluate((button) => getComputedStyle(button).transitionDuration);
  expect(motion.split(', ').every((duration) => duration === '0s')).toBe(true);
});
