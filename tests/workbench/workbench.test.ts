import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { chooseGenerator, readCheckpoint } from '../../src/checkpoints/open.js';
import { writeSafetensors, type TensorToWrite } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { requestGpu } from '../../src/engine/device.js';
import { Engine } from '../../src/engine/engine.js';
import { recipeFromHash, recipeToHash } from '../../src/latent/recipeLink.js';
import type { WorkbenchEvent } from '../../src/workbench/api.js';
import { opLibrary } from '../../src/ops/opLibrary.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { readPngText, recipeKeyword } from '../../src/workbench/png.js';
import { GeneratorSession } from '../../src/workbench/session.js';
import { Workbench } from '../../src/workbench/workbench.js';
import { testGpu } from '../setup/gpu.js';
import { craftedModel, hugeModel } from './craftedModels.js';
import { FakeCanvas } from './fakeCanvas.js';
import { instrumentedGpu } from './instrumentedGpu.js';

const file = (path: string): ArrayBuffer => Uint8Array.from(readFileSync(path)).buffer;
const face64 = { name: 'face64', bytes: file('weights/face64/face64-g.safetensors') };
const skip32 = {
  name: 'skip32',
  bytes: file('tests/golden/generators/stylegan2-ada-32-skip/network-snapshot-000000.pkl'),
};

/** The 32² golden as safetensors, one tensor changed: other values, a shorter first axis, or (null) left out. */
function skip32With(name: string, value: ((value: number) => number) | null, length?: number): ArrayBuffer {
  const { tensors } = chooseGenerator(readCheckpoint(new Uint8Array(skip32.bytes), skip32.name));
  const written = new Map<string, TensorToWrite>();
  for (const [key, tensor] of tensors) {
    if (key === name && value === null) continue;
    const numbers = Float32Array.from(readTensor(tensor));
    const changed = key === name && value !== null ? numbers.map(value).slice(0, length) : numbers;
    const shape = key === name && length !== undefined ? [length] : tensor.shape;
    written.set(key, { dtype: 'F32', shape, data: changed });
  }
  return Uint8Array.from(writeSafetensors(written)).buffer;
}

const instrumented = instrumentedGpu();
const events: WorkbenchEvent[] = [];
const canvas = new FakeCanvas();
let workbench: Workbench;

beforeAll(async () => {
  workbench = new Workbench(instrumented.gpu);
  workbench.subscribe((event) => events.push(event));
  await workbench.openModel(face64);
  await workbench.attachCanvas(canvas.asCanvas);
});

const picture = async (): Promise<number[]> => [...(await workbench.pixels()).data];

