import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { defaultRecipe } from '../../src/latent/recipe.js';
import { recipeToHash } from '../../src/latent/recipeLink.js';
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

async function open(options?: OpenOptions): Promise<EditorPage> {
  editor = await pages.open(options);
  return editor;
}

const suggestion = 'ganvas-edit-stack >>> .suggestion';
const row = 'ganvas-edit-stack >>> ganvas-edit-row';

/** Moves the n-th suggested slider with the keyboard; it becomes the last edit. */
async function adopt(page: EditorPage, key: 'ArrowRight' | 'PageUp' = 'PageUp'): Promise<void> {
  const rows = await page.count(row);
  await (await page.find(`${suggestion} ganvas-slider >>> input`)).focus();
  await page.page.keyboard.press(key);
  await page.page.waitForFunction(
    async (wanted) => {
      const { recipe, canUndo } = await window.fake.getState();
      return canUndo && recipe?.edits.length === wanted;
    },
    {},
    rows + 1,
  );
  await page.find(`${row}:nth-of-type(${rows + 1})`);
}

describe('opening', () => {
  it('shows the bundled model, a gallery and sliders without being asked', async () => {
    await open();
    expect(await editor.text('ganvas-top-bar >>> .chip')).toContain('face64');
    expect(await editor.count(suggestion)).toBe(5);
    await editor.page.waitForFunction(() => {
      const panel = document.querySelector('ganvas-editor')?.shadowRoot?.querySelector('ganvas-explore-panel');
      const first = panel?.shadowRoot?.querySelector('ganvas-thumbnail')?.shadowRoot?.querySelector('canvas');
      return (first?.width ?? 0) > 0;
    });
    expect(await editor.attribute('ganvas-stage >>> canvas', 'aria-label')).toBe('Picture of face64, seed 0');
    expect((await editor.recipe()).edits).toEqual([]);
  });

  it('says what happened when there is nothing at the address, and stays usable', async () => {
    await open({ src: '/weights/none.pkl', early: true });
    await editor.find('ganvas-problem-banner >>> .banner');
    expect(await editor.text('ganvas-problem-banner >>> h2')).toBe('Could not open none.pkl');
    expect(await editor.page.evaluate(() => window.heard)).toContain('ganvas-error');
    expect(await editor.text('ganvas-top-bar >>> .button')).toBe('Open…');
  });

  it('explains a missing adapter and shows the still picture', async () => {
    await open({ failWith: 'gpu-no-adapter', early: true });
    expect(await editor.attribute('ganvas-fallback >>> .card', 'data-reason')).toBe('no-adapter');
    const poster = await editor.page.$eval('img[slot=poster]', (image) => image.getBoundingClientRect().width);
    expect(poster).toBeGreaterThan(100);
  });

  it('names a software adapter without getting in the way', async () => {
    await open({ software: true });
    expect(await editor.text('ganvas-status-line >>> .chip')).toBe('Software adapter');
  });

  it('keeps the model when a broken file is dropped', async () => {
    await open();
    await editor.page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['x'], 'broken.pkl'));
      const room = document
        .querySelector('ganvas-editor')
        ?.shadowRoot?.querySelector('ganvas-stage')
        ?.shadowRoot?.querySelector('.room');
      const init = { dataTransfer: transfer, bubbles: true, cancelable: true };
      room?.dispatchEvent(new DragEvent('dragover', init));
    });
    expect(await editor.text('ganvas-stage >>> .drop')).toContain('open this checkpoint');
    await editor.page.evaluate(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['x'], 'broken.pkl'));
      document
        .querySelector('ganvas-editor')
        ?.shadowRoot?.querySelector('ganvas-stage')
        ?.shadowRoot?.querySelector('.room')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    expect(await editor.text('ganvas-problem-banner >>> p')).toContain('inside its header');
    expect(await editor.text('ganvas-top-bar >>> .chip')).toContain('face64');
    await editor.click('ganvas-problem-banner >>> [aria-label=Dismiss]');
    expect(await editor.count('ganvas-problem-banner >>> .banner')).toBe(0);
  });
});

