/** Directions, Units and Measure on a drawn face. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

async function openTool(tool: string, options: OpenOptions = {}): Promise<void> {
  editor = await pages.open(options);
  await editor.click(`[data-tool=${tool}]`);
}

/** Until the page shows it: events are on their way for a moment. */
async function eventually(look: () => Promise<unknown>, expected: unknown): Promise<void> {
  await expect.poll(look, { timeout: 10_000, interval: 50 }).toEqual(expected);
}

const inDirections = (selector: string): string => `ganvas-directions-panel >>> ${selector}`;
const method = (place: number): string => inDirections(`.methods details:nth-of-type(${place}) summary`);
const edits = async (): Promise<unknown[]> => (await editor.recipe()).edits;

describe('the Directions workspace', () => {
  it('finds components as a job that can be cancelled; what was found stays', async () => {
    await openTool('directions', { searchesNeverEnd: true });
    await editor.click(method(2));
    await editor.click(inDirections('ganvas-ganspace-card >>> .primary'));
    await editor.find(inDirections('ganvas-job-line >>> progress'));
    expect(await editor.text('ganvas-status-line >>> .job')).toContain('Rendering samples');
    await expect
      .poll(() => editor.count(inDirections('ganvas-direction-row')), { interval: 20, timeout: 10_000 })
      .toBeGreaterThanOrEqual(7);
    await editor.click(inDirections('ganvas-job-line >>> button'));
    expect(await editor.text(inDirections('ganvas-job-line >>> p'))).toBe('Cancelled. What was found stays.');
    expect(await editor.count(inDirections('ganvas-direction-row'))).toBeGreaterThanOrEqual(7);
    expect(await editor.calls()).toContain('discover ganspace');
  });

  it('fetches the predictor when it is first needed, and finds a direction for each attribute that is on', async () => {
    await openTool('directions');
    await editor.click(method(3));
    await editor.find(inDirections('ganvas-attribute-card >>> fieldset'));
    await editor.click(inDirections('ganvas-attribute-card >>> fieldset label:nth-of-type(2) input'));
    await editor.click(inDirections('ganvas-attribute-card >>> .primary'));
    await eventually(() => editor.count(inDirections('ganvas-direction-row')), 10);
    const first = inDirections('ganvas-direction-row >>> input.name');
    expect(await (await editor.find(first)).evaluate((input) => (input as HTMLInputElement).value)).toBe('yaw');
    expect(await editor.text(inDirections('ganvas-direction-row >>> .facts'))).toMatch(
      /InterFaceGAN.*2\.4× a random one/s,
    );
  });

  it('is taught what flaws are, and corrects the picture shown', async () => {
    await openTool('directions');
    await editor.click(method(4));
    const card = inDirections('ganvas-teach-card');
    await editor.click(`${card} >>> [title^="Teach it to tell good"]`);
    const seed = (place: number): string => `${card} >>> .sheet li:nth-child(${place}) button`;
    expect(await editor.text(seed(1))).toBe('Good');
    await editor.click(seed(1));
    await editor.click(`${seed(2)}:nth-of-type(2)`);
    await eventually(() => editor.text(`${card} >>> .row .small`), '1 good · 1 bad');
    await editor.click(`${card} >>> .primary`);
    await eventually(edits, [expect.objectContaining({ name: 'without flaws', strength: 3 })]);
    // Once more is not twice as far.
    await editor.click(`${card} >>> .primary`);
    await eventually(edits, [expect.objectContaining({ name: 'without flaws', strength: 3 })]);
  });

  it('is taught by clicking: answers, what they come to, and a direction', async () => {
    await openTool('directions');
    await editor.click(method(4));
    const card = inDirections('ganvas-teach-card');
    await (await editor.find(`${card} >>> input[type=text]`)).type('friendly');
    await editor.page.keyboard.press('Tab');
    await editor.click(`${card} >>> [aria-label="Seed 0: friendly"]`);
    await eventually(
      () => editor.text(`${card} >>> [role=status]`),
      '8 more answers would help. All 1 answers are yes. Mark some of the other kind.',
    );
    await editor.click(`${card} >>> [aria-label="Seed 1: not friendly"]`);
    await eventually(
      () => editor.text(`${card} >>> [role=status]`),
      '“friendly” is in the list below. It guesses 83\u202f% of answers that it has not seen. 8 more answers would help.',
    );
    expect(await editor.text(`${card} >>> .row .small`)).toBe('1 yes · 1 no');
    // Another click takes an answer back.
    await editor.click(`${card} >>> [aria-label="Seed 1: not friendly"]`);
    await eventually(() => editor.text(`${card} >>> .row .small`), '1 yes · 0 no');
  });

  it('conditions by a cell of the cosine matrix, shows it as a chip, and lets go of it', async () => {
    await openTool('directions');
    await editor.click(inDirections('ganvas-cosine-matrix >>> summary'));
    const cell = inDirections('ganvas-cosine-matrix >>> [aria-label="SeFa 1 keeps SeFa 2, cosine 0.45"]');
    await editor.click(cell);
    await eventually(edits, [
      expect.objectContaining({
        name: 'SeFa 1',
        strength: 1,
        conditions: [expect.objectContaining({ name: 'SeFa 2' })],
      }),
    ]);
    await eventually(() => editor.attribute(cell, 'aria-pressed'), 'true');
    expect(await editor.text('ganvas-edit-row >>> .chip')).toBe('SeFa 2');
    await editor.click('ganvas-edit-row >>> .chip');
    await eventually(() => editor.count('ganvas-edit-row >>> .chip'), 0);
    // And by keyboard alone, from the edit's own row.
    await editor.click('ganvas-edit-row >>> .fold');
    await (await editor.find('ganvas-edit-row >>> .conditions ganvas-menu >>> button')).focus();
    await editor.page.keyboard.press('Enter');
    await editor.page.keyboard.type('sefa 3');
    await editor.page.keyboard.press('Enter');
    await eventually(
      async () => (await edits())[0],
      expect.objectContaining({ conditions: [expect.objectContaining({ name: 'SeFa 3' })] }),
    );
  });

  it('measures a direction and shows its side effects and layers, also at its edit', async () => {
    await openTool('directions');
    const row = inDirections('ganvas-direction-row');
    await editor.click(`${row} >>> .add`);
    await editor.click(`${row} >>> ganvas-menu >>> button`);
    await editor.click(`${row} >>> ganvas-menu >>> [role=menuitem]`);
    await editor.find(`${row} >>> ganvas-effect-bars >>> li`);
    expect(await editor.text(`${row} >>> ganvas-layer-heat >>> p`)).toBe('Carried by layers 1-4');
    await editor.click('ganvas-edit-row >>> .fold');
    expect(await editor.count('ganvas-edit-row >>> ganvas-effect-bars >>> li')).toBe(5);
    expect(await editor.count('ganvas-edit-row >>> ganvas-layer-strip >>> .heat')).toBe(10);
  });

  it('renames, stars and removes', async () => {
    await openTool('directions');
    const row = inDirections('ganvas-direction-row');
    const name = await editor.find(`${row} >>> input.name`);
    await name.click({ count: 3 });
    await name.type('light');
    await editor.page.keyboard.press('Enter');
    await eventually(() => editor.count(`${row} >>> [aria-label="Star light"]`), 1);
    await editor.click(inDirections('ganvas-direction-row:nth-of-type(3) >>> .star'));
    const second = `${row} >>> input.name`;
    await eventually(
      async () => (await editor.find(second)).evaluate((input) => (input as HTMLInputElement).value),
      'SeFa 3',
    );
    await editor.click(`${row} >>> ganvas-menu >>> button`);
    await editor.click(`${row} >>> ganvas-menu >>> [role=menuitem]:last-child`);
    await eventually(() => editor.count(row), 4);
  });

  it('refuses directions of another model, and takes them anyway when told to', async () => {
    await openTool('directions');
    await (
      await editor.find('ganvas-stage >>> .room')
    ).evaluate((room) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['stranger'], 'smile.npy'));
      for (const type of ['dragenter', 'dragover', 'drop'])
        room.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    });
    expect(await editor.text('ganvas-problem-banner >>> h2')).toBe('The directions of smile.npy were not added');
    expect(await editor.text('ganvas-problem-banner >>> .outlined')).toBe('Take them anyway');
    await editor.click('ganvas-problem-banner >>> .outlined');
    await eventually(() => editor.count(inDirections('ganvas-direction-row')), 6);
  });
});

