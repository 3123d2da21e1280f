import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { GanvasError } from '../../src/engine/errors.js';
import { base64ToBytes } from '../../src/latent/base64.js';
import type { Recipe } from '../../src/latent/recipe.js';
import type { WorkbenchEvent } from '../../src/workbench/api.js';
import type { CausalStatus, DissectionStatus, PaintStroke } from '../../src/workbench/dissectionApi.js';
import { DissectionDesk } from '../../src/workbench/dissectionDesk.js';
import { JobSlot } from '../../src/workbench/jobSlot.js';
import { GeneratorSession } from '../../src/workbench/session.js';
import type { Stage } from '../../src/workbench/stage.js';
import { createTestEngine } from '../ops/evaluate.js';
import {
  openStamps,
  pictureSize,
  stampLayer,
  stamps,
  stampSegmenterFile,
  stampSize,
  stampUnits,
} from '../planted/stamps.js';

let engine: Engine;
let session: GeneratorSession;
let recipe: Recipe;
let events: WorkbenchEvent[];
let stage: Stage;
let desk: DissectionDesk;
/** Thrown instead of giving the engine, the first time. */
let lossToCome: GanvasError | null;

const segmenter = new Blob([stampSegmenterFile().bytes]);
const request = { layers: [stampLayer], concepts: 'segmenter', samples: 40, seed: 3 } as const;
const search = { layer: stampLayer, concept: 'disc', steps: 10, seed: 1 };
const never = (): never => {
  throw new Error('nobody asked for that');
};

beforeAll(async () => {
  engine = await createTestEngine();
  session = await GeneratorSession.open(engine, await openStamps());
});
afterAll(() => session.dispose());

beforeEach(() => {
  recipe = session.defaultRecipe(0);
  events = [];
  lossToCome = null;
  stage = {
    jobs: new JobSlot(),
    engine: () => {
      const loss = lossToCome;
      lossToCome = null;
      return loss === null ? Promise.resolve(engine) : Promise.reject(loss);
    },
    session: () => session,
    directions: never,
    recipe: () => recipe,
    commit: (next) => {
      recipe = next;
      return Promise.resolve();
    },
    preview: never,
    recovered: () => Promise.resolve(),
    tell: (event) => events.push(event),
    tellState: never,
  };
  desk = new DissectionDesk(stage);
  desk.modelOpened(session.summary.hash);
});

const dissections = (): (DissectionStatus | null)[] =>
  events.flatMap((event) => (event.type === 'dissection' ? [event.dissection] : []));
const searches = (): (CausalStatus | null)[] =>
  events.flatMap((event) => (event.type === 'causal' ? [event.causal] : []));