describe('the edit stack', () => {
  it('turns a suggested slider into an edit with one undo step for the whole drag', async () => {
    await open();
    const input = await editor.find(`${suggestion} ganvas-slider >>> input`);
    const box = await input.boundingBox();
    if (box === null) throw new Error('the slider has no box');
    const { mouse } = editor.page;
    await mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await mouse.down();
    for (let step = 1; step <= 8; step++) await mouse.move(box.x + box.width / 2 + step * 8, box.y + box.height / 2);
    await mouse.up();
    await editor.find(row);
    const { edits } = await editor.recipe();
    expect(edits).toHaveLength(1);
    expect(edits[0]?.strength).toBeGreaterThan(1);
    await (await editor.named('Undo (Z)')).click();
    await editor.settle();
    expect((await editor.recipe()).edits).toEqual([]);
    expect(await editor.count(suggestion)).toBe(5);
  });

  it('speaks values in words', async () => {
    await open();
    await adopt(editor);
    expect(await editor.attribute(`${row} >>> ganvas-slider >>> input`, 'aria-valuetext')).toBe('SeFa 1 +1');
  });

  it('renames, mutes, types a value and refuses what is not a number', async () => {
    await open();
    await adopt(editor);
    const name = await editor.find(`${row} >>> input.name`);
    await name.click({ count: 3 });
    await name.type('smile');
    await editor.page.keyboard.press('Enter');
    await editor.settle();
    await (await editor.named('Mute smile')).click();
    await editor.settle();
    const value = await editor.find(`${row} >>> ganvas-number-field >>> input`);
    await value.click({ count: 3 });
    await value.type('-2,5');
    await editor.page.keyboard.press('Enter');
    await editor.settle();
    expect((await editor.recipe()).edits).toMatchObject([{ name: 'smile', muted: true, strength: -2.5 }]);
    await value.click({ count: 3 });
    await value.type('much');
    await editor.page.keyboard.press('Enter');
    expect(await editor.text(`${row} >>> ganvas-number-field >>> .refusal`)).toContain('not a number');
    expect((await editor.recipe()).edits[0]?.strength).toBe(-2.5);
  });

  it('reorders by keyboard and by dragging the grip', async () => {
    await open();
    await adopt(editor);
    await adopt(editor);
    const names = async (): Promise<string[]> => (await editor.recipe()).edits.map((edit) => edit.name);
    expect(await names()).toEqual(['SeFa 1', 'SeFa 2']);
    await (await editor.find(`${row}:nth-of-type(2) >>> .grip`)).focus();
    await editor.page.keyboard.press('ArrowUp');
    await editor.settle();
    expect(await names()).toEqual(['SeFa 2', 'SeFa 1']);
    const from = await (await editor.find(`${row}:nth-of-type(1) >>> .grip`)).boundingBox();
    const to = await (await editor.find(`${row}:nth-of-type(2) >>> .grip`)).boundingBox();
    if (from === null || to === null) throw new Error('a grip has no box');
    await editor.page.mouse.move(from.x + 8, from.y + 8);
    await editor.page.mouse.down();
    await editor.page.mouse.move(to.x + 8, to.y + 12, { steps: 6 });
    await editor.page.mouse.up();
    await editor.settle();
    expect(await names()).toEqual(['SeFa 1', 'SeFa 2']);
  });

  it('offers duplicate, reset, invert and remove in the row’s menu', async () => {
    await open();
    await adopt(editor);
    const choose = async (item: number): Promise<void> => {
      await editor.click(`${row} >>> ganvas-menu >>> button.icon-button`);
      await editor.click(`${row} >>> ganvas-menu >>> [role=menuitem]:nth-of-type(${item})`);
      await editor.settle();
    };
    await choose(3);
    expect((await editor.recipe()).edits[0]?.strength).toBe(-1);
    await choose(1);
    expect((await editor.recipe()).edits).toHaveLength(2);
    await choose(2);
    expect((await editor.recipe()).edits[0]?.strength).toBe(0);
    await choose(5);
    expect((await editor.recipe()).edits.map((edit) => edit.strength)).toEqual([-1]);
  });
});

describe('a drag on a slow adapter', () => {
  it('never works through a backlog and ends on the last value', async () => {
    await open({ latency: 80 });
    await adopt(editor);
    const input = await editor.find(`${row} >>> ganvas-slider >>> input`);
    const box = await input.boundingBox();
    if (box === null) throw new Error('the slider has no box');
    const { mouse } = editor.page;
    await mouse.move(box.x + box.width * 0.6, box.y + box.height / 2);
    await mouse.down();
    for (let step = 0; step < 60; step++) {
      await mouse.move(box.x + box.width * (0.6 + step / 200), box.y + box.height / 2);
    }
    const dragged = await editor.calls();
    await mouse.up();
    const shown = Number(await input.evaluate((element) => (element as HTMLInputElement).value));
    await editor.settle();
    const afterRelease = (await editor.calls()).slice(dragged.length);
    expect(dragged).toContain('preview edit-strength');
    expect(afterRelease.at(-1)).toBe('commit edit-strength');
    expect(afterRelease.filter((call) => call.startsWith('preview')).length).toBeLessThanOrEqual(1);
    expect(await editor.page.evaluate(() => window.fake.mostAtOnce)).toBe(1);
    expect((await editor.recipe()).edits[0]?.strength).toBeCloseTo(shown, 6);
  });
});