describe('the Units workspace', () => {
  const panel = (selector: string): string => `ganvas-units-panel >>> ${selector}`;

  async function dissected(): Promise<void> {
    await openTool('units');
    await editor.find(panel('select option:nth-child(4)'));
    await expect.poll(() => editor.text(panel('section p'))).toContain('the part of the picture');
    await editor.click(panel('.primary'));
    await editor.find(panel('ganvas-unit-gallery >>> .units button'));
    await eventually(() => editor.count(panel('ganvas-job-line >>> progress')), 0);
  }

  it('dissects by the segmenter and shows units with their maps', async () => {
    await dissected();
    expect(await editor.calls()).toContain('dissect segmenter 200');
    expect(await editor.count(panel('ganvas-unit-gallery >>> .units li'))).toBe(6);
    expect(await editor.text(panel('ganvas-unit-gallery >>> .units li'))).toMatch(/b8\.conv1 0\s+IoU 50/);
    const part = await editor.find(panel('section[aria-label="Units by part"] select'));
    await part.select('glasses');
    expect(await editor.text(panel('ganvas-unit-gallery >>> .units li'))).toMatch(/b8\.conv1 28/);
  });

  it('switches chosen units off as a row of the recipe, and measures what that does', async () => {
    await dissected();
    await editor.click(panel('ganvas-unit-gallery >>> .units li:nth-child(2) button'));
    await editor.click(panel('ganvas-unit-gallery >>> .actions button:nth-child(2)'));
    expect(await editor.text(panel('ganvas-unit-gallery >>> tbody tr:last-child'))).toMatch(/glasses\s*−60/);
    await editor.click(panel('ganvas-unit-gallery >>> .actions button:nth-child(1)'));
    expect(await editor.text(panel('.changed .name'))).toBe('1 unit of b16.conv1 off');
    await editor.click(panel('.changed [aria-label^="Mute"]'));
    await editor.find(panel('.changed li[data-muted]'));
    await editor.click(panel('header .button'));
    await eventually(() => editor.count(panel('.changed li')), 0);
  });

  it('paints with the pointer and with the keyboard', async () => {
    await dissected();
    await editor.click(panel('ganvas-brush-settings >>> input[value=draw]'));
    const brush = await editor.find('ganvas-stage >>> ganvas-brush');
    const box = await brush.boundingBox();
    if (box === null) throw new Error('the brush has no box');
    await editor.page.mouse.move(box.x + 100, box.y + 100);
    await editor.page.mouse.down();
    await editor.page.mouse.move(box.x + 200, box.y + 140, { steps: 4 });
    await editor.page.mouse.up();
    await eventually(() => editor.count(panel('.changed li')), 1);
    await brush.focus();
    await editor.page.keyboard.press('ArrowRight');
    await editor.page.keyboard.press('Enter');
    await eventually(() => editor.count(panel('.changed li')), 2);
    expect(await editor.text(panel('.changed .name'))).toBe('Draw background');
    // Another tool puts the brush down.
    await editor.click('[data-tool=explore]');
    await eventually(() => editor.count('ganvas-stage >>> ganvas-brush'), 0);
  });

  it('asks which units are at work in a brushed region', async () => {
    await openTool('units');
    await editor.find(panel('select option:nth-child(4)'));
    await editor.click(panel('ganvas-brush-settings >>> input[value=region]'));
    await (await editor.find('ganvas-stage >>> ganvas-brush')).focus();
    await editor.page.keyboard.press('Enter');
    await editor.find(panel('section[aria-label="Units of the brushed region"] ganvas-unit-gallery >>> .units button'));
    expect(await editor.calls()).toContain('region synthesis.b16.conv1 true');
  });

  it('searches for causes', async () => {
    await dissected();
    await editor.click(panel('section[aria-label="Causes"] .button'));
    await editor.find(panel('section[aria-label="Causes"] ganvas-unit-gallery >>> .units button'));
    expect(await editor.calls()).toContain('causes background synthesis.b8.conv1');
  });
});

