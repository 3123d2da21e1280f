import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { writeDirections } from '../../src/checkpoints/directionFile.js';
import { readNpy } from '../../src/checkpoints/npy.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { GanvasError } from '../../src/engine/errors.js';
import type {
  DirectionMeasuresStatus,
  DiscoveryRequest,
  DiscoveryStatus,
  PictureLabel,
} from '../../src/workbench/discoveryApi.js';
import { latentsOfSeeds } from '../../src/workbench/labelGround.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import type { DirectionSummary, WorkbenchEvent } from '../../src/workbench/api.js';
import { Workbench } from '../../src/workbench/workbench.js';
import { createTestEngine } from '../ops/evaluate.js';
import { testGpu } from '../setup/gpu.js';
import { MemoryDirections } from './memoryDirections.js';

const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(readFileSync(`weights/face64/${name}.safetensors`));
const face64 = { name: 'face64', bytes: bytesOf('face64-g').buffer };
const predictor = new Blob([bytesOf('face64-predictor')]);
const skip32 = {
  name: 'skip32',
  bytes: Uint8Array.from(readFileSync('tests/golden/generators/stylegan2-ada-32-skip/network-snapshot-000000.pkl'))
    .buffer,
};

/** A software adapter on a busy machine takes its time. */
const patience = 170_000;
vi.setConfig({ testTimeout: 180_000 });

const store = new MemoryDirections();
const statuses: DiscoveryStatus[] = [];
const measured: DirectionMeasuresStatus[] = [];
let workbench: Workbench;

function listen(event: WorkbenchEvent): void {
  if (event.type === 'discovery' && event.discovery !== null) statuses.push(event.discovery);
  if (event.type === 'direction-measures' && event.measuring !== null) measured.push(event.measuring);
}

beforeAll(async () => {
  workbench = new Workbench(testGpu(), { directionStore: store });
  workbench.subscribe(listen);
  await workbench.openModel(face64);
});
afterAll(() => workbench.dispose());
beforeEach(() => {
  statuses.length = 0;
  measured.length = 0;
});

const desk = (): Workbench['discovery'] => workbench.discovery;
const listed = async (): Promise<readonly DirectionSummary[]> => (await workbench.getState()).directions;
const byId = async (ids: readonly string[]): Promise<DirectionSummary[]> => {
  const all = new Map((await listed()).map((direction) => [direction.id, direction]));
  return ids.map((id) => all.get(id) ?? expect.fail(`${id} is not in the list`));
};
const codeOf = async (work: Promise<unknown>): Promise<string | null> =>
  work.then(
    () => null,
    (error: unknown) => (error instanceof GanvasError ? error.code : 'no GanvasError'),
  );

/** Runs a search to its end. */
async function search(request: DiscoveryRequest): Promise<DiscoveryStatus> {
  await desk().startDiscovery(request);
  await vi.waitFor(() => expect(statuses.at(-1)?.phase).not.toBe('running'), { timeout: patience, interval: 20 });
  return statuses.at(-1) ?? expect.fail('nothing was told');
}

const ganspace = { method: 'ganspace', layers: 'all', count: 2, samples: 3000, seed: 0, at: null } as const;
const boundaries = {
  method: 'interfacegan',
  attributes: ['yaw', 'hair_length'],
  space: 'w',
  estimator: 'svm',
  samples: 1200,
  seed: 3,
  chosen: 0.1,
  layers: 'all',
} as const;

