import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { blendLatents } from '../../src/latent/seedGrid.js';
import { latentFromSeed } from '../../src/latent/randomState.js';
import type { Pixels } from '../../src/workbench/api.js';
import { latentsOfSeeds } from '../../src/workbench/labelGround.js';
import type { WalkFrame, WalkRequest } from '../../src/workbench/walkApi.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { Workbench } from '../../src/workbench/workbench.js';
import { cosine } from '../discovery/planted.js';
import { createTestEngine } from '../ops/evaluate.js';
import { testGpu } from '../setup/gpu.js';
import { MemoryDirections } from './memoryDirections.js';

const bytes = Uint8Array.from(readFileSync('weights/face64/face64-g.safetensors'));
vi.setConfig({ testTimeout: 120_000 });

let workbench: Workbench;
const store = new MemoryDirections();

beforeAll(async () => {
  workbench = new Workbench(testGpu(), { directionStore: store });
  await workbench.openModel({ name: 'face64', bytes: bytes.buffer });
});
afterAll(() => workbench.dispose());
beforeEach(() => workbench.change({ kind: 'seed', seed: 3 }, 'commit'));

const seed = (value: number): WalkRequest['from'] => ({ space: 'z', seed: value });

async function walked(request: Partial<WalkRequest>): Promise<WalkFrame[]> {
  const frames: WalkFrame[] = [];
  const full = { kind: 'lerp', from: seed(3), to: seed(8), frames: 5, ...request } as const;
  await workbench.walks.walk(full, (index, frame) => (frames[index] = frame));
  return frames;
}

/** The pictures of seeds as the gallery shows them. */
async function picturesOf(...seeds: number[]): Promise<Pixels[]> {
  const found: Pixels[] = [];
  await workbench.thumbnails(seeds, (_, pixels) => found.push(pixels));
  return found;
}

const difference = (a: Pixels, b: Pixels): number =>
  a.data.reduce((sum, value, k) => sum + (value - (b.data[k] ?? NaN)) ** 2, 0) / a.data.length;
const changes = (frames: readonly WalkFrame[]): number[] =>
  frames.slice(1).map(({ pixels }, i) => difference(pixels, (frames[i] as WalkFrame).pixels));

describe('a walk', () => {
  test.each(['lerp', 'slerp'] as const)('by %s leads from one picture to the other', async (kind) => {
    const frames = await walked({ kind });
    const [first, last] = await picturesOf(3, 8);
    expect(frames).toHaveLength(5);
    expect([frames[0]?.latent, frames[4]?.latent]).toEqual([seed(3), seed(8)]);
    expect([frames[0]?.pixels, frames[4]?.pixels]).toEqual([first, last]);
    expect(frames[2]?.latent.space).toBe(kind === 'slerp' ? 'z' : 'w');
  });

  test('by geodesic does too, and changes pictures less in all than the straight one', async () => {
    const energyOf = (all: readonly number[]): number => all.reduce((sum, value) => sum + value, 0);
    const [straight, bent] = [await walked({ frames: 9 }), await walked({ kind: 'geodesic', frames: 9 })];
    expect(energyOf(changes(bent))).toBeLessThan(0.95 * energyOf(changes(straight)));
    expect([bent[0], bent[8]]).toEqual([straight[0], straight[8]]);
  });

  test('is taken onto the stage as it was shown', async () => {
    const [, , middle] = await walked({});
    const latent = middle?.latent ?? expect.fail('no frame');
    await workbench.change({ kind: 'latent', latent }, 'commit');
    expect(await workbench.pixels()).toEqual(middle?.pixels);
  });

  test('meets its ends where seeds lie', async () => {
    const [from, to] = await workbench.walks.latentsOfSeeds([3, 8]);
    const [, second] = await walked({ frames: 5 });
    if (from === undefined || to === undefined) return expect.fail('no latents');
    const quarter = blendLatents([
      { latent: from, weight: 0.75 },
      { latent: to, weight: 0.25 },
    ]);
    expect(quarter.space).toBe('w');
    expect('values' in quarter && quarter.values).toEqual(
      second !== undefined && 'values' in second.latent ? second.latent.values : null,
    );
    await workbench.change({ kind: 'latent', latent: from }, 'commit');
    expect(await workbench.pixels()).toEqual((await picturesOf(3))[0]);
  });

  test('goes on from a latent of w+, with the edits on the stage', async () => {
    const [first] = await workbench.discovery.discoverSefa('all', 1);
    await workbench.change({ kind: 'add-edit', directionId: first?.id ?? '', strength: 2 }, 'commit');
    const edited = await walked({ frames: 2 });
    expect(edited[0]?.pixels).toEqual(await workbench.pixels());
    await workbench.change({ kind: 'clear-edits' }, 'commit');
    const { numWs = 0, wDim = 0 } = (await workbench.getState()).model ?? {};
    const values = Array.from({ length: numWs }, () => [...latentFromSeed(5, wDim)]);
    const frames = await walked({ from: { space: 'w+', values }, frames: 3 });
    expect(frames[1]?.latent.space).toBe('w+');
  });

  test('refuses a slerp that does not lead through z, and too few pictures', async () => {
    const { wDim = 0 } = (await workbench.getState()).model ?? {};
    const w = { space: 'w', values: [...latentFromSeed(5, wDim)] } as const;
    await expect(walked({ kind: 'slerp', from: w })).rejects.toMatchObject({ code: 'walk-space' });
    await expect(walked({ frames: 1 })).rejects.toMatchObject({ code: 'invalid-walk' });
  });

  test('is ended by the next one, and by a cancel: its promise resolves', async () => {
    const seen: number[] = [];
    const long = workbench.walks.walk({ kind: 'lerp', from: seed(1), to: seed(2), frames: 400 }, (index) => {
      seen.push(index);
      if (index === 1) void workbench.walks.cancelWalk();
    });
    await long;
    expect(seen).toEqual([0, 1]);
    const early: number[] = [];
    const ended = workbench.walks.walk({ kind: 'geodesic', from: seed(1), to: seed(2), frames: 9 }, (index) =>
      early.push(index),
    );
    expect(await walked({})).toHaveLength(5);
    await ended;
    expect(early.length).toBeLessThan(9);
  });
});