describe('the Measure workspace', () => {
  it('compares methods and saves the table', async () => {
    await openTool('measure');
    await editor.click('ganvas-measure-panel >>> .primary');
    await eventually(() => editor.count('ganvas-measure-panel >>> thead th'), 3);
    expect(await editor.text('ganvas-measure-panel >>> tbody tr:nth-child(6)')).toMatch(/MIG\s*–/);
    await editor.find('ganvas-measure-panel >>> dl');
  });
});

describe('the Walk workspace', () => {
  const walk = (selector: string): string => `ganvas-walk-card >>> ${selector}`;
  const latent = async (): Promise<unknown> => (await editor.recipe()).latent;

  it('walks to a seed, and its timeline moves the stage', async () => {
    await openTool('walk');
    await editor.click(walk('.primary'));
    await eventually(() => editor.count(walk('.frames button')), 9);
    expect(await editor.calls()).toContain('walk lerp 9');
    await (await editor.find(walk('ganvas-slider >>> input'))).focus();
    await editor.page.keyboard.press('ArrowRight');
    await editor.page.keyboard.press('ArrowRight');
    await eventually(latent, { space: 'z', seed: 2 });
    expect(await editor.attribute(walk('.frames li:nth-child(3) button'), 'aria-current')).toBe('true');
    await editor.click(walk('.frames li:nth-child(6) button'));
    await eventually(latent, { space: 'z', seed: 5 });
    await editor.click('ganvas-top-bar >>> [title^="Undo"]');
    await eventually(latent, { space: 'z', seed: 2 });
  });

  it('mixes the seeds around a place of the pad, by hand and by key', async () => {
    await openTool('walk');
    const handle = 'ganvas-seed-pad >>> [role=slider]';
    const pad = await (await editor.find('ganvas-seed-pad >>> .pad')).boundingBox();
    if (pad === null) throw new Error('the pad has no box');
    // Seeds lie in the middle of 4 × 3 cells.
    const at = (x: number, y: number): [number, number] => [
      pad.x + (pad.width * (x + 0.5)) / 4,
      pad.y + (pad.height * (y + 0.5)) / 3,
    ];
    await editor.page.mouse.move(...at(1, 0));
    await editor.page.mouse.down();
    await editor.page.mouse.move(...at(1.5, 1), { steps: 4 });
    await editor.page.mouse.up();
    await eventually(
      async () => ((await latent()) as { values?: readonly number[] }).values?.map((value) => value.toFixed(1)),
      ['5.5'],
    );
    expect((await editor.calls()).filter((call) => call.startsWith('latents'))).toHaveLength(1);
    expect(await editor.attribute(handle, 'aria-valuetext')).toBe('50\u202f% of seed 5, 50\u202f% of seed 6');
    await (await editor.find(handle)).focus();
    for (let press = 0; press < 5; press++) await editor.page.keyboard.press('ArrowRight');
    await eventually(latent, { space: 'z', seed: 6 });
    await editor.click('ganvas-top-bar >>> [title^="Undo"]');
    await eventually(async () => (await latent()) !== undefined && 'values' in ((await latent()) as object), true);
  });

  it('plays to the end and back until it is paused', async () => {
    await openTool('walk');
    await editor.click(walk('.actions button:nth-child(2)'));
    await eventually(() => editor.count(walk('.frames button')), 9);
    expect(await editor.calls()).toContain('wander 0 9');
    await editor.click(walk('[aria-label="Play the walk"]'));
    const places = new Set<string>();
    await expect
      .poll(async () => places.add(await editor.text(walk('.timeline .small'))).size, { interval: 30, timeout: 30_000 })
      .toBe(9);
    await editor.click(walk('[aria-label="Pause the walk"]'));
    await editor.find(walk('[aria-label="Play the walk"]'));
  });

  it('is stopped where it is', async () => {
    await openTool('walk');
    const count = await editor.find(walk('ganvas-number-field[label="Pictures along the way"] >>> input'));
    await count.click({ count: 3 });
    await count.type('40');
    await editor.page.keyboard.press('Enter');
    await editor.click(walk('.primary'));
    await expect.poll(() => editor.count(walk('.frames button')), { timeout: 10_000 }).toBeGreaterThan(1);
    await editor.click(walk('.actions button'));
    await editor.find(walk('.primary'));
    expect(await editor.count(walk('.frames button'))).toBeLessThan(40);
  });

  it('mixes styles and takes a crossing', async () => {
    await openTool('walk');
    await editor.click('ganvas-mix-card >>> .primary');
    await editor.click('ganvas-mix-card >>> [aria-label="Take seed 1 in the style of 4"]');
    await eventually(latent, { space: 'z', seed: 1 });
    expect(await editor.calls()).toContain('mix 0,1,2 3,4,5 5-9');
    const rows = await editor.find('ganvas-mix-card >>> input[type=text]');
    await rows.click({ count: 3 });
    await rows.type('0-99');
    await editor.click('ganvas-mix-card >>> .primary');
    expect(await editor.text('ganvas-mix-card >>> .advice')).toContain('at most 8');
  });

  it('adds what some seeds have and others have not to the directions', async () => {
    await openTool('walk');
    const card = (selector: string): string => `ganvas-arithmetic-card >>> ${selector}`;
    await editor.click(card('.primary'));
    expect(await editor.text(card('.advice'))).toContain('what it changes');
    for (const [place, text] of ['glasses', '3,8', '0-2'].entries()) {
      await (await editor.find(card(`label:nth-of-type(${place + 1}) input`))).type(text);
    }
    await editor.click(card('.primary'));
    await eventually(() => editor.text(card('.advice')), '“glasses” is in the list of directions.');
    expect(await editor.calls()).toContain('arithmetic 3,8 0,1,2');
  });
});
