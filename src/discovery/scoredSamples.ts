/** Random pictures of a model, scored as they are made: what supervised methods learn from. */
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { at } from '../engine/shape.js';
import { constantTensor, inputTensor } from '../engine/tensor.js';
import { LatentDraws } from '../latent/latentDraws.js';
import { checkPredictorFits, type AttributePredictor } from '../models/attributePredictor.js';
import { classLabels } from '../models/classLabels.js';
import type { Generator } from '../models/generator.js';
import { scoresOf, scoringBatch, throwIfCancelled } from './pictureScorer.js';

export { PictureScorer, scorePictures, type ScoringOptions } from './pictureScorer.js';

/** Latents of a model's own pictures, and what a predictor reads off the pictures. */
export interface ScoredSamples {
  readonly count: number;
  readonly zDim: number;
  readonly wDim: number;
  /** [count, zDim] */
  readonly z: Float32Array<ArrayBuffer>;
  /** [count, wDim], before truncation. */
  readonly w: Float32Array<ArrayBuffer>;
  readonly attributes: readonly string[];
  /** [count, attributes.length], row-major. */
  readonly scores: Float32Array<ArrayBuffer>;
}

export interface SampleRequest {
  readonly count: number;
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  /** Truncation of the pictures; 1 for a model that cannot truncate. */
  readonly psi: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Called as rows come in, with everything so far, at most a few times a second. The arrays are views that stay valid. */
  readonly onSamples?: (samples: ScoredSamples) => void;
}

/** Least milliseconds between two interim results, and the part of the time that they may take: they grow with the samples. */
const [interimPause, interimPart] = [400, 0.05];

/**
 * Draws z as RandomState(seed).randn(count, zDim) in order, maps it, makes the pictures at `psi` with constant noise and
 * scores them, all in one program a batch. While one batch is read, the next is computed.
 * @throws GanvasError `invalid-samples`, `predictor-mismatch`, `class-missing`, `cancelled`, and of `Engine.compile`
 */
export async function sampleScored(
  engine: Engine,
  generator: Generator,
  predictor: AttributePredictor,
  request: SampleRequest,
): Promise<ScoredSamples> {
  checkCount(request.count);
  checkPredictorFits(predictor, generator);
  throwIfCancelled(request.signal);
  const program = await compileSampling(engine, generator, predictor, request);
  try {
    return await drawAll(program, generator, predictor.attributes, request);
  } finally {
    program.dispose();
  }
}

function compileSampling(
  engine: Engine,
  generator: Generator,
  predictor: AttributePredictor,
  { class: label, psi }: SampleRequest,
): Promise<Program> {
  const batch = scoringBatch(engine, generator);
  const shape = [batch, generator.zDim];
  const psis = new Float32Array(generator.numWs).fill(generator.canTruncate ? psi : 1);
  return engine.compile(
    ({ z = inputTensor('z', shape) }) => {
      const w = generator.mapping(z, classLabels(generator, label, batch));
      const ws = generator.truncate(w, constantTensor('psi', [generator.numWs], psis));
      return { w, scores: scoresOf(generator, predictor, ws, psi) };
    },
    { z: shape },
    { label: 'scored samples' },
  );
}

async function drawAll(
  program: Program,
  generator: Generator,
  attributes: readonly string[],
  { count, seed, signal, onProgress, onSamples }: SampleRequest,
): Promise<ScoredSamples> {
  const { zDim, wDim } = generator;
  const batch = at(program.outputShape('w'), 0);
  const all: ScoredSamples = {
    count,
    zDim,
    wDim,
    z: new Float32Array(count * zDim),
    w: new Float32Array(count * wDim),
    attributes,
    scores: new Float32Array(count * attributes.length),
  };
  const draws = new LatentDraws(generator, seed);
  const start = (first: number): void => {
    const rows = Math.min(batch, count - first);
    const z = new Float32Array(batch * zDim);
    z.set(draws.next(rows));
    all.z.set(z.subarray(0, rows * zDim), first * zDim);
    program.run({ z });
  };
  let nextInterim = performance.now() + interimPause;
  start(0);
  for (let first = 0; first < count; first += batch) {
    const done = Math.min(first + batch, count);
    // The copies are queued before the next run, so that it does not overwrite what they read.
    const reading = Promise.all([program.read('w'), program.read('scores')]);
    if (done < count && signal?.aborted !== true) start(done);
    const [w, scores] = await reading;
    all.w.set(w.subarray(0, (done - first) * wDim), first * wDim);
    all.scores.set(scores.subarray(0, (done - first) * attributes.length), first * attributes.length);
    throwIfCancelled(signal);
    onProgress?.(done, count);
    const now = performance.now();
    if (now < nextInterim || done === count) continue;
    onSamples?.(firstSamples(all, done));
    const took = performance.now() - now;
    nextInterim = now + Math.max(interimPause, took / interimPart);
  }
  return all;
}

/** The first rows, as views. */
function firstSamples(all: ScoredSamples, count: number): ScoredSamples {
  return {
    ...all,
    count,
    z: all.z.subarray(0, count * all.zDim),
    w: all.w.subarray(0, count * all.wDim),
    scores: all.scores.subarray(0, count * all.attributes.length),
  };
}

/** As many as InterFaceGAN draws. */
const mostSamples = 500_000;

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 1 && count <= mostSamples) return;
  throw new GanvasError(
    'invalid-samples',
    `${count} samples were asked for. Expected a whole number from 1 to ${mostSamples}.`,
    { count: String(count), most: mostSamples },
  );
}