describe('the layer strip', () => {
  const cell = (index: number): string => `${row} >>> ganvas-layer-strip >>> [data-layer="${index}"]`;

  it('paints a range by dragging, with one undo step', async () => {
    await open();
    await adopt(editor);
    await editor.click(`${row} >>> .fold`);
    const centre = async (index: number): Promise<[number, number]> => {
      const box = await (await editor.find(cell(index))).boundingBox();
      if (box === null) throw new Error('the cell has no box');
      return [box.x + box.width / 2, box.y + box.height / 2];
    };
    const { mouse } = editor.page;
    await mouse.move(...(await centre(4)));
    await mouse.down();
    await mouse.move(...(await centre(9)), { steps: 12 });
    await mouse.up();
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.layers).toBe('0-3');
    await editor.page.keyboard.press('z');
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.layers).toBe('all');
  });

  it('works by keyboard and never becomes empty', async () => {
    await open();
    await adopt(editor);
    await editor.click(`${row} >>> .fold`);
    await (await editor.find(cell(0))).focus();
    await editor.page.keyboard.press('ArrowRight');
    await editor.page.keyboard.press('Space');
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.layers).toBe('0,2-9');
    await editor.page.keyboard.down('Shift');
    for (let step = 0; step < 8; step++) await editor.page.keyboard.press('ArrowRight');
    await editor.page.keyboard.up('Shift');
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.layers).toBe('0');
    await (await editor.find(cell(0))).focus();
    await editor.page.keyboard.press('Space');
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.layers).toBe('0');
    expect(await editor.attribute(cell(0), 'aria-checked')).toBe('true');
  });
});

describe('the keyboard', () => {
  it('undoes and redoes, nudges and mutes the selected edit', async () => {
    await open();
    await adopt(editor);
    const { keyboard } = editor.page;
    await editor.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await keyboard.press('ArrowLeft');
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.strength).toBeCloseTo(0.9, 6);
    await keyboard.down('Shift');
    await keyboard.press('ArrowLeft');
    await keyboard.up('Shift');
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.strength).toBeCloseTo(0.89, 6);
    await keyboard.press('m');
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.muted).toBe(true);
    for (let step = 0; step < 4; step++) await keyboard.press('z');
    await editor.settle();
    expect((await editor.recipe()).edits).toEqual([]);
    await keyboard.press('Z');
    await editor.settle();
    expect((await editor.recipe()).edits[0]?.strength).toBe(1);
  });

  it('shows the picture before the edits while Space is held', async () => {
    await open();
    await adopt(editor);
    await editor.page.keyboard.down('Space');
    expect(await editor.text('ganvas-stage >>> .badge')).toBe('Before');
    await editor.page.keyboard.up('Space');
    await editor.settle();
    expect((await editor.calls()).filter((call) => call.startsWith('before'))).toEqual(['before true', 'before false']);
  });

  it('takes seeds from the filmstrip, at random and from the gallery', async () => {
    await open();
    const { keyboard } = editor.page;
    await (await editor.find('ganvas-explore-panel >>> [data-index="0"]')).focus();
    await keyboard.press('ArrowDown');
    await keyboard.press('ArrowRight');
    await keyboard.press('Enter');
    await editor.settle();
    const { seed } = (await editor.recipe()).latent;
    expect(seed).toBeGreaterThan(1);
    await keyboard.press('s');
    await editor.settle();
    expect(await editor.count('ganvas-explore-panel >>> .star[aria-pressed=true]')).toBe(1);
    await keyboard.press('2');
    await editor.settle();
    expect((await editor.recipe()).latent.seed).toBe(0);
    await keyboard.press('r');
    await editor.settle();
    expect(await editor.count('ganvas-filmstrip >>> li')).toBe(3);
  });

  it('rests while something is typed, and can be turned off', async () => {
    await open();
    const { keyboard } = editor.page;
    await keyboard.press('/');
    await (await editor.find('ganvas-directions-panel >>> input[type=search]')).type('rz');
    expect((await editor.recipe()).latent.seed).toBe(0);
    expect(await editor.text('ganvas-directions-panel >>> .empty')).toContain('“rz”');
    await keyboard.press('Escape');
    await keyboard.press('?');
    await editor.click('ganvas-shortcut-sheet >>> input[type=checkbox]');
    await keyboard.press('Escape');
    await keyboard.press('r');
    await editor.settle();
    expect((await editor.recipe()).latent.seed).toBe(0);
  });
});

