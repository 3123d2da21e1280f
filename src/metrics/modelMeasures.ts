/** Measures of a model itself, whatever its directions. */
import type { ScoredSamples } from '../discovery/scoredSamples.js';
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Generator } from '../models/generator.js';
import { factorsOf } from './bestAxes.js';
import type { ModelMeasures } from './methodMeasures.js';
import { nextTask } from './nextTask.js';
import { pathLength, type PictureDistance } from './pathLength.js';
import { conditionalEntropies } from './separability.js';
import { column, rowsBetween, tableOf } from './table.js';

export interface ModelMeasuresRequest {
  readonly attributes: readonly string[];
  /** Compares pictures; null where there is nothing to compare by, and no path length then. */
  readonly distance: PictureDistance | null;
  /** Ways for the path length. */
  readonly ways: number;
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (label: string, fraction: number) => void;
}

/** Multiply-adds of a Newton step on all rows that a page can wait for. */
const workOfStep = 4e8;
/** Rows an SVM needs for each number of the latent, lest it learn them by heart. */
const rowsADimension = 16;

/**
 * Path length and separability.
 * @throws GanvasError `invalid-measure`, `cancelled`, and of `Engine.compile`
 */
export async function measureModel(
  engine: Engine,
  generator: Generator,
  samples: ScoredSamples,
  request: ModelMeasuresRequest,
): Promise<ModelMeasures> {
  const { distance, ways, seed, class: label, signal, onProgress } = request;
  const separability = await separabilityOf(generator, samples, request);
  if (distance === null) return { ppl: null, features: null, separability };
  const ppl = await pathLength(engine, generator, distance, {
    space: generator.latentSpaces.includes('w') ? 'w' : 'z',
    samples: ways,
    seed,
    class: label,
    ...(signal === undefined ? {} : { signal }),
    onProgress: (fraction) => onProgress?.('Measuring the path length', 0.5 + fraction / 2),
  });
  return { ppl, features: distance.name, separability };
}

/** One attribute at a time, so that a cancel comes through. */
async function separabilityOf(
  { latentSpaces }: Generator,
  samples: ScoredSamples,
  { attributes, signal, onProgress }: ModelMeasuresRequest,
): Promise<number> {
  const [values, dim] = latentSpaces.includes('w') ? [samples.w, samples.wDim] : [samples.z, samples.zDim];
  const rows = Math.min(samples.count, Math.max(rowsADimension * dim, Math.floor(workOfStep / dim ** 2)));
  const latents = rowsBetween(tableOf(values, dim), 0, rows);
  const scores = rowsBetween(factorsOf(samples, attributes), 0, rows);
  let bits = 0;
  for (const index of attributes.keys()) {
    onProgress?.('Measuring separability', (0.5 * index) / attributes.length);
    await nextTask();
    if (signal?.aborted === true) throw new GanvasError('cancelled', 'Measuring was cancelled.');
    bits += conditionalEntropies(latents, tableOf(column(scores, index), 1))[0] ?? 0;
  }
  return 2 ** bits;
}