describe('searching', () => {
  test('SeFa is listed at once, and ranked by what it does to pictures', async () => {
    const done = await search({ method: 'sefa', layers: '0-3', count: 3 });
    expect(done).toMatchObject({ phase: 'finished', fraction: 1, error: null });
    expect(statuses.find(({ found }) => found.length === 3)?.phase).toBe('running');
    const found = await byId(done.found);
    expect(found.map(({ layers }) => layers)).toEqual(['0-3', '0-3', '0-3']);
    const effects = found.map(({ statistics }) => statistics['effect'] ?? NaN);
    expect(effects).toEqual([...effects].sort((a, b) => b - a));
    expect(effects[0]).toBeGreaterThan(1);
    for (const { statistics } of found) expect(statistics['range']).toBeGreaterThan(0);
  });

  test('GANSpace gives the components of w, and a second run adds none', async () => {
    const done = await search(ganspace);
    expect(done).toMatchObject({ phase: 'finished', samplesDone: 3000 });
    const found = await byId(done.found);
    expect(found.every(({ method }) => method === 'ganspace')).toBe(true);
    const parts = found.map(({ statistics }) => statistics['varianceRatio'] ?? NaN);
    expect(Math.max(...parts)).toBeLessThan(1);
    const before = await listed();
    const again = await search(ganspace);
    expect(new Set(again.found)).toEqual(new Set(done.found));
    expect((await listed()).length).toBe(before.length);
    const cosines = await desk().directionCosines(done.found);
    cosines.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(i === j ? 1 : 0, 4)));
  });

  test('an interim direction that an edit uses stays as it was', async () => {
    const [id = ''] = (await search({ ...ganspace, samples: 500, count: 1, seed: 9 })).found;
    await workbench.change({ kind: 'add-edit', directionId: id, strength: 1 }, 'commit');
    const edits = (await workbench.getState()).recipe?.edits;
    await desk().removeDirections([id]);
    expect((await listed()).some((direction) => direction.id === id)).toBe(true);
    expect((await workbench.getState()).editDirectionIds).toEqual([id]);
    expect((await workbench.getState()).recipe?.edits).toEqual(edits);
    await workbench.undo();
    await desk().removeDirections([id]);
    expect((await listed()).some((direction) => direction.id === id)).toBe(false);
  });

  test('InterFaceGAN needs a predictor, then tells directions and how attributes go together', async () => {
    expect(await codeOf(desk().startDiscovery(boundaries))).toBe('predictor-missing');
    expect(await desk().attributes()).toBeNull();
    const { names } = await desk().openPredictor(predictor, null);
    expect(names).toContain('yaw');
    const done = await search(boundaries);
    const found = await byId(done.found);
    expect(found.map(({ name }) => name)).toEqual(['yaw', 'hair_length']);
    for (const { statistics } of found) {
      expect(statistics['validationAccuracy']).toBeGreaterThan(0.9);
      expect(statistics['range']).toBeGreaterThan(0);
    }
    const known = await desk().attributes();
    const correlations = known?.correlations ?? expect.fail('no correlations');
    expect(correlations.length).toBe(names.length);
    correlations.forEach((row, i) => expect(row[i]).toBeCloseTo(1, 5));
  });

  test('one job at a time, and a cancelled one says so', async () => {
    await desk().startDiscovery({ ...ganspace, samples: 900_000 });
    expect(await codeOf(desk().startDiscovery(ganspace))).toBe('job-busy');
    await vi.waitFor(() => expect(statuses.at(-1)?.found.length).toBe(2), { timeout: patience, interval: 20 });
    await desk().cancelDiscovery();
    await vi.waitFor(() => expect(statuses.at(-1)?.phase).toBe('cancelled'), { timeout: patience, interval: 20 });
    // What was found stays.
    await byId(statuses.at(-1)?.found ?? []);
    await desk().removeDirections(statuses.at(-1)?.found ?? []);
  });

  test.each([
    ['no directions', { ...ganspace, count: 0 }, 'invalid-discovery'],
    ['half a direction', { method: 'sefa', layers: 'all', count: 1.5 }, 'invalid-discovery'],
    ['a negative seed', { ...ganspace, seed: -1 }, 'invalid-discovery'],
    ['layers that are not there', { ...ganspace, layers: '3-99' }, 'invalid-layer-range'],
    ['an unknown attribute', { ...boundaries, attributes: ['wings'] }, 'invalid-discovery'],
    ['more than half on a side', { ...boundaries, chosen: 0.6 }, 'invalid-discovery'],
  ] as const)('%s is refused before anything is done', async (_, request, code) => {
    expect(await codeOf(desk().startDiscovery(request))).toBe(code);
    expect(statuses).toEqual([]);
  });

  test('what only the method can tell fails the job, in its words', async () => {
    const failed = await search({ ...ganspace, samples: 1 });
    expect(failed).toMatchObject({ phase: 'failed', error: { code: 'invalid-ganspace-request' } });
  });
});

describe('labels', () => {
  /** Seeds judged by an axis of w that the fit does not know of. */
  async function judged(axis: Float32Array, count: number): Promise<PictureLabel[]> {
    const engine = await createTestEngine();
    try {
      const { generator } = await openCheckpoint(new Uint8Array(face64.bytes), face64.name);
      const seeds = Array.from({ length: count }, (_, seed) => seed);
      const w = await latentsOfSeeds(engine, generator, { seeds, space: 'w', class: null });
      const along = seeds.map((seed) =>
        axis.reduce((sum, value, k) => sum + value * (w[seed * axis.length + k] ?? 0), 0),
      );
      const middle = along.reduce((sum, value) => sum + value, 0) / count;
      return seeds.map((seed) => ({ seed, positive: (along[seed] ?? 0) > middle }));
    } finally {
      engine.dispose();
    }
  }

  test('too few are advised on; enough give a direction, which keeps its place as it is fitted again', async () => {
    const yaw = (await listed()).find(({ name }) => name === 'yaw') ?? expect.fail('no yaw');
    const labels = await judged(readTensor(readNpy(await desk().exportDirections([yaw.id], 'npy'))), 60);
    expect(await desk().fitLabels('turned', [])).toMatchObject({ directionId: null, accuracy: null, positives: 0 });
    const few = await desk().fitLabels('turned', labels.slice(0, 2));
    expect(few.directionId).toBeNull();
    expect(few.advice).not.toBeNull();
    const rough = await desk().fitLabels('turned', labels.slice(0, 24));
    expect(rough.moreClicks).toBeGreaterThan(0);
    const better = await desk().fitLabels('turned', labels);
    expect(better.directionId).toBe(rough.directionId);
    expect(better.accuracy).toBeGreaterThan(0.85);
    const id = better.directionId ?? '';
    expect(await byId([id])).toMatchObject([{ name: 'turned', method: 'labels', statistics: { sigma: 1 } }]);
    const [[, cosine]] = (await desk().directionCosines([yaw.id, id])) as [[number, number]];
    expect(cosine).toBeGreaterThan(0.3);
    expect(await desk().labels()).toEqual([{ concept: 'turned', labels }]);
  });

  test('a name is needed', async () => {
    expect(await codeOf(desk().fitLabels('  ', []))).toBe('name-empty');
  });
});

