import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
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
    session.frame('random', 'picture'),
    session.frame('none', 'picture'),
    session.frame('const', 'picture'),
  ];
  const last = (await Promise.all(asked)).at(-1);
  expect(await session.frame('const', 'picture')).toBe(last);
  expect(engine.allocatedBytes).toBe(before);
  session.dispose();
});

test('a frame that is compiled while its session is closed is let go', async () => {
  const before = engine.allocatedBytes;
  const session = await openSession();
  const late = session.frame('none', 'picture');
  session.dispose();
  await expect(late).rejects.toMatchObject({ code: 'model-closed' });
  await expect(session.frame('const', 'picture')).rejects.toMatchObject({ code: 'model-closed' });
  expect(engine.allocatedBytes).toBe(before);
});