describe('an open model', () => {
  test('shows seed 0 without truncation, as generate.py would', async () => {
    const { recipe, model } = await workbench.getState();
    expect(recipe).toMatchObject({ latent: { space: 'z', seed: 0 }, truncation: { psi: 1, cutoff: null } });
    expect(model).toMatchObject({ family: 'stylegan2', resolution: 64, numWs: 10, parameters: 797_704 });
  });

  test('an edit changes the picture, undo and redo give back the exact pixels', async () => {
    const before = await picture();
    const [direction] = await workbench.discovery.discoverSefa('all', 4);
    expect(direction?.layers).toBe('all');
    await workbench.change({ kind: 'add-edit', directionId: direction?.id ?? '', strength: 3 }, 'commit');
    const edited = await picture();
    expect(edited).not.toEqual(before);
    await workbench.undo();
    expect(await picture()).toEqual(before);
    await workbench.redo();
    expect(await picture()).toEqual(edited);
    await workbench.change({ kind: 'edit-muted', index: 0, muted: true }, 'commit');
    expect(await picture()).toEqual(before);
    await workbench.undo();
  });

  test('an edit leaves its conditions alone, and a link carries them', async () => {
    const [first, second] = await workbench.discovery.discoverSefa('all', 2);
    const [id, other] = [first?.id ?? '', second?.id ?? ''];
    await workbench.change({ kind: 'clear-edits' }, 'commit');
    await workbench.change({ kind: 'add-edit', directionId: id, strength: 3 }, 'commit');
    const plain = await picture();
    await workbench.change({ kind: 'edit-conditions', index: 0, directionIds: [other] }, 'commit');
    const { recipe, editConditionIds } = await workbench.getState();
    if (recipe === null) throw new Error('no recipe');
    expect(editConditionIds).toEqual([[other]]);
    // SeFa's directions are perpendicular already.
    expect(Math.max(...(await picture()).map((value, index) => Math.abs(value - (plain[index] ?? NaN))))).toBeLessThan(
      2,
    );
    await workbench.undo();
    const linked = recipeFromHash(recipeToHash(recipe));
    expect(linked).toEqual(recipe);
    await workbench.openRecipe(linked ?? recipe);
    expect((await workbench.getState()).recipe).toEqual(recipe);
    await expect(
      workbench.change({ kind: 'edit-conditions', index: 0, directionIds: [id] }, 'commit'),
    ).rejects.toMatchObject({ code: 'invalid-change' });
    expect((await workbench.getState()).recipe).toEqual(recipe);
    for (let step = 0; step < 3; step++) await workbench.undo();
  });

  test('changed units and mixed styles show, are undone, and leave the strips alone', async () => {
    const layers = await workbench.dissection.featureLayers();
    const layer = layers.find(({ resolution }) => resolution === 16);
    if (layer === undefined) throw new Error('no layer of 16²');
    await workbench.change({ kind: 'clear-edits' }, 'commit');
    const before = await picture();
    const first = async (): Promise<number[]> => {
      const strip: number[][] = [];
      await workbench.thumbnails([5], (_seed, { data }) => strip.push([...data]));
      return strip[0] ?? [];
    };
    const thumbnail = await first();
    const edit = { name: 'off', layer: layer.name, strength: 1, mask: null, muted: false };
    const [units, values] = [
      [0, 1, 2, 3],
      [0, 0, 0, 0],
    ];
    await workbench.change({ kind: 'add-units', edit: { ...edit, units, values } }, 'commit');
    const changed = await picture();
    expect(changed).not.toEqual(before);
    expect(await first()).toEqual(thumbnail);
    await workbench.showBefore(true);
    expect(await canvas.pixels()).toEqual(before);
    await workbench.showBefore(false);
    expect(await canvas.pixels()).toEqual(changed);
    await workbench.change({ kind: 'mix', mix: [{ latent: { space: 'z', seed: 9 }, layers: '0-3' }] }, 'commit');
    expect(await picture()).not.toEqual(changed);
    expect(await first()).toEqual(thumbnail);
    await workbench.undo();
    expect(await picture()).toEqual(changed);
    await workbench.undo();
    expect(await picture()).toEqual(before);
    await workbench.undo();
  });

  test('a drag is one step of the history', async () => {
    const strengths = [0.5, 1, 1.5];
    const start = (await workbench.getState()).recipe;
    for (const strength of strengths) await workbench.change({ kind: 'edit-strength', index: 0, strength }, 'preview');
    await workbench.change({ kind: 'edit-strength', index: 0, strength: 2 }, 'commit');
    await workbench.undo();
    expect((await workbench.getState()).recipe).toEqual(start);
  });

  test('a link gives the same picture, and so does a saved PNG', async () => {
    const pixels = await picture();
    const { recipe } = await workbench.getState();
    if (recipe === null) throw new Error('no recipe');
    const linked = recipeFromHash(recipeToHash(recipe));
    expect(linked).toEqual(recipe);
    expect(JSON.parse(readPngText(await workbench.savePng())[recipeKeyword] ?? '')).toEqual(recipe);
    const other = new Workbench(testGpu());
    await other.openModel(face64, linked ?? recipe);
    expect([...(await other.pixels()).data]).toEqual(pixels);
    expect((await other.getState()).editDirectionIds).toEqual((await workbench.getState()).editDirectionIds);
    await other.dispose();
  });

  test('noise and truncation matter, and random noise follows its seed', async () => {
    const base = await picture();
    await workbench.change({ kind: 'noise', mode: 'none', seed: 0 }, 'commit');
    const silent = await picture();
    await workbench.change({ kind: 'noise', mode: 'random', seed: 1 }, 'commit');
    const first = await picture();
    await workbench.change({ kind: 'noise', mode: 'random', seed: 2 }, 'commit');
    const second = await picture();
    await workbench.change({ kind: 'noise', mode: 'random', seed: 1 }, 'commit');
    expect(await picture()).toEqual(first);
    expect(new Set([base, silent, first, second].map((pixels) => pixels.join())).size).toBe(4);
    await workbench.change({ kind: 'noise', mode: 'const', seed: 0 }, 'commit');
    await workbench.change({ kind: 'truncation', psi: 0.5, cutoff: 4 }, 'commit');
    expect(await picture()).not.toEqual(base);
  });

  test('thumbnails and strips come one by one and leave the picture alone', async () => {
    const before = await picture();
    const seeds: number[] = [];
    await workbench.thumbnails([3, 1, 2], (seed, { width, height, data }) => {
      expect(data.length).toBe(width * height * 4);
      seeds.push(seed);
    });
    expect(seeds).toEqual([3, 1, 2]);
    const [direction] = (await workbench.getState()).directions;
    const strip = await workbench.directionStrip(direction?.id ?? '', [-3, 0, 3]);
    await workbench.change({ kind: 'edit-strength', index: 0, strength: 0 }, 'preview');
    expect([...(strip[1]?.data ?? [])]).toEqual(await picture());
    await workbench.change({ kind: 'edit-strength', index: 0, strength: 3 }, 'preview');
    expect([...(strip[2]?.data ?? [])]).toEqual(await picture());
    await workbench.undo();
    expect([...(strip[0]?.data ?? [])]).not.toEqual(before);
    expect(await picture()).toEqual(before);
  });

  test('directions survive a file', async () => {
    const { directions } = await workbench.getState();
    const ids = directions.map(({ id }) => id);
    const imported = await workbench.discovery.importDirections(
      (await workbench.discovery.exportDirections(ids)).buffer,
    );
    expect(imported.map(({ id }) => id)).toEqual(ids);
  });
});