describe('the list', () => {
  test('rename, star and remove', async () => {
    const [direction] = await desk().discoverSefa('4-6', 1);
    const id = direction?.id ?? '';
    await desk().renameDirection(id, ' Hat ');
    await desk().starDirection(id, true);
    expect(await byId([id])).toMatchObject([{ name: 'Hat', starred: true }]);
    expect(await codeOf(desk().renameDirection(id, ' '))).toBe('name-empty');
    expect(await codeOf(desk().starDirection('nothing', true))).toBe('direction-missing');
  });

  test('measuring tells what else moves, and which layers carry it', async () => {
    const [yaw] = (await listed()).filter(({ name }) => name === 'yaw');
    const id = yaw?.id ?? '';
    await desk().startMeasuringDirection(id);
    await vi.waitFor(() => expect(measured.at(-1)?.phase).toBe('finished'), { timeout: patience, interval: 20 });
    const [{ measures } = { measures: null }] = await byId([id]);
    expect(measures?.attributes[0]?.attribute).toBe('yaw');
    expect(measures?.layerScores).toHaveLength(10);
    expect(Math.max(...(measures?.layerScores ?? []))).toBe(1);
    expect(measures?.proposedLayers).not.toBe('');
    expect(await codeOf(desk().startMeasuringDirection('nothing'))).toBe('direction-missing');
  });

  test('a boundary goes out as .npy and comes back; two do not fit in one', async () => {
    const [yaw, hair] = (await listed()).filter(({ method }) => method === 'interfacegan');
    const bytes = await desk().exportDirections([yaw?.id ?? ''], 'npy');
    const [back] = await desk().importDirections(bytes.buffer, { name: 'yaw.npy' });
    const [[, cosine]] = (await desk().directionCosines([yaw?.id ?? '', back?.id ?? ''])) as [[number, number]];
    expect(cosine).toBeCloseTo(1, 6);
    expect(await codeOf(desk().exportDirections([yaw?.id ?? '', hair?.id ?? ''], 'npy'))).toBe('bad-argument');
  });

  test('a direction of another model is refused, and taken anyway if it fits', async () => {
    const { wDim } = (await workbench.getState()).model ?? expect.fail('no model');
    const foreign = writeDirections([
      {
        name: 'foreign',
        space: 'w',
        layers: [0, 1],
        dim: wDim,
        vectors: Float32Array.from({ length: wDim }, (_, k) => Math.cos(k)),
        unit: 'one',
        provenance: { method: 'sefa', parameters: { layers: '0-1', index: 0 }, modelHash: 'a'.repeat(64) },
        statistics: {},
      },
    ]);
    expect(await codeOf(desk().importDirections(foreign.buffer))).toBe('direction-other-model');
    const [taken] = await desk().importDirections(foreign.buffer, { name: 'foreign.safetensors', anyway: true });
    expect(taken).toMatchObject({ name: 'foreign', layers: '0-1' });
    expect(await codeOf(desk().importDirections(new Uint8Array(12).buffer))).toBe('directions-unknown');
  });
});

test('directions, names, stars, measures and labels outlive a reload; other models have their own', async () => {
  const before = await listed();
  const { hash } = (await workbench.getState()).model ?? expect.fail('no model');
  await vi.waitFor(async () => {
    const kept = (await store.load(hash))?.directions ?? [];
    expect(kept.map(({ id, measures, starred }) => [id, measures, starred])).toEqual(
      before.map(({ id, measures, starred }) => [id, measures, starred]),
    );
  });
  const reloaded = new Workbench(testGpu(), { directionStore: store });
  try {
    await reloaded.openModel(face64);
    expect((await reloaded.getState()).directions).toEqual(before);
    expect(await reloaded.discovery.labels()).toEqual(await desk().labels());
    await reloaded.openModel(skip32);
    expect((await reloaded.getState()).directions).toEqual([]);
    expect(await reloaded.discovery.labels()).toEqual([]);
  } finally {
    await reloaded.dispose();
  }
});
