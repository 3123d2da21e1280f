import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { bytesToBase64 } from '../../src/latent/base64.js';
import type { Recipe, UnitEdit } from '../../src/latent/recipe.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { GeneratorSession } from '../../src/workbench/session.js';
import { createTestEngine } from '../ops/evaluate.js';
import { craftedModel } from './craftedModels.js';

let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});
afterAll(() => engine.dispose());

const openSession = async (): Promise<GeneratorSession> =>
  GeneratorSession.open(engine, await openCheckpoint(new Uint8Array(craftedModel(8)), 'tiny'));

test('asking for noise modes at once ends with the last one, and leaves one frame’s memory', async () => {
  const session = await openSession();
  const before = engine.allocatedBytes;
  const asked = [
    session.frame({ noise: 'random', units: [] }, 'picture'),
    session.frame({ noise: 'none', units: [] }, 'picture'),
    session.frame({ noise: 'const', units: [] }, 'picture'),
  ];
  const last = (await Promise.all(asked)).at(-1);
  expect(await session.frame({ noise: 'const', units: [] }, 'picture')).toBe(last);
  expect(engine.allocatedBytes).toBe(before);
  session.dispose();
});

test('a frame that is compiled while its session is closed is let go', async () => {
  const before = engine.allocatedBytes;
  const session = await openSession();
  const late = session.frame({ noise: 'none', units: [] }, 'picture');
  session.dispose();
  await expect(late).rejects.toMatchObject({ code: 'model-closed' });
  await expect(session.frame({ noise: 'const', units: [] }, 'picture')).rejects.toMatchObject({ code: 'model-closed' });
  expect(engine.allocatedBytes).toBe(before);
});

const pictureOf = (session: GeneratorSession, recipe: Recipe): Promise<Float32Array<ArrayBuffer>> =>
  session.render(recipe, session.resolveDirections(recipe));

test('mixed styles give the very picture of their w+, later mixes over earlier ones', async () => {
  const session = await openSession();
  const { numWs, wDim } = session.summary;
  const rowOf = async (seed: number): Promise<number[]> => [
    ...(await session.frameInputs(session.defaultRecipe(seed), [])).w.subarray(0, wDim),
  ];
  const [a, b, c] = [await rowOf(1), await rowOf(2), await rowOf(3)];
  const mixed: Recipe = {
    ...session.defaultRecipe(1),
    mix: [
      { latent: { space: 'z', seed: 2 }, layers: '1-2' },
      { latent: { space: 'w', values: c }, layers: '2' },
    ],
  };
  const rows = Array.from({ length: numWs }, (_, layer) => (layer === 1 ? b : layer === 2 ? c : a));
  const { mix: _, ...plain } = mixed;
  const composed: Recipe = { ...plain, latent: { space: 'w+', values: rows } };
  expect(await pictureOf(session, mixed)).toEqual(await pictureOf(session, composed));
  expect(await pictureOf(session, mixed)).not.toEqual(await pictureOf(session, plain));
  session.dispose();
});

test('changed units show where their mask says so, and muting them compiles nothing', async () => {
  const session = await openSession();
  const layer = session.featureLayers().at(-1);
  if (layer === undefined) throw new Error('the model has no feature layers');
  const plain = session.defaultRecipe(1);
  const side = layer.resolution;
  const topRow = bytesToBase64(Uint8Array.from({ length: side ** 2 }, (_, place) => (place < side ? 255 : 0)));
  const edit: UnitEdit = {
    name: 'brighten',
    layer: layer.name,
    units: [0, 1],
    values: [3, -3],
    strength: 1,
    mask: topRow,
    muted: false,
  };
  const changed: Recipe = { ...plain, units: [edit, { ...edit, mask: null, units: [2], values: [2] }] };
  const before = await pictureOf(session, plain);
  const after = await pictureOf(session, changed);
  expect(after).not.toEqual(before);
  const frame = await session.frame(session.formOf(changed), 'picture');
  const muted: Recipe = { ...changed, units: changed.units?.map((each) => ({ ...each, muted: true })) ?? [] };
  // Slots that change nothing multiply by one and add zero.
  expect(await pictureOf(session, muted)).toEqual(before);
  const weak: Recipe = { ...changed, units: changed.units?.map((each) => ({ ...each, strength: 0 })) ?? [] };
  expect(await pictureOf(session, weak)).toEqual(before);
  expect(await session.frame(session.formOf(muted), 'picture')).toBe(frame);
  await expect(pictureOf(session, { ...plain, units: [{ ...edit, units: [9999] }] })).rejects.toMatchObject({
    code: 'invalid-units',
  });
  expect(() => session.formOf({ ...plain, units: [{ ...edit, layer: 'nowhere' }] })).toThrow(
    expect.objectContaining({ code: 'unit-layer-missing' }),
  );
  session.dispose();
});