describe('the canvas', () => {
  test('shows the pixels of the recipe, before and after', async () => {
    expect(await canvas.pixels()).toEqual(await picture());
    await workbench.showBefore(true);
    expect(await canvas.pixels()).not.toEqual(await picture());
    await workbench.showBefore(false);
    expect(await canvas.pixels()).toEqual(await picture());
  });

  test('shows the latest recipe when calls overlap', async () => {
    const before = await picture();
    // A noise mode seen for the first time compiles, which takes longer than the undo behind it.
    await Promise.all([workbench.change({ kind: 'noise', mode: 'none', seed: 0 }, 'commit'), workbench.undo()]);
    expect(await picture()).toEqual(before);
    expect(await canvas.pixels()).toEqual(before);
  });

  test('going through the noise modes leaves no memory behind', async () => {
    const bytes = (): number => events.findLast((event) => event.type === 'frame')?.frame.gpuBytes ?? NaN;
    const cycle = async (): Promise<number> => {
      for (const mode of ['random', 'none', 'const'] as const) {
        await workbench.change({ kind: 'noise', mode, seed: 0 }, 'commit');
      }
      await workbench.change({ kind: 'truncation', psi: 0.5, cutoff: 4 }, 'preview');
      return bytes();
    };
    const first = await cycle();
    expect(await cycle()).toBe(first);
    for (let step = 0; step < 7; step++) await workbench.undo();
  });
});

describe('the cost of a slider step', () => {
  test('creates nothing and submits once', async () => {
    await workbench.change({ kind: 'edit-strength', index: 0, strength: 1 }, 'preview');
    instrumented.reset();
    await workbench.change({ kind: 'edit-strength', index: 0, strength: 1.25 }, 'preview');
    const { submit, ...creations } = instrumented.calls;
    expect(submit).toBe(1);
    expect(Object.values(creations).reduce((sum, calls) => sum + calls, 0)).toBe(0);
    await workbench.change({ kind: 'edit-strength', index: 0, strength: 1.25 }, 'commit');
  });

  test('a 64² frame stays within its dispatches', () => {
    const frame = events.findLast((event) => event.type === 'frame');
    expect(frame?.frame.dispatches).toBeLessThanOrEqual(33);
    expect(frame?.frame.gpuBytes).toBeGreaterThan(797_704 * 4);
  });
});

