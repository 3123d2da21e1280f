import { readFileSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Recipe } from '../../src/latent/recipe.js';
import type { InversionChoices, InversionStatus } from '../../src/workbench/inversionApi.js';
import type { Pixels } from '../../src/workbench/pixels.js';
import { Workbench } from '../../src/workbench/workbench.js';
import { testGpu } from '../setup/gpu.js';
import { encoderFile } from '../checkpoints/encoderWriter.js';
import { craftedModel } from './craftedModels.js';
import { FakeCanvas } from './fakeCanvas.js';
import { instrumentedGpu } from './instrumentedGpu.js';
import { MemoryStore } from './memoryStore.js';
import { decodeRaw, rawPicture } from './rawPictures.js';

const fileOf = (path: string): ArrayBuffer => Uint8Array.from(readFileSync(path)).buffer;
const face64 = { name: 'face64', bytes: fileOf('weights/face64/face64-g.safetensors') };
/** Quick, and not much of a generator: how close one comes to a picture is tried on the bundled one. */
const model = { name: 'crafted', bytes: craftedModel(64) };
const choices: InversionChoices = { space: 'w+', method: 'ganvas', steps: 20, starts: 1, loss: 'pixels' };
const whole = { x: 0, y: 0, size: 64 };

const instrumented = instrumentedGpu();
const store = new MemoryStore();
const canvas = new FakeCanvas();
const statuses: (InversionStatus | null)[] = [];
let workbench: Workbench;
let picture: Pixels;

/** Resolves with the first status from now on for which `accepts` holds. */
function statusWhen(accepts: (status: InversionStatus) => boolean, of = workbench): Promise<InversionStatus> {
  return new Promise((resolve) => {
    of.subscribe((event) => {
      if (event.type === 'inversion' && event.inversion !== null && accepts(event.inversion)) resolve(event.inversion);
    });
  });
}

const ended = ({ phase }: InversionStatus): boolean => phase === 'finished' || phase === 'failed';

async function recipe(of = workbench): Promise<Recipe> {
  const { recipe: present } = await of.getState();
  if (present === null) throw new Error('no recipe');
  return present;
}

beforeAll(async () => {
  workbench = new Workbench(instrumented.gpu, { decodePicture: decodeRaw, inversionStore: store });
  workbench.subscribe((event) => event.type === 'inversion' && statuses.push(event.inversion));
  await workbench.openModel(model);
  await workbench.attachCanvas(canvas.asCanvas);
  await workbench.change({ kind: 'seed', seed: 5 }, 'commit');
  picture = await workbench.pixels();
  await workbench.change({ kind: 'seed', seed: 0 }, 'commit');
  await workbench.discovery.discoverSefa('all', 1);
  await workbench.change({ kind: 'add-edit', directionId: 'sefa all #0', strength: 2 }, 'commit');
  await workbench.openPicture(rawPicture(picture), 'me.png');
});

afterEach(async () => {
  await workbench.cancelInversion();
  statuses.length = 0;
});

