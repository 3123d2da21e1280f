import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { EditorPages, type EditorPage, type OpenOptions } from './editorPage.js';

let pages: EditorPages;
let editor: EditorPage;

beforeAll(async () => {
  pages = await EditorPages.start();
});
afterAll(() => pages.stop());
afterEach(async () => {
  expect(editor.errors).toEqual([]);
  await editor.close();
});

const panel = 'ganvas-invert-panel >>>';
const face = readFileSync('weights/face64/test-renders/000.png');

/** Brings a drawn picture of the given size to the editor, as a drop on the stage, on the panel, or from the clipboard. */
async function bring(
  way: 'stage' | 'panel' | 'paste',
  { width = 90, height = 60, name = 'me.jpg' }: { width?: number; height?: number; name?: string } = {},
): Promise<void> {
  await editor.page.evaluate(
    async (asked) => {
      const canvas = new OffscreenCanvas(asked.width, asked.height);
      canvas.getContext('2d')?.fillRect(0, 0, 20, 20);
      const blob = await canvas.convertToBlob({ type: 'image/jpeg' });
      const data = new DataTransfer();
      data.items.add(new File([blob], asked.name, { type: blob.type }));
      const root = document.querySelector('ganvas-editor')?.shadowRoot;
      if (asked.way === 'paste') {
        const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
        return;
      }
      const place =
        asked.way === 'stage'
          ? root?.querySelector('ganvas-stage')?.shadowRoot?.querySelector('.room')
          : root
              ?.querySelector('ganvas-invert-panel')
              ?.shadowRoot?.querySelector('ganvas-picture-chooser')
              ?.shadowRoot?.querySelector('.drop');
      place?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    },
    { way, width, height, name },
  );
}

async function openWithPicture(options: OpenOptions = {}): Promise<void> {
  editor = await pages.open({ stepTime: 10, ...options });
  await bring('stage');
  await editor.find(`${panel} ganvas-crop-box >>> .box`);
}

async function start(): Promise<void> {
  await (await editor.find(`${panel} .start`)).evaluate((button) => button.click());
  await editor.find(`${panel} ganvas-comparison`);
}

