/** All methods on one model, by the same samples and the same attributes. */
import type { BoundaryEstimator } from '../discovery/boundary.js';
import { discoverGanspace } from '../discovery/ganspace.js';
import { discoverInterfaceGan } from '../discovery/interfaceGan.js';
import type { ScoredSamples } from '../discovery/scoredSamples.js';
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import { RandomState } from '../latent/randomState.js';
import type { AttributePredictor } from '../models/attributePredictor.js';
import type { Generator } from '../models/generator.js';
import { bestAxes, codesOf, factorsOf, strengthOf, type BestAxis } from './bestAxes.js';
import { dci } from './dci.js';
import type { MethodMeasures } from './methodMeasures.js';
import { mutualInformationGap } from './mig.js';
import { meanOf } from './moments.js';
import { nextTask } from './nextTask.js';
import { DirectionMeter } from './rescoring.js';
import { separatedAttributePredictability } from './sap.js';
import { changesPerUnit } from './sideEffect.js';
import { column, type Table } from './table.js';

/** A model as far as comparing goes. */
export interface ComparedModel {
  readonly generator: Generator;
  readonly modelHash: string;
  /** The strongest SeFa directions over all layers; null where SeFa is not possible. */
  readonly sefa: ((count: number) => readonly Direction[]) | null;
}

export interface ComparisonRequest {
  /** Names among the samples' attributes. */
  readonly attributes: readonly string[];
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  /** Pictures on which side effects are measured. */
  readonly pictures: number;
  readonly signal?: AbortSignal;
  readonly onMethod: (measures: MethodMeasures) => void;
  /** What is being done, and the part of the whole that is. */
  readonly onProgress?: (label: string, fraction: number) => void;
}

/** A method by name, and how its axes are had. */
export interface ComparedMethod {
  readonly name: string;
  readonly axes: () => Promise<readonly Direction[]>;
}

/** Axes that an unsupervised method is given at least; as many as there are attributes, if those are more. */
const fewestAxes = 10;
/** Latents that GANSpace looks at, if the samples are fewer: they cost no pictures. */
const ganspaceSamples = 10_000;
/** Part of the samples that InterFaceGAN takes on either side: the official code's. */
const chosen = 0.02;
/** Samples on either side that are too few to fit a boundary to. */
const fewestExtremes = 50;
/** Standard deviations of the latents by which side effects are measured. */
const deviations = 2;

const estimators: readonly (readonly [BoundaryEstimator, string])[] = [
  ['svm', 'SVM'],
  ['mean-difference', 'mean difference'],
  ['logistic', 'logistic regression'],
];

/** The methods that can be had on a model, random directions last. */
export function comparedMethods(
  engine: Engine,
  { generator, modelHash, sefa }: ComparedModel,
  samples: ScoredSamples,
  { attributes, seed, class: label, signal }: Omit<ComparisonRequest, 'onMethod' | 'onProgress' | 'pictures'>,
): ComparedMethod[] {
  const layers = generator.wLayers.map(({ index }) => index);
  const { numWs } = generator;
  const space = generator.latentSpaces.includes('w') ? 'w' : 'z';
  const dim = space === 'w' ? generator.wDim : generator.zDim;
  const count = Math.min(dim, Math.max(fewestAxes, attributes.length));
  const ganspace = {
    layers,
    count,
    samples: Math.max(samples.count, ganspaceSamples),
    seed,
    at: null,
    class: label,
    modelHash,
    ...(signal === undefined ? {} : { signal }),
  };
  const side = Math.max(chosen, Math.min(0.25, fewestExtremes / samples.count));
  const boundary = { attributes, space, chosen: side, layers, numWs, modelHash, seed } as const;
  return [
    ...(sefa === null ? [] : [{ name: 'SeFa', axes: () => Promise.resolve(sefa(count)) }]),
    { name: 'GANSpace', axes: () => discoverGanspace(engine, generator, ganspace) },
    ...estimators.map(([estimator, words]) => ({
      name: `InterFaceGAN, ${words}`,
      axes: () => Promise.resolve().then(() => discoverInterfaceGan(samples, { ...boundary, estimator })),
    })),
    { name: 'Random directions', axes: () => Promise.resolve(randomAxes(count, dim, space, layers, seed)) },
  ];
}