describe('an inversion', () => {
  test('comes closer on the bundled model', async () => {
    const other = new Workbench(testGpu(), { decodePicture: decodeRaw, inversionStore: new MemoryStore() });
    await other.openModel(face64);
    await other.change({ kind: 'seed', seed: 5 }, 'commit');
    await other.openPicture(rawPicture(await other.pixels()), 'me.png');
    const finished = statusWhen(({ taken }) => taken, other);
    await other.startInversion(choices, whole);
    const { best, curve } = await finished;
    expect(best?.loss).toBeLessThan(0.5 * (curve[0]?.loss ?? 0));
    await other.dispose();
  });

  test('shows its picture and becomes one undo step whose picture is the one it found', async () => {
    const before = await recipe();
    const finished = statusWhen(({ taken }) => taken);
    await workbench.startInversion(choices, whole);
    const { best, gauge, result, curve, phase } = await finished;
    expect(phase).toBe('finished');
    expect(best?.psnr).toBeGreaterThan(0);
    expect(gauge?.verdict).toMatch(/inside|edge|outside/);
    expect(curve.map(({ step }) => step)).toContain(choices.steps);

    const taken = await recipe();
    expect(taken).toMatchObject({ latent: { space: 'w+' }, truncation: { psi: 1, cutoff: null } });
    expect(taken.edits.map(({ muted }) => muted)).toEqual([true]);
    const shown = await workbench.pixels();
    expect(await canvas.pixels()).toEqual([...shown.data]);
    expect(result).toEqual(shown);

    await workbench.change({ kind: 'edit-muted', index: 0, muted: false }, 'commit');
    expect(await workbench.pixels()).not.toEqual(shown);
    await workbench.undo();
    await workbench.undo();
    expect(await recipe()).toEqual(before);
  });

  test.each(['z', 'w'] as const)('in %s gives a recipe of that space', async (space) => {
    const finished = statusWhen(({ taken }) => taken);
    await workbench.startInversion({ ...choices, space, steps: 3 }, whole);
    await finished;
    expect((await recipe()).latent.space).toBe(space);
    await workbench.undo();
  });

  test('pauses, lets the picture be edited meanwhile, and goes on where it was', async () => {
    await workbench.startInversion({ ...choices, steps: 40 }, whole);
    await statusWhen(({ step }) => step >= 2);
    await workbench.pauseInversion();
    const paused = statuses.at(-1);
    expect(paused).toMatchObject({ phase: 'paused', onStage: true });

    await workbench.change({ kind: 'edit-strength', index: 0, strength: 1 }, 'commit');
    expect(statuses.at(-1)).toMatchObject({ phase: 'paused', onStage: false });
    expect(await canvas.pixels()).toEqual([...(await workbench.pixels()).data]);

    const next = statusWhen(({ phase, step }) => phase === 'running' && step > (paused?.step ?? 0));
    await workbench.resumeInversion();
    expect((await next).onStage).toBe(true);
    await workbench.cancelInversion();
    expect(statuses.at(-1)).toMatchObject({ phase: 'cancelled', onStage: false });
    expect(await canvas.pixels()).toEqual([...(await workbench.pixels()).data]);
    await workbench.undo();
  });

  test('that is cancelled while it is prepared ends at once, and can be begun again', async () => {
    const before = await recipe();
    const preparing = statusWhen(({ phase }) => phase === 'preparing');
    const starting = workbench.startInversion(choices, whole);
    await preparing;
    await workbench.cancelInversion();
    expect(statuses.at(-1)).toMatchObject({ phase: 'cancelled', step: 0, best: null });
    const finished = statusWhen(({ taken }) => taken);
    await workbench.startInversion({ ...choices, steps: 2 }, whole);
    await starting;
    expect((await finished).choices.steps).toBe(2);
    await workbench.undo();
    expect(await recipe()).toEqual(before);
  });

  test('that was cancelled keeps its best, to be taken', async () => {
    const before = await recipe();
    await workbench.startInversion({ ...choices, steps: 400 }, whole);
    await statusWhen(({ best }) => (best?.step ?? 0) > 0);
    await workbench.cancelInversion();
    expect(statuses.at(-1)?.best).not.toBeNull();
    expect(await recipe()).toEqual(before);
    await workbench.takeInversion();
    expect((await recipe()).latent.space).toBe('w+');
    await workbench.undo();
  });

  test('goes on in the background once the recipe is changed, and does not take the stage when it ends', async () => {
    const finished = statusWhen(ended);
    await workbench.startInversion({ ...choices, steps: 30 }, whole);
    await workbench.change({ kind: 'edit-strength', index: 0, strength: 1.5 }, 'commit');
    expect(await finished).toMatchObject({ phase: 'finished', taken: false, onStage: false });
    expect((await recipe()).latent).toEqual({ space: 'z', seed: 0 });
    await workbench.undo();
  });

  test('measures by the features of the bundled predictor when the model is its size', async () => {
    const network = new Blob([readFileSync('weights/face64/face64-predictor.safetensors')]);
    const { id } = await workbench.openFeatures(network, null);
    expect((await workbench.getState()).losses.map((loss) => loss.id)).toEqual(['pixels', id]);
    const finished = statusWhen(({ taken }) => taken);
    await workbench.startInversion({ ...choices, steps: 2, loss: id }, whole);
    expect((await finished).best?.loss).toBeGreaterThan(0);
    await workbench.undo();
  });
});