describe('the latent', () => {
  it('sets seed, truncation, cutoff and noise', async () => {
    await open();
    const panel = 'ganvas-latent-panel';
    await (await editor.find(`${panel} >>> ganvas-slider[label="Truncation psi"] >>> input`)).focus();
    await editor.page.keyboard.press('End');
    await (await editor.find(`${panel} >>> ganvas-slider[label="Truncation cutoff"] >>> input`)).focus();
    await editor.page.keyboard.press('ArrowLeft');
    await editor.click(`${panel} >>> label:nth-of-type(3)`);
    await (await editor.named('Next seed')).click();
    await editor.settle();
    expect(await editor.recipe()).toMatchObject({
      latent: { seed: 1 },
      truncation: { psi: 2, cutoff: 9 },
      noise: { mode: 'none' },
    });
  });

  it('offers classes of a conditional model and says why psi is fixed without an average', async () => {
    await open({ classes: 3, lacks: { truncation: 'This file holds no average w (w_avg).' } });
    await editor.click('ganvas-latent-panel >>> [aria-label="Next class"]');
    await editor.click('ganvas-latent-panel >>> [aria-label="Next class"]');
    await editor.settle();
    expect(await editor.recipe()).toMatchObject({ class: 2 });
    expect(await editor.text('ganvas-latent-panel >>> .why')).toContain('w_avg');
    const disabled = await (
      await editor.find('ganvas-latent-panel >>> ganvas-slider >>> input')
    ).evaluate((input) => (input as HTMLInputElement).disabled);
    expect(disabled).toBe(true);
  });
});

describe('a file of several networks', () => {
  const choice = 'ganvas-top-bar >>> [aria-label="Network of the file"]';
  const chosen = (): Promise<string> =>
    editor.find(choice).then((select) => select.evaluate((element) => (element as HTMLSelectElement).value));

  it('says which is shown, and shows another', async () => {
    await open({ generators: ['G', 'G_ema'] });
    await editor.click('ganvas-top-bar >>> .chip');
    expect(await chosen()).toBe('G');
    await (await editor.find(choice)).select('G_ema');
    await editor.page.waitForFunction(async () => (await window.fake.getState()).model?.network === 'G_ema');
    await editor.settle();
    expect(await chosen()).toBe('G_ema');
  });

  it('keeps the one that is shown when another cannot be opened', async () => {
    await open({ generators: ['G', 'missing'] });
    await editor.click('ganvas-top-bar >>> .chip');
    await (await editor.find(choice)).select('missing');
    expect(await editor.text('ganvas-problem-banner >>> h2')).toMatch(/^Could not open face64/);
    expect(await chosen()).toBe('G');
  });

  it('asks nothing where there is no choice', async () => {
    await open();
    await editor.click('ganvas-top-bar >>> .chip');
    expect(await editor.count(choice)).toBe(0);
  });
});

describe('a model that is no StyleGAN2', () => {
  const lacks = {
    mapping: 'This generator has no mapping network, so z is the only space there is.',
    noise: 'This generator has no noise inputs.',
    sefa: 'SeFa finds no weights.',
  };

  it('is moved by sliders, within its psi, and says what it has not', async () => {
    editor = await pages.open({ takesTransform: true, psiRange: [0, 1], lacks, early: true });
    await editor.page.waitForFunction(() => window.heard.includes('ganvas-load'));
    const panel = 'ganvas-latent-panel';
    await (await editor.find(`${panel} >>> ganvas-slider[label="Truncation psi"] >>> input`)).focus();
    await editor.page.keyboard.press('Home');
    await (await editor.find(`${panel} >>> ganvas-slider[label="Turn counter-clockwise"] >>> input`)).focus();
    await editor.page.keyboard.press('PageUp');
    await (await editor.find(`${panel} >>> ganvas-slider[label="Shift to the right"] >>> input`)).focus();
    await editor.page.keyboard.press('PageDown');
    await editor.settle();
    expect(await editor.recipe()).toMatchObject({ truncation: { psi: 0 }, transform: { x: -0.1, y: 0, angle: 10 } });
    expect(await editor.text(`${panel} >>> .why`)).toBe(lacks.noise);
    await editor.click('[data-tool=directions]');
    expect(await editor.text('ganvas-sefa-card >>> p')).toBe(lacks.sefa);
    expect(await editor.count('ganvas-sefa-card >>> .primary')).toBe(0);
  });
});