/**
 * Measures one method after the other; each is told of as it is done. A method that cannot be had on this model has a row
 * without numbers.
 * @throws GanvasError `invalid-measure`, `predictor-mismatch`, `cancelled`, and of `Engine.compile`
 */
export async function compareMethods(
  engine: Engine,
  model: ComparedModel,
  predictor: AttributePredictor,
  samples: ScoredSamples,
  request: ComparisonRequest,
): Promise<MethodMeasures[]> {
  const { pictures, seed, class: label, signal, onMethod, onProgress } = request;
  const factors = factorsOf(samples, request.attributes);
  const options = { samples: pictures, seed, class: label, ...(signal === undefined ? {} : { signal }) };
  const meter = await DirectionMeter.open(engine, model.generator, predictor, options);
  try {
    const methods = comparedMethods(engine, model, samples, request);
    const rows: MethodMeasures[] = [];
    for (const [index, { name, axes }] of methods.entries()) {
      onProgress?.(`Measuring ${name}`, index / methods.length);
      await nextTask();
      throwIfCancelled(signal);
      const found = await axes().catch(absent);
      const row =
        found === null ? unmeasured(name) : await measureMethod(name, found, samples, factors, meter, request);
      rows.push(row);
      onMethod(row);
    }
    return rows;
  } finally {
    meter.dispose();
  }
}

/** What a set of axes is worth. */
async function measureMethod(
  method: string,
  axes: readonly Direction[],
  samples: ScoredSamples,
  factors: Table,
  meter: DirectionMeter,
  { attributes, signal }: ComparisonRequest,
): Promise<MethodMeasures> {
  const codes = codesOf(samples, axes);
  const best = bestAxes(codes, factors);
  return {
    method,
    ...dci(codes, factors),
    mig: mutualInformationGap(codes, factors),
    sap: separatedAttributePredictability(codes, factors),
    bestCorrelation: meanOf(best.map(({ correlation }) => Math.abs(correlation))),
    sideEffect: await sideEffectOf(axes, codes, best, meter, attributes, signal),
  };
}

/** Movement of the others over movement of the wanted, both summed over attributes, so that one weak axis does not decide. */
async function sideEffectOf(
  axes: readonly Direction[],
  codes: Table,
  best: readonly BestAxis[],
  meter: DirectionMeter,
  attributes: readonly string[],
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const moved = new Map<number, number[]>();
  let [own, others] = [0, 0];
  for (const [wanted, { axis }] of best.entries()) {
    const direction = axes[axis];
    if (direction === undefined) return null;
    let changes = moved.get(axis);
    if (changes === undefined) {
      const strength = strengthOf(deviations, direction, column(codes, axis));
      const all = changesPerUnit(meter.before, await meter.after(direction, strength, null, signal), strength);
      changes = attributes.map((name) => all[meter.attributes.indexOf(name)] ?? 0);
      moved.set(axis, changes);
    }
    own += Math.abs(changes[wanted] ?? 0);
    const rest = changes.filter((_, index) => index !== wanted).map(Math.abs);
    others += rest.length > 0 ? meanOf(rest) : 0;
  }
  return own > 0 ? others / own : null;
}

/** Unit vectors of a seeded normal distribution. */
export function randomAxes(
  count: number,
  dim: number,
  space: 'z' | 'w',
  layers: readonly number[],
  seed: number,
): Direction[] {
  const random = new RandomState(seed);
  return Array.from({ length: count }, (_, index) => {
    const draw = random.randn(dim);
    const length = Math.hypot(...draw);
    return {
      name: `Random ${index + 1}`,
      space,
      layers: space === 'z' ? [] : layers,
      dim,
      vectors: Float32Array.from(draw, (value) => value / length),
      unit: `unit length in ${space}`,
      provenance: { method: 'random', parameters: { seed, index }, modelHash: null },
      statistics: {},
    };
  });
}

function absent(thrown: unknown): null {
  if (thrown instanceof GanvasError && !['cancelled', 'device-lost', 'gpu-out-of-memory'].includes(thrown.code))
    return null;
  throw thrown;
}

function unmeasured(method: string): MethodMeasures {
  return {
    method,
    disentanglement: null,
    completeness: null,
    informativeness: null,
    mig: null,
    sap: null,
    bestCorrelation: null,
    sideEffect: null,
  };
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new GanvasError('cancelled', 'Measuring was cancelled.');
}