describe('an encoder', () => {
  const ofModel = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const { model: summary } = await workbench.getState();
    if (summary === null) throw new Error('no model');
    return encoderFile({ modelHash: summary.hash, numWs: summary.numWs, wDim: summary.wDim, resolution: 64 });
  };

  test('of the model is where a run of our own in w+ starts', async () => {
    await workbench.openEncoder(new Blob([await ofModel()]));
    const finished = statusWhen(({ taken }) => taken);
    await workbench.startInversion({ ...choices, steps: 1 }, whole);
    await finished;
    expect(store.stored?.state.settings.startFrom).toBe('encoder');
    await workbench.undo();
  });

  test('of another model, or that is none, is refused', async () => {
    const other = encoderFile({ modelHash: 'f'.repeat(64), numWs: 10, wDim: 128, resolution: 64 });
    await expect(workbench.openEncoder(new Blob([other]))).rejects.toMatchObject({ code: 'encoder-mismatch' });
    const predictor = new Blob([readFileSync('weights/face64/face64-predictor.safetensors')]);
    await expect(workbench.openEncoder(predictor)).rejects.toMatchObject({ code: 'encoder-missing-in-file' });
  });
});

describe('what does not work leaves everything as it was', () => {
  test.each([
    ['loss', { ...choices, loss: 'lpips-vgg16' }, whole, 'loss-missing'],
    ['steps', { ...choices, steps: 0 }, whole, 'invalid-inversion'],
    ['crop', choices, { x: 40, y: 0, size: 64 }, 'crop-outside'],
  ])('%s', async (_, asked, crop, code) => {
    const before = await recipe();
    await expect(workbench.startInversion(asked, crop)).rejects.toMatchObject({ code });
    expect(await recipe()).toEqual(before);
  });

  test.each([
    ['not a picture', new Blob(['hello']), 'picture-undecodable'],
    ['1 × 1', rawPicture({ width: 1, height: 1, data: new Uint8ClampedArray(4) }), 'picture-too-small'],
  ])('a picture that is %s', async (_, file, code) => {
    await expect(workbench.openPicture(file, 'bad.png')).rejects.toMatchObject({ code });
    const finished = statusWhen(({ taken }) => taken);
    await workbench.startInversion({ ...choices, steps: 1 }, whole);
    await finished;
    await workbench.undo();
  });

  test('a second job while one runs', async () => {
    await workbench.startInversion({ ...choices, steps: 400 }, whole);
    await expect(workbench.startInversion(choices, whole)).rejects.toMatchObject({ code: 'inversion-busy' });
  });

  test('a loss that is not finite stops and says at which step', async () => {
    const other = new Workbench(testGpu(), { decodePicture: decodeRaw, inversionStore: new MemoryStore() });
    const failed = statusWhen(ended, other);
    await other.openModel({ name: 'steep', bytes: craftedModel(64, {}, 1e24) });
    await other.openPicture(rawPicture(picture), 'me.png');
    await other.startInversion(choices, whole);
    const { error, phase } = await failed;
    expect(phase).toBe('failed');
    expect(error).toMatchObject({ code: 'inversion-diverged', message: expect.stringMatching(/step 0/) as unknown });
    await other.dispose();
  });
});

test('a lost device is replaced and the job goes on from its last state', async () => {
  const before = await recipe();
  await workbench.startInversion({ ...choices, steps: 30 }, whole);
  const { step } = await statusWhen((status) => status.step >= 2);
  const finished = statusWhen(({ taken }) => taken);
  instrumented.loseDevice('test');
  const { curve, phase } = await finished;
  expect(phase).toBe('finished');
  expect(curve.length).toBeGreaterThan(step);
  await workbench.undo();
  expect(await recipe()).toEqual(before);
});

test('a reload finds the unfinished job, and goes on with it', async () => {
  await workbench.startInversion({ ...choices, steps: 30 }, whole);
  await statusWhen(({ step }) => step >= 2);
  await workbench.pauseInversion();

  const reloaded = new Workbench(testGpu(), { decodePicture: decodeRaw, inversionStore: store });
  const stored = statusWhen(({ phase, result }) => phase === 'stored' && result !== null, reloaded);
  await reloaded.openModel(model);
  expect(await stored).toMatchObject({ name: 'me.png', choices: { steps: 30 } });
  expect(await reloaded.inversionTarget()).toEqual(picture);
  const finished = statusWhen(({ taken }) => taken, reloaded);
  await reloaded.resumeInversion();
  expect((await finished).phase).toBe('finished');
  expect((await recipe(reloaded)).latent.space).toBe('w+');

  await reloaded.closePicture();
  expect(store.stored).toBeNull();
  await reloaded.dispose();
});