describe('what does not work leaves everything as it was', () => {
  test.each([
    [{ kind: 'edit-strength', index: 0, strength: Number.NaN }, 'invalid-change'],
    [{ kind: 'edit-strength', index: 99, strength: 1 }, 'invalid-change'],
    [{ kind: 'edit-layers', index: 0, layers: '0-99' }, 'invalid-layer-range'],
    [{ kind: 'truncation', psi: Number.POSITIVE_INFINITY, cutoff: null }, 'invalid-change'],
    [{ kind: 'seed', seed: -1 }, 'invalid-seed'],
    [{ kind: 'class', class: 0 }, 'invalid-change'],
  ] as const)('%j', async (change, code) => {
    const before = await workbench.getState();
    await expect(workbench.change(change, 'commit')).rejects.toMatchObject({ code });
    expect((await workbench.getState()).recipe).toEqual(before.recipe);
  });

  test.each([
    ['an empty file', new ArrayBuffer(0), 'checkpoint-empty'],
    ['a truncated file', skip32.bytes.slice(0, 100_000), /truncated/],
    ['a file of another kind', new TextEncoder().encode('hello, this is text').buffer, 'checkpoint-format-unknown'],
    [
      'a network that makes no pictures',
      file('weights/face64/face64-predictor.safetensors'),
      'unsupported-architecture',
    ],
    ['a weight that is not a number', skip32With('synthesis.b8.conv0.bias', () => NaN), 'weights-not-finite'],
    ['a weight of the wrong shape', skip32With('synthesis.b8.conv0.bias', (value) => value, 31), 'weights-shape'],
    ['an unsupported architecture', skip32With('synthesis.b4.conv1.weight', null), 'unsupported-architecture'],
    ['a resolution beyond the limits', hugeModel(), 'limit-exceeded'],
  ])('%s', async (_, bytes, code) => {
    const before = await picture();
    await expect(workbench.openModel({ name: 'bad', bytes })).rejects.toMatchObject({
      code: typeof code === 'string' ? code : (expect.stringMatching(code) as unknown),
    });
    expect(await picture()).toEqual(before);
    expect(await canvas.pixels()).toEqual(before);
  });

  test('an opening that is cancelled, while the file is read and while kernels compile', async () => {
    const before = await picture();
    for (const label of ['Reading the file', 'Compiling kernels']) {
      let done = false;
      workbench.subscribe((event) => {
        if (done || event.type !== 'progress' || event.progress?.label !== label) return;
        done = true;
        void workbench.cancelOpening();
      });
      const cancelled = workbench.openModel({ name: 'skip32', bytes: new Blob([skip32.bytes]) });
      await expect(cancelled, label).rejects.toMatchObject({ code: 'cancelled' });
      expect(done, label).toBe(true);
      expect(await picture()).toEqual(before);
    }
  });

  test('a recipe of another model', async () => {
    const { recipe } = await workbench.getState();
    if (recipe === null) throw new Error('no recipe');
    await expect(workbench.openRecipe({ ...recipe, model: 'f'.repeat(64) })).rejects.toMatchObject({
      code: 'recipe-other-model',
    });
    expect((await workbench.getState()).recipe).toEqual(recipe);
  });
});

describe('a lost device', () => {
  test('is replaced, with the picture, the edits and the history', async () => {
    const before = await picture();
    const state = await workbench.getState();
    const restored = new Promise<void>((resolve) => {
      workbench.subscribe((event) => {
        if (event.type === 'device-restored') resolve();
      });
    });
    instrumented.loseDevice('test');
    await restored;
    expect(events.some((event) => event.type === 'device-lost')).toBe(true);
    expect(await picture()).toEqual(before);
    const after = await workbench.getState();
    expect(after).toMatchObject({ recipe: state.recipe, directions: state.directions, canUndo: state.canUndo });
    await workbench.undo();
  });
});

test('another model takes the place of the first', async () => {
  const summary = await workbench.openModel(skip32);
  expect(summary).toMatchObject({ resolution: 32, numWs: 8 });
  expect((await workbench.pixels()).width).toBe(32);
});

test('previews of a large model are small, and show the same', async () => {
  const model = { name: 'crafted', bytes: craftedModel(256) };
  await workbench.openModel(model);
  expect((await workbench.pixels()).width).toBe(256);
  const sizes: number[] = [];
  await workbench.thumbnails([0], (_, { width, height }) => sizes.push(width, height));
  expect(sizes).toEqual([128, 128]);

  const engine = new Engine(await requestGpu(testGpu()), opLibrary);
  const session = await GeneratorSession.open(engine, await openCheckpoint(new Uint8Array(model.bytes), model.name));
  const full = await session.render(session.defaultRecipe(0), []);
  const small = await session.renderPreview(session.defaultRecipe(0), []);
  expect(small).toHaveLength(3 * 128 * 128);
  const scale = full.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const worst = small.reduce((largest, value, index) => {
    const [x, row] = [(index % 128) * 2, Math.floor(index / 128) * 2];
    const corners = [0, 1].flatMap((dy) => [0, 1].map((dx) => full[(row + dy) * 256 + x + dx] ?? NaN));
    const mean = corners.reduce((sum, corner) => sum + corner, 0) / 4;
    return Math.max(largest, Math.abs(value - mean));
  }, 0);
  expect(worst).toBeLessThan(1e-5 * scale);
  session.dispose();
});