test('a random walk begins at its seed and goes on in small steps', async () => {
  const frames: WalkFrame[] = [];
  await workbench.walks.randomWalk(4, 8, (index, frame) => (frames[index] = frame));
  const [first, other] = await picturesOf(4, 5);
  expect(frames[0]?.pixels).toEqual(first);
  expect(frames).toHaveLength(8);
  const apart = difference(first as Pixels, other as Pixels);
  for (const change of changes(frames)) {
    expect(change).toBeGreaterThan(0);
    expect(change).toBeLessThan(apart / 4);
  }
});

test('a mixing grid has the rows’ pictures where no layer is mixed, and the columns’ where all are', async () => {
  const grid = async (layers: string): Promise<Pixels[][]> => {
    const rows: Pixels[][] = [[], []];
    await workbench.walks.mixingGrid([3, 4], [8, 9], layers, (row, column, pixels) => {
      (rows[row] ?? [])[column] = pixels;
    });
    return rows;
  };
  const [three, four, eight, nine] = await picturesOf(3, 4, 8, 9);
  expect(await grid('all')).toEqual([
    [eight, nine],
    [eight, nine],
  ]);
  const fine = await grid('8-9');
  // Fine layers recolour; who it is stays.
  expect(difference(fine[0]?.[0] as Pixels, three as Pixels)).toBeLessThan(
    difference(eight as Pixels, three as Pixels),
  );
  expect(fine[1]?.[1]).not.toEqual(four);
  await expect(grid('77')).rejects.toMatchObject({ code: 'invalid-layer-range' });
});

test('what some seeds have and others have not becomes a direction of the list', async () => {
  const id = await workbench.walks.directionFromSeeds('  tilt ', [1, 2, 3], [4, 5, 6, 7]);
  const summary = (await workbench.getState()).directions.find((direction) => direction.id === id);
  expect(summary).toMatchObject({ name: 'tilt', method: 'arithmetic', space: 'w' });
  expect(summary?.statistics['sigma']).toBeGreaterThan(0);
  const engine = await createTestEngine();
  try {
    const { generator } = await openCheckpoint(bytes, 'face64');
    const seeds = [1, 2, 3, 4, 5, 6, 7];
    const w = await latentsOfSeeds(engine, generator, { seeds, space: 'w', class: null });
    const mean = (rows: readonly number[], k: number): number =>
      rows.reduce((sum, row) => sum + (w[row * generator.wDim + k] ?? NaN), 0) / rows.length;
    const expected = Float64Array.from(
      { length: generator.wDim },
      (_, k) => mean([0, 1, 2], k) - mean([3, 4, 5, 6], k),
    );
    const { hash = '' } = (await workbench.getState()).model ?? {};
    await vi.waitFor(async () => expect(JSON.stringify(await store.load(hash))).toContain('"arithmetic"'));
    const file = await workbench.discovery.exportDirections([id], 'npy');
    const vector = new Float32Array(file.slice(file.length - 4 * generator.wDim).buffer);
    expect(cosine(vector, expected)).toBeGreaterThan(0.99999);
  } finally {
    engine.dispose();
  }
  await expect(workbench.walks.directionFromSeeds('x', [], [1])).rejects.toMatchObject({ code: 'too-few-labels' });
  await expect(workbench.walks.directionFromSeeds(' ', [2], [1])).rejects.toMatchObject({ code: 'name-empty' });
});