describe('directions', () => {
  it('finds more over a range of layers and takes a preview at its strength', async () => {
    await open();
    await editor.click('[data-tool=directions]');
    await editor.click('ganvas-sefa-card >>> ganvas-layer-strip >>> .presets button:nth-of-type(2)');
    await editor.click('ganvas-sefa-card >>> .primary');
    await editor.find('ganvas-directions-panel >>> ganvas-direction-row:nth-of-type(6)');
    await editor.page.waitForFunction(() => {
      const panel = document.querySelector('ganvas-editor')?.shadowRoot?.querySelector('ganvas-directions-panel');
      const picture = panel?.shadowRoot
        ?.querySelector('ganvas-direction-row')
        ?.shadowRoot?.querySelector('ganvas-picture')
        ?.shadowRoot?.querySelector('canvas');
      return picture?.width === 64;
    });
    await (await editor.named('Set SeFa 1 to \u22122')).click();
    await editor.settle();
    expect((await editor.recipe()).edits).toMatchObject([{ name: 'SeFa 1', strength: -2 }]);
  });
});

describe('the link', () => {
  const hash = 'hash-of-face64-g.safetensors';

  it('opens the recipe it holds, and follows edits and Back', async () => {
    await open({ hash: recipeToHash(defaultRecipe(hash, 31)) });
    expect((await editor.recipe()).latent.seed).toBe(31);
    await adopt(editor);
    const link = await editor.page.evaluate(() => location.hash);
    expect(link).toMatch(/^#r1=/);
    await editor.page.goBack();
    await editor.settle();
    expect((await editor.recipe()).edits).toEqual([]);
    await editor.page.goForward();
    await editor.settle();
    expect((await editor.recipe()).edits).toHaveLength(1);
  });

  it('refuses a damaged link in words and works all the same', async () => {
    await open({ hash: '#r1=broken' });
    expect(await editor.text('ganvas-problem-banner >>> .banner')).toContain('cut off or damaged');
    await adopt(editor);
  });

  it('refuses the recipe of another model and opens this one', async () => {
    await open({ hash: recipeToHash(defaultRecipe('another', 5)) });
    expect(await editor.text('ganvas-problem-banner >>> .banner')).toContain('another');
    expect((await editor.recipe()).latent.seed).toBe(0);
  });
});

describe('the element', () => {
  it('tells its page what happens', async () => {
    await open();
    await adopt(editor);
    const heard = await editor.page.evaluate(() => window.heard);
    expect(heard[0]).toBe('ganvas-load');
    expect(heard).toContain('ganvas-change');
    await editor.page.evaluate(() =>
      window.fake.emit({
        type: 'device-lost',
        error: { code: 'gpu-device-lost', message: 'The GPU was lost.', details: {} },
      }),
    );
    expect(await editor.text('ganvas-stage >>> .veil')).toBe('The GPU was lost.');
    await editor.page.evaluate(() => window.fake.emit({ type: 'device-restored' }));
    await editor.settle();
    expect(await editor.count('ganvas-stage >>> .veil')).toBe(0);
    expect(await editor.page.evaluate(() => window.heard)).toContain('ganvas-device-lost');
  });

  it('keeps its canvas when the layout changes', async () => {
    await open();
    await editor.page.evaluate(() => {
      const canvas = document
        .querySelector('ganvas-editor')
        ?.shadowRoot?.querySelector('ganvas-stage')
        ?.shadowRoot?.querySelector('canvas');
      canvas?.setAttribute('data-first', '');
    });
    for (const width of [800, 360, 1440]) {
      await editor.page.setViewport({ width, height: 900 });
      await editor.settle();
      await editor.find('ganvas-stage >>> canvas[data-first]');
    }
  });

  it('survives being moved in the page', async () => {
    await open();
    await editor.page.evaluate(() => {
      const element = document.querySelector('ganvas-editor');
      const home = document.createElement('section');
      document.querySelector('main')?.append(home);
      if (element) home.append(element);
    });
    await adopt(editor);
  });
});