async function textWhen(selector: string, wanted: RegExp): Promise<string> {
  let text = '';
  for (let tries = 0; tries < 200; tries++) {
    text = await editor.text(selector);
    if (wanted.test(text)) return text;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${selector} says "${text}", never ${wanted.source}`);
}

const cropWords = (): Promise<string | null> => editor.attribute(`${panel} ganvas-crop-box >>> .box`, 'aria-valuetext');

describe('a picture', () => {
  it.each(['stage', 'panel', 'paste'] as const)('comes in by the %s and is cropped in the middle', async (way) => {
    editor = await pages.open();
    await editor.click('[data-tool=invert]');
    expect(await editor.text(`${panel} section p`)).toContain('never leaves this page');
    await bring(way);
    await editor.find(`${panel} ganvas-crop-box >>> .box`);
    expect(await cropWords()).toBe('60 pixels square, 15 from the left, 0 from the top');
    expect(await editor.attribute('[data-tool=invert]', 'aria-selected')).toBe('true');
  });

  it('that does not decode is refused in words, and the one before stays', async () => {
    await openWithPicture();
    await editor.page.evaluate(() => {
      const data = new DataTransfer();
      data.items.add(new File(['hello'], 'notes.jpg', { type: 'image/jpeg' }));
      document
        .querySelector('ganvas-editor')
        ?.shadowRoot?.querySelector('ganvas-stage')
        ?.shadowRoot?.querySelector('.room')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    expect(await editor.text('ganvas-problem-banner >>> h2')).toBe('Could not open notes.jpg');
    expect(await editor.text(`${panel} .name`)).toBe('me.jpg');
  });

  it('brings the features of the bundled model, which become the loss', async () => {
    await openWithPicture({ src: '/weights/face64/face64-g.safetensors' });
    await editor.page.evaluate(() => {
      const element = document.querySelector('ganvas-editor');
      if (element) element.features = '/weights/face64/face64-predictor.safetensors';
    });
    await bring('paste');
    await textWhen(`${panel} ganvas-inversion-settings >>> select`, /predictor/);
    expect(await editor.calls()).toContain('openFeatures');
    await start();
    expect((await editor.calls()).at(-1)).toBe('invert w+ predictor 500 15 0 60');
  });

  it('brings the encoder that the page names', async () => {
    await openWithPicture({ src: '/weights/face64/face64-g.safetensors' });
    expect(await editor.calls()).not.toContain('openEncoder');
    await editor.page.evaluate(() => {
      const element = document.querySelector('ganvas-editor');
      if (element) element.encoder = '/weights/face64/face64-predictor.safetensors';
    });
    await bring('paste');
    await vi.waitFor(async () => expect(await editor.calls()).toContain('openEncoder'));
  });

  it('is no business of an editor without the tool', async () => {
    editor = await pages.open();
    await editor.page.evaluate(() => {
      const element = document.querySelector('ganvas-editor');
      if (element) element.tools = 'explore';
    });
    await bring('stage');
    expect(await editor.text('ganvas-problem-banner >>> p')).toContain('not a kind of file');
  });
});

describe('the crop', () => {
  it('is moved and resized by the keys, and stays inside', async () => {
    await openWithPicture();
    await (await editor.find(`${panel} ganvas-crop-box >>> .box`)).focus();
    const { keyboard } = editor.page;
    await keyboard.press('PageDown');
    await keyboard.press('PageDown');
    expect(await cropWords()).toBe('48 pixels square, 21 from the left, 6 from the top');
    for (let press = 0; press < 40; press++) await keyboard.press('ArrowLeft');
    expect(await cropWords()).toBe('48 pixels square, 0 from the left, 6 from the top');
    await keyboard.down('Shift');
    await keyboard.press('ArrowLeft');
    await keyboard.up('Shift');
    expect(await cropWords()).toMatch(/^47 pixels square, 1 from the left/);
    await keyboard.press('Home');
    expect(await cropWords()).toMatch(/^60 pixels square/);
  });

  it('is dragged, and pulled at a corner', async () => {
    await openWithPicture();
    const box = await (await editor.find(`${panel} ganvas-crop-box >>> .box`)).boundingBox();
    if (box === null) throw new Error('the crop has no box');
    const { mouse } = editor.page;
    await mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await mouse.down();
    await mouse.move(box.x + box.width / 2 - 400, box.y + box.height / 2, { steps: 4 });
    await mouse.up();
    expect(await cropWords()).toBe('60 pixels square, 0 from the left, 0 from the top');
    const moved = await (await editor.find(`${panel} ganvas-crop-box >>> .box`)).boundingBox();
    if (moved === null) throw new Error('the crop has no box');
    await mouse.move(moved.x + moved.width, moved.y + moved.height);
    await mouse.down();
    await mouse.move(moved.x + moved.width / 2, moved.y + moved.height / 2, { steps: 4 });
    await mouse.up();
    expect(await cropWords()).toBe('30 pixels square, 0 from the left, 0 from the top');
  });
});

describe('the run', () => {
  it('shows steps, time, loss and gauge, and its result becomes the picture, in one undo step', async () => {
    await openWithPicture();
    await start();
    expect(await textWhen('ganvas-status-line >>> .job', /step \d+ of 500 \d+:\d\d left/)).toContain('Inverting');
    expect(await textWhen('ganvas-stage >>> .badge', /./)).toMatch(/^Inverting, step \d+$/);
    await textWhen(`${panel} .facts`, /Done/);
    const chart = await editor.attribute(`${panel} ganvas-loss-chart >>> [role=img]`, 'aria-label');
    expect(chart).toMatch(/^Loss from 0\.\d+ to 0\.00\d+ over 500 of 500 steps$/);
    const gauge = await editor.attribute(`${panel} ganvas-domain-scale >>> [role=meter]`, 'aria-valuetext');
    expect(gauge).toBe('Outside the model’s world: 36; the model’s own reach to 15');
    await editor.settle();
    expect((await editor.recipe()).latent).toMatchObject({ space: 'w+' });
    expect(await editor.page.evaluate(() => location.hash)).toMatch(/^#r1=/);
    expect(await editor.count('ganvas-stage >>> .badge')).toBe(0);
    await (await editor.named('Undo (Z)')).click();
    await editor.settle();
    expect((await editor.recipe()).latent).toMatchObject({ seed: 0 });
  });

  it('pauses, resumes, is cancelled from the status line, and keeps its best', async () => {
    await openWithPicture({ stepTime: 60 });
    await start();
    await textWhen(`${panel} .facts`, /step [1-9]/);
    const press = async (text: string): Promise<void> => {
      const [button] = await editor.page.$$(`ganvas-editor >>> ${panel} ::-p-text(${text})`);
      await button?.evaluate((element) => element.closest('button')?.click());
    };
    await press('Pause');
    await textWhen(`${panel} .facts`, /^Paused at step/);
    await press('Resume');
    await textWhen(`${panel} .facts`, /^Inverting/);
    await editor.click('ganvas-status-line >>> .cancel');
    await textWhen(`${panel} .facts`, /^Cancelled at step/);
    expect((await editor.recipe()).latent).toMatchObject({ seed: 0 });
    await press('Edit this picture');
    await editor.settle();
    expect((await editor.recipe()).latent).toMatchObject({ space: 'w+' });
    await press('Discard');
    await editor.find(`${panel} ganvas-picture-chooser >>> .drop`);
  });

  it('lays the picture over the stage while T or the button is held', async () => {
    await openWithPicture({ stepTime: 60 });
    await start();
    await textWhen(`${panel} .facts`, /step [1-9]/);
    const shown = (): Promise<boolean> =>
      editor.find('ganvas-stage >>> .target').then((target) => target.evaluate((element) => !element.hidden));
    await editor.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await editor.page.keyboard.down('t');
    expect(await shown()).toBe(true);
    expect(await editor.text('ganvas-stage >>> .badge')).toBe('Your picture');
    await editor.page.keyboard.up('t');
    expect(await shown()).toBe(false);
    await (await editor.find(`${panel} ganvas-comparison >>> .hold`)).focus();
    await editor.page.keyboard.down('Enter');
    expect(await shown()).toBe(true);
    await editor.page.keyboard.up('Enter');
    expect(await shown()).toBe(false);
  });

  it('that stops by itself says at which step, and its best can be taken', async () => {
    await openWithPicture({ stepTime: 60 });
    await start();
    await textWhen(`${panel} .facts`, /step [1-9]/);
    await editor.page.evaluate(() => window.fake.inversion.diverge());
    await textWhen(`${panel} .problem`, /not a finite number at step \d+/);
    expect(await editor.count(`${panel} .primary`)).toBeGreaterThan(0);
  });
});

it('takes a pasted PNG that holds no recipe for a picture', async () => {
  editor = await pages.open();
  const base64 = face.toString('base64');
  await editor.page.evaluate((data) => {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], 'render.png', { type: 'image/png' }));
    document.body.dispatchEvent(
      new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }),
    );
  }, base64);
  await editor.find(`${panel} ganvas-crop-box >>> .box`);
  expect(await cropWords()).toMatch(/^64 pixels square/);
});
