import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recognisePredictor } from '../../src/checkpoints/predictorFile.js';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import type { Engine } from '../../src/engine/engine.js';
import { GanvasError } from '../../src/engine/errors.js';
import type { AttributePredictor } from '../../src/models/attributePredictor.js';
import type { WorkbenchEvent } from '../../src/workbench/api.js';
import { DirectionLibrary } from '../../src/workbench/directionLibrary.js';
import { featureLoss } from '../../src/workbench/featureLoss.js';
import { JobSlot } from '../../src/workbench/jobSlot.js';
import type { MeasureStatus } from '../../src/workbench/measureApi.js';
import { MeasureDesk } from '../../src/workbench/measureDesk.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { GeneratorSession } from '../../src/workbench/session.js';
import type { Stage } from '../../src/workbench/stage.js';
import { createTestEngine } from '../ops/evaluate.js';

const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(`weights/face64/${name}.safetensors`));

let engine: Engine;
let session: GeneratorSession;
let predictor: AttributePredictor;
let otherModel = false;
const told: MeasureStatus[] = [];
let listener: () => void = () => undefined;
const jobs = new JobSlot();

beforeAll(async () => {
  engine = await createTestEngine();
  session = await GeneratorSession.open(engine, await openCheckpoint(bytesOf('face64-g'), 'face64'));
  predictor = recognisePredictor(readSafetensors(bytesOf('face64-predictor')), null);
});
afterAll(() => {
  session.dispose();
  engine.dispose();
});

const stage: Stage = {
  jobs,
  engine: () => Promise.resolve(engine),
  session: () => (otherModel ? ({ summary: { hash: 'other' } } as unknown as GeneratorSession) : session),
  directions: () => new DirectionLibrary(session.summary),
  recipe: () => session.defaultRecipe(0),
  commit: () => Promise.resolve(),
  preview: () => Promise.resolve(null),
  recovered: () => Promise.resolve(),
  tellState: () => undefined,
  tell: (event: WorkbenchEvent) => {
    if (event.type !== 'measures' || event.measures === null) return;
    told.push(event.measures);
    listener();
  },
};

const request = { samples: 120, seed: 4, attributes: ['yaw', 'hair_length'] } as const;

/** Starts a job and waits for its end; `during` sees every status. */
async function run(
  desk: MeasureDesk,
  during: (status: MeasureStatus) => void = () => undefined,
): Promise<MeasureStatus> {
  told.length = 0;
  const ended = new Promise<MeasureStatus>((resolve) => {
    listener = () => {
      const last = told[told.length - 1];
      if (last === undefined) return;
      if (last.phase === 'running') during(last);
      else resolve(last);
    };
  });
  await desk.startMeasuring(request);
  return ended;
}

async function refusal(
  desk: MeasureDesk,
  part: Partial<typeof request> | { samples: number } | { attributes: string[] },
): Promise<unknown> {
  return desk.startMeasuring({ ...request, ...part }).then(
    () => null,
    (error: unknown) => (error instanceof GanvasError ? error.code : error),
  );
}

describe('comparing methods on the open model', () => {
  const desk = (): MeasureDesk => {
    const { loss } = featureLoss({ name: 'predictor', bytes: bytesOf('face64-predictor') }, null);
    return new MeasureDesk(
      stage,
      () => predictor,
      () => loss,
    );
  };

  test('gives a row for each method as it is done, then the model’s own measures', async () => {
    const rows: number[] = [];
    const end = await run(desk(), ({ methods }) => rows.push(methods.length));
    expect(end).toMatchObject({ phase: 'finished', fraction: 1, error: null, request });
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
    expect(new Set(rows)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
    const byName = new Map(end.methods.map((row) => [row.method, row]));
    expect([...byName.keys()]).toEqual([
      'SeFa',
      'GANSpace',
      'InterFaceGAN, SVM',
      'InterFaceGAN, mean difference',
      'InterFaceGAN, logistic regression',
      'Random directions',
    ]);
    const [svm, random] = [byName.get('InterFaceGAN, SVM'), byName.get('Random directions')];
    expect(svm?.bestCorrelation).toBeGreaterThan((random?.bestCorrelation ?? NaN) + 0.1);
    expect(svm?.sideEffect).toBeLessThan(random?.sideEffect ?? NaN);
    expect(svm?.disentanglement).toBeGreaterThan(random?.disentanglement ?? NaN);
    for (const value of Object.values(svm ?? {})) expect(value).not.toBeNull();
    expect(end.model?.ppl).toBeGreaterThan(0);
    expect(end.model?.features).toContain('predictor');
    expect(end.model?.separability).toBeGreaterThanOrEqual(1);
    expect(
      told.every(({ fraction }, index) => index === 0 || (fraction ?? 0) >= (told[index - 1]?.fraction ?? 0)),
    ).toBe(true);
    expect(jobs.isBusy).toBe(false);
  }, 180_000);

  test.each([
    ['sampling', (status: MeasureStatus) => status.label === 'Rendering samples' && (status.fraction ?? 0) > 0.1],
    ['comparing', (status: MeasureStatus) => status.methods.length === 1],
  ])('cancels while %s, and keeps what was found', async (_, isThere) => {
    const one = desk();
    const end = await run(one, (status) => {
      if (isThere(status)) void one.cancelMeasuring();
    });
    expect(end).toMatchObject({ phase: 'cancelled', error: null });
    expect(end.methods.length).toBeLessThan(6);
    expect(jobs.isBusy).toBe(false);
  });

  test('ends when another model is opened', async () => {
    const end = await run(desk(), ({ fraction }) => {
      if ((fraction ?? 0) > 0.1) otherModel = true;
    });
    otherModel = false;
    expect(end.phase).toBe('cancelled');
  });

  test('refuses a second job, wrong requests, and a start without a predictor', async () => {
    const one = desk();
    expect(await refusal(one, { samples: 12.5 })).toBe('invalid-measure');
    expect(await refusal(one, { samples: 99 })).toBe('invalid-measure');
    expect(await refusal(one, { attributes: ['wings'] })).toBe('invalid-measure');
    expect(await refusal(new MeasureDesk(stage, () => null), {})).toBe('predictor-missing');
    const ended = run(one, () => void one.cancelMeasuring());
    expect(await refusal(one, {})).toBe('job-busy');
    await ended;
  });

  test('a failure is told as one, and frees the slot', async () => {
    const broken = {
      ...predictor,
      attributes: predictor.attributes,
      imgChannels: 1,
      scores: predictor.scores.bind(predictor),
    };
    const end = await run(new MeasureDesk(stage, () => broken));
    expect(end).toMatchObject({ phase: 'failed', error: { code: 'predictor-mismatch' } });
    expect(jobs.isBusy).toBe(false);
  });
});
