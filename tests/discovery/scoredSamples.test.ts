import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { recognisePredictor } from '../../src/checkpoints/predictorFile.js';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import {
  PictureScorer,
  sampleScored,
  scorePictures,
  type SampleRequest,
  type ScoredSamples,
} from '../../src/discovery/scoredSamples.js';
import { scoringBatch } from '../../src/discovery/pictureScorer.js';
import type { Engine } from '../../src/engine/engine.js';
import { GanvasError } from '../../src/engine/errors.js';
import { at } from '../../src/engine/shape.js';
import { sampleW } from '../../src/inversion/wSamples.js';
import { RandomState } from '../../src/latent/randomState.js';
import { truncatedNormals } from '../../src/latent/truncatedNormal.js';
import { LatentDraws } from '../../src/latent/latentDraws.js';
import type { AttributePredictor } from '../../src/models/attributePredictor.js';
import type { Generator } from '../../src/models/generator.js';
import { reduceMean } from '../../src/ops/reduce.js';
import { openCheckpoint } from '../../src/workbench/openedCheckpoint.js';
import { goldenGenerator, picturesOf, tinyGenerator } from '../inversion/tinyGenerator.js';
import { createTestEngine } from '../ops/evaluate.js';

/** The mean of each channel, which any size of picture has. */
const channelMeans: AttributePredictor = {
  attributes: ['red', 'green', 'blue'],
  resolution: null,
  imgChannels: 3,
  scores: (picture) => reduceMean(picture, [2, 3]),
};

const request: SampleRequest = { count: 7, seed: 5, class: null, psi: 1 };

let engine: Engine;
let tiny: Generator;
beforeAll(async () => {
  engine = await createTestEngine();
  tiny = await tinyGenerator();
});

function channelMeansOf(picture: Float32Array): number[] {
  const size = picture.length / 3;
  return [0, 1, 2].map((channel) => {
    const plane = picture.subarray(channel * size, (channel + 1) * size);
    return plane.reduce((sum, value) => sum + value, 0) / size;
  });
}

function expectClose(ours: ArrayLike<number>, theirs: ArrayLike<number>, tolerance = 1e-5): void {
  expect(ours).toHaveLength(theirs.length);
  Array.from(theirs).forEach((value, i) => expect(Math.abs(at(ours, i) - value)).toBeLessThan(tolerance));
}

async function codeOfRejection(work: Promise<unknown>): Promise<string> {
  const thrown: unknown = await work.then(
    () => null,
    (error: unknown) => error,
  );
  if (thrown instanceof GanvasError) return thrown.code;
  throw new Error(`expected a GanvasError, got ${String(thrown)}`);
}

describe('scored samples', () => {
  it('are the draws of NumPy, their w as everywhere else, and the scores of their pictures', async () => {
    const samples = await sampleScored(engine, tiny, channelMeans, request);
    expect(samples).toMatchObject({ count: 7, zDim: 8, wDim: 8, attributes: ['red', 'green', 'blue'] });
    expect([...samples.z]).toEqual([...Float32Array.from(new RandomState(5).randn(7 * 8))]);
    const draws = await sampleW(engine, tiny, { class: null, count: 7, seed: 5 });
    expect([...samples.z]).toEqual([...draws.z]);
    expectClose(samples.w, draws.values);
    const ws = Array.from({ length: 7 }, (_, row) => draws.values.slice(row * 8, (row + 1) * 8));
    const pictures = await picturesOf(engine, tiny, ws);
    expectClose(samples.scores, pictures.flatMap(channelMeansOf));
  });

  it('do not depend on how they fall into batches', async () => {
    const count = scoringBatch(engine, tiny) + 3;
    const all = await sampleScored(engine, tiny, channelMeans, { ...request, count });
    const few = await sampleScored(engine, tiny, channelMeans, { ...request, count: 5 });
    expect([...all.z.subarray(0, few.z.length)]).toEqual([...few.z]);
    expect([...all.w.subarray(0, few.w.length)]).toEqual([...few.w]);
    expect([...all.scores.subarray(0, few.scores.length)]).toEqual([...few.scores]);
    const last = await sampleW(engine, tiny, { class: null, count, seed: 5 });
    expectClose(all.w, last.values);
    expect(new Set(all.scores).size).toBeGreaterThan(count);
  });

  it('come in on the way, as many as there are', async () => {
    const count = 40 * scoringBatch(engine, tiny);
    const parts: ScoredSamples[] = [];
    const progress: number[] = [];
    const samples = await sampleScored(engine, tiny, channelMeans, {
      ...request,
      count,
      onSamples: (part) => parts.push(part),
      onProgress: (done, total) => {
        expect(total).toBe(count);
        progress.push(done);
      },
    });
    expect(progress).toHaveLength(40);
    expect(progress.at(-1)).toBe(count);
    for (const part of parts) {
      expect(part.count).toBeLessThan(count);
      expect(part.scores).toHaveLength(part.count * 3);
      expect([...part.w]).toEqual([...samples.w.subarray(0, part.w.length)]);
    }
  });

  it('are told of seldom when what hears of them is slow', async () => {
    const begun = performance.now();
    const took = 50;
    let told = 0;
    const onSamples = (): void => {
      told++;
      for (const until = performance.now() + took; performance.now() < until;);
    };
    await sampleScored(engine, tiny, channelMeans, { ...request, count: 1000 * scoringBatch(engine, tiny), onSamples });
    expect(told).toBeGreaterThan(0);
    // The last one was still within its part of the time when it began.
    expect((told - 1) * took).toBeLessThanOrEqual(0.06 * (performance.now() - begun));
  });

  it('are truncated by psi in the picture, and not in w', async () => {
    const generator = await goldenGenerator('stylegan2-ada-32-skip');
    const [full, half] = [
      await sampleScored(engine, generator, channelMeans, { ...request, count: 3 }),
      await sampleScored(engine, generator, channelMeans, { ...request, count: 3, psi: 0.5 }),
    ];
    expect([...half.w]).toEqual([...full.w]);
    expect([...half.scores]).not.toEqual([...full.scores]);
    const none = await sampleScored(engine, generator, channelMeans, { ...request, count: 3, psi: 0 });
    expectClose(none.scores.subarray(3, 6), none.scores.subarray(0, 3), 1e-6);
  });

  it('are of one class of a conditional model', async () => {
    const generator = await goldenGenerator('stylegan2-ada-32-cond5');
    const [first, second] = [
      await sampleScored(engine, generator, channelMeans, { ...request, count: 2, class: 1 }),
      await sampleScored(engine, generator, channelMeans, { ...request, count: 2, class: 2 }),
    ];
    expect([...first.z]).toEqual([...second.z]);
    expect([...first.w]).not.toEqual([...second.w]);
    expect(await codeOfRejection(sampleScored(engine, generator, channelMeans, request))).toBe('class-missing');
  });

  it('have the bundled scores of the bundled pictures', async () => {
    const file = (name: string): Uint8Array => new Uint8Array(readFileSync(`weights/face64/${name}`));
    const { generator } = await openCheckpoint(file('face64-g.safetensors'), 'face64');
    const predictor = recognisePredictor(readSafetensors(file('face64-predictor.safetensors')), null);
    const golden = readSafetensors(file('face64-golden.safetensors')).networks[0]?.tensors;
    const tensor = (name: string): Float32Array<ArrayBuffer> => {
      const found = golden?.get(name);
      if (found === undefined) throw new Error(`no ${name}`);
      return Float32Array.from(readTensor(found));
    };
    const scores = await scorePictures(engine, generator, predictor, tensor('ws_psi07'));
    expectClose(scores, tensor('predictor_psi07'), 1e-4);
  });
});