/** Until the job under way has ended. */
async function idle(): Promise<void> {
  while (stage.jobs.isBusy) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function dissected(change: object = {}): Promise<DissectionStatus | null> {
  await desk.openSegmenter(segmenter, null);
  await desk.startDissection({ ...request, ...change });
  await idle();
  return dissections().at(-1) ?? null;
}

describe('a dissection', () => {
  test('is told from its start to its result', async () => {
    const status = await dissected();
    expect(dissections()[0]).toMatchObject({ phase: 'running', fraction: 0, result: null, request });
    expect(status).toMatchObject({ phase: 'finished', fraction: 1, error: null });
    expect(status?.result?.concepts).toEqual(['background', ...stamps]);
    stamps.forEach((stamp) => {
      expect(status?.result?.byConcept[stamp]).toHaveLength(32);
      expect(status?.result?.byConcept[stamp]?.[0]).toMatchObject({ unit: stampUnits[stamp], layer: stampLayer });
    });
    expect(status?.result?.best).toHaveLength(64);
  });

  test('by luma needs no segmenter', async () => {
    await desk.startDissection({ ...request, concepts: 'luma', samples: 8 });
    await idle();
    expect(dissections().at(-1)?.result?.concepts).toEqual(['light', 'dark']);
  });

  test('goes on after a lost device', async () => {
    lossToCome = new GanvasError('device-lost', 'The device was lost.');
    expect(await dissected({ samples: 8 })).toMatchObject({ phase: 'finished', error: null });
  });

  test('that fails for good says why', async () => {
    const final = new GanvasError('device-lost', 'The device was lost too often.');
    stage = { ...stage, engine: () => Promise.reject(final), recovered: () => Promise.reject(final) };
    desk = new DissectionDesk(stage);
    expect(await dissected()).toMatchObject({ phase: 'failed', error: { code: 'device-lost' } });
  });

  test('is cancelled, and leaves room for the next', async () => {
    await desk.openSegmenter(segmenter, null);
    await desk.startDissection({ ...request, samples: 100_000 });
    await expect(desk.startDissection(request)).rejects.toMatchObject({ code: 'job-busy' });
    await expect(desk.startCausalSearch(search)).rejects.toMatchObject({ code: 'job-busy' });
    await desk.cancelDissection();
    await idle();
    expect(dissections().at(-1)).toMatchObject({ phase: 'cancelled', error: null });
  });

  test.each([
    ['without a segmenter', {}, 'segmenter-missing'],
    ['of an unknown layer', { layers: ['nowhere'] }, 'invalid-dissection'],
    ['of no samples', { samples: 0 }, 'invalid-dissection'],
  ])('%s does not begin', async (_, change, code) => {
    await expect(desk.startDissection({ ...request, ...change })).rejects.toMatchObject({ code });
    expect([stage.jobs.isBusy, events]).toEqual([false, []]);
  });

  test('goes with its model, and stays when the same one is opened again', async () => {
    await dissected({ samples: 8 });
    desk.modelOpened(session.summary.hash);
    expect(dissections()).not.toContain(null);
    desk.modelOpened('another');
    expect([dissections().at(-1), searches().at(-1)]).toEqual([null, null]);
    await expect(desk.paint(stroke)).rejects.toMatchObject({ code: 'not-dissected' });
  });
});

describe('a causal search', () => {
  test('ranks units by α, and dissects the layer by itself where nobody has', async () => {
    await desk.openSegmenter(segmenter, null);
    await desk.startCausalSearch(search);
    await idle();
    const last = searches().at(-1);
    expect(last).toMatchObject({ phase: 'finished', step: 10, error: null, request: search });
    expect(last?.units).toHaveLength(32);
    expect(last?.units[0]?.unit).toBe(stampUnits.disc);
    expect(last?.loss).toBeLessThan(0);
  });

  test.each([
    ['of an unknown layer', { layer: 'nowhere' }, 'invalid-dissection'],
    ['for an unknown concept', { concept: 'door' }, 'concept-missing'],
    ['of no steps', { steps: 0 }, 'invalid-dissection'],
  ])('%s does not begin', async (_, change, code) => {
    await expect(desk.startCausalSearch(search)).rejects.toMatchObject({ code: 'segmenter-missing' });
    await desk.openSegmenter(segmenter, null);
    await expect(desk.startCausalSearch({ ...search, ...change })).rejects.toMatchObject({ code });
  });

  test('is cancelled', async () => {
    await desk.openSegmenter(segmenter, null);
    await desk.startCausalSearch({ ...search, steps: 100_000 });
    await desk.cancelCausalSearch();
    await idle();
    expect(searches().at(-1)).toMatchObject({ phase: 'cancelled' });
  });
});

/** Over the upper left quarter. */
const mask = Uint8Array.from({ length: pictureSize ** 2 }, (_, pixel) =>
  pixel % pictureSize < pictureSize / 2 && pixel < pictureSize ** 2 / 2 ? 255 : 0,
);
const stroke: PaintStroke = {
  layer: stampLayer,
  concept: 'disc',
  mode: 'draw',
  units: 1,
  mask,
  size: pictureSize,
};

describe('painting', () => {
  test('adds each stroke to the recipe, one after the other', async () => {
    await dissected();
    await Promise.all([desk.paint(stroke), desk.paint({ ...stroke, mode: 'erase', concept: 'strip' })]);
    expect(recipe.units).toMatchObject([
      { name: 'Draw disc', layer: stampLayer, units: [stampUnits.disc], strength: 1, muted: false },
      { name: 'Erase strip', layer: stampLayer, units: [stampUnits.strip], values: [0] },
    ]);
    expect(recipe.units?.[0]?.values[0]).toBeGreaterThan(0.5);
    expect(base64ToBytes(recipe.units?.[0]?.mask ?? '')).toHaveLength(stampSize ** 2);
  });

  test('needs a dissection, and a mask that covers something', async () => {
    await expect(desk.paint(stroke)).rejects.toMatchObject({ code: 'not-dissected' });
    await dissected({ samples: 8 });
    const empty = { ...stroke, mask: new Uint8Array(pictureSize ** 2) };
    await expect(desk.paint(empty)).rejects.toMatchObject({ code: 'mask-empty' });
    await expect(desk.paint({ ...stroke, size: 5 })).rejects.toMatchObject({ code: 'mask-size' });
    expect(recipe.units).toBeUndefined();
  });
});

describe('units of the present picture', () => {
  /** A z that shows every stamp. */
  const showing = [2, 2, 2, 0.3, -0.4, 0.5, 0.1, 0.2];

  test('are ranked by a brushed region', async () => {
    recipe = { ...recipe, latent: { space: 'z', values: showing } };
    const bottom = Uint8Array.from({ length: 256 }, (_, pixel) => (pixel >= 240 ? 255 : 0));
    const ranked = await desk.unitsOfRegion(stampLayer, bottom, 16);
    expect(ranked[0]).toMatchObject({ unit: stampUnits.strip, concept: 'region' });
    expect(ranked[0]?.iou).toBeGreaterThan(0.95);
    await expect(desk.unitsOfRegion(stampLayer, bottom, 15)).rejects.toMatchObject({ code: 'mask-size' });
    await expect(desk.unitsOfRegion('nowhere', bottom, 16)).rejects.toMatchObject({ code: 'invalid-dissection' });
  });

  test('are drawn from least to most at the size of their layer', async () => {
    recipe = { ...recipe, latent: { space: 'z', values: showing } };
    const [strip, other] = await desk.unitMaps({ layer: stampLayer, units: [stampUnits.strip, 0] });
    expect([strip?.width, strip?.height, other?.data.length]).toEqual([stampSize, stampSize, 4 * stampSize ** 2]);
    const grey = (row: number): number | undefined => strip?.data[4 * row * stampSize];
    expect([grey(0), grey(stampSize - 2), grey(stampSize - 1)]).toEqual([0, 0, 255]);
    await expect(desk.unitMaps({ layer: stampLayer, units: [64] })).rejects.toMatchObject({
      code: 'invalid-dissection',
    });
  });

  test('lose their concept when they are zeroed, by the segmenter', async () => {
    await desk.openSegmenter(segmenter, null);
    const changes = await desk.measureAblation({ layer: stampLayer, units: [stampUnits.bar] }, 16);
    const areaChange = Object.fromEntries(changes.map((change) => [change.concept, change.areaChange]));
    expect(areaChange['bar']).toBe(-1);
    expect([areaChange['disc'], areaChange['strip']]).toEqual([0, 0]);
  });

  test('have the layers that can be looked at', async () => {
    expect(await desk.featureLayers()).toEqual([
      { name: stampLayer, channels: 64, resolution: stampSize },
      { name: 'twice', channels: 64, resolution: pictureSize },
    ]);
  });
});

describe('a segmenter', () => {
  test('is named by its parts', async () => {
    expect(await desk.segmenterParts()).toEqual([]);
    expect(await desk.openSegmenter(segmenter, null)).toEqual(['background', ...stamps]);
    expect(await desk.segmenterParts()).toEqual(['background', ...stamps]);
  });

  test('that is none leaves the one before in place', async () => {
    await desk.openSegmenter(segmenter, null);
    await expect(desk.openSegmenter(new Blob(['no network']), null)).rejects.toBeInstanceOf(GanvasError);
    expect(await desk.segmenterParts()).toHaveLength(4);
  });
});