describe('what cannot be sampled', () => {
  const sampled = (changes: Partial<SampleRequest>, predictor = channelMeans): Promise<ScoredSamples> =>
    sampleScored(engine, tiny, predictor, { ...request, ...changes });

  it('is refused with its reason', async () => {
    for (const count of [0, 1.5, NaN, 500_001])
      expect(await codeOfRejection(sampled({ count }))).toBe('invalid-samples');
    expect(await codeOfRejection(sampled({ seed: -1 }))).toBe('invalid-seed');
    expect(await codeOfRejection(sampled({}, { ...channelMeans, imgChannels: 1 }))).toBe('predictor-mismatch');
  });

  it('ends when it is cancelled, before and on the way, and lets go of its buffers', async () => {
    const bytes = engine.allocatedBytes;
    const controller = new AbortController();
    const count = 100 * scoringBatch(engine, tiny);
    let seen = 0;
    const onProgress = (done: number): void => {
      seen = done;
      if (done >= 3 * scoringBatch(engine, tiny)) controller.abort();
    };
    expect(await codeOfRejection(sampled({ count, signal: controller.signal, onProgress }))).toBe('cancelled');
    expect(seen).toBe(3 * scoringBatch(engine, tiny));
    expect(await codeOfRejection(sampled({ signal: controller.signal }))).toBe('cancelled');
    expect(engine.allocatedBytes).toBe(bytes);
  });
});

describe('a picture scorer', () => {
  it('scores any number of W+ rows, layer by layer different', async () => {
    const scorer = await PictureScorer.compile(engine, tiny, channelMeans);
    const rows = scorer.batch + 2;
    const size = tiny.numWs * tiny.wDim;
    const ws = Float32Array.from(new RandomState(2).randn(rows * size));
    const progress: number[] = [];
    const scores = await scorer.scores(ws, { onProgress: (done) => progress.push(done) });
    expect(progress).toEqual([scorer.batch, rows]);
    const last = await scorer.scores(ws.slice((rows - 1) * size));
    expect([...scores.subarray(-3)]).toEqual([...last]);
    expect(await scorer.scores(new Float32Array())).toHaveLength(0);
    expect(await codeOfRejection(scorer.scores(ws.slice(1)))).toBe('latent-length');
    const controller = new AbortController();
    controller.abort();
    expect(await codeOfRejection(scorer.scores(ws, { signal: controller.signal }))).toBe('cancelled');
    scorer.dispose();
  });

  it('makes pictures small by area for a predictor of another size', async () => {
    const small: AttributePredictor = {
      ...channelMeans,
      resolution: 4,
      scores: (picture) => {
        expect(picture.shape.slice(1)).toEqual([3, 4, 4]);
        return channelMeans.scores(picture);
      },
    };
    const w = Float32Array.from(new RandomState(3).randn(tiny.wDim));
    const ws = Float32Array.from({ length: tiny.numWs * tiny.wDim }, (_, k) => at(w, k % tiny.wDim));
    const scores = await scorePictures(engine, tiny, small, ws);
    // Means of areas keep the mean.
    expectClose(scores, channelMeansOf(at(await picturesOf(engine, tiny, [w]), 0)));
  });
});

describe('draws of latents', () => {
  it('are the same in any portions, normal or truncated as the model wants them', () => {
    const normal = new LatentDraws({ zDim: 3, zDistribution: 'normal' }, 8);
    expect([...normal.next(1), ...normal.next(3)]).toEqual([...Float32Array.from(new RandomState(8).randn(12))]);
    const cut = new LatentDraws({ zDim: 3, zDistribution: 'truncated-normal' }, 8);
    const expected = Float32Array.from(truncatedNormals(new RandomState(8).randomSample(12)));
    expect([...cut.next(3), ...cut.next(1)]).toEqual([...expected]);
  });
});
