/** Runs a method of finding directions, and ranks what it found by what it does to pictures. */
import { measureEffects } from '../discovery/directionEffects.js';
import { discoverGanspace } from '../discovery/ganspace.js';
import { discoverInterfaceGan } from '../discovery/interfaceGan.js';
import { sampleScored, type ScoredSamples } from '../discovery/scoredSamples.js';
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import { formatLayerRange, parseLayerRange } from '../latent/layerRange.js';
import { MAX_SEED } from '../latent/randomState.js';
import type { AttributePredictor } from '../models/attributePredictor.js';
import type { DiscoveryRequest } from './discoveryApi.js';
import type { ModelSummary } from './api.js';
import type { OpenedCheckpoint } from './openedCheckpoint.js';

/** The model that is searched; a session of the workbench is one. */
export interface SearchedModel {
  readonly opened: OpenedCheckpoint;
  readonly summary: ModelSummary;
  /** All SeFa directions of a layer range, strongest first. */
  readonly sefaDirections: (layers: string) => readonly Direction[];
}

export interface FindingTask {
  readonly model: SearchedModel;
  /** What scores pictures; null while none is open. */
  readonly predictor: AttributePredictor | null;
  readonly request: DiscoveryRequest;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  readonly signal: AbortSignal;
  readonly onProgress: (label: string, fraction: number) => void;
  /** What the samples so far say; each list takes the place of the one before. */
  readonly onInterim: (directions: readonly Direction[], samplesDone: number) => void;
  /** The scored samples that supervised directions come from. */
  readonly onScored: (samples: ScoredSamples) => void;
}

type Request<M extends DiscoveryRequest['method']> = Extract<DiscoveryRequest, { method: M }>;

/** Pictures that directions are ranked on: the mean of so many tells directions apart that differ by a tenth. */
const rankedOn = 8;
/** Part of the whole that a method takes; ranking takes the rest. SeFa's own part is none. */
const methodPart = 0.7;
/** Samples before a boundary is tried at all. */
const fewestForInterim = 200;

/**
 * Finds what is asked for. The directions come with `effect` and `range` in their statistics (see `measureEffects`), those
 * with the largest effect first; InterFaceGAN's keep the order of their attributes.
 * @throws GanvasError `invalid-discovery`, `predictor-missing`, `cancelled`, and those of the methods
 */
export async function findDirections(engine: Engine, task: FindingTask): Promise<readonly Direction[]> {
  const { request, onInterim } = task;
  const found = await runMethod(engine, task);
  // They are there to be used while their ranking takes its time, and stay when that is cancelled.
  onInterim(found, request.method === 'sefa' ? 0 : request.samples);
  return rankDirections(engine, task, found);
}

/** @throws GanvasError `invalid-discovery`, `invalid-layer-range`, `predictor-missing` */
export function checkDiscovery({
  request,
  model,
  predictor,
}: Pick<FindingTask, 'request' | 'model' | 'predictor'>): void {
  layersOf(request, model);
  if (request.method !== 'sefa' && !(Number.isInteger(request.seed) && request.seed >= 0 && request.seed <= MAX_SEED)) {
    throw invalid(`The seed is ${request.seed}. Expected a whole number from 0 to ${MAX_SEED}.`);
  }
  if (request.method !== 'interfacegan') {
    if (Number.isInteger(request.count) && request.count >= 1) return;
    throw invalid(`${request.count} directions were asked for. Expected a whole number of at least 1.`);
  }
  if (predictor === null) {
    throw new GanvasError(
      'predictor-missing',
      'There is no attribute predictor to score pictures by. Open one, or label pictures by hand.',
    );
  }
  const unknown = request.attributes.find((name) => !predictor.attributes.includes(name));
  if (unknown !== undefined) {
    throw invalid(`The predictor has no attribute "${unknown}". Choose from ${predictor.attributes.join(', ')}.`);
  }
  if (!(request.chosen > 0 && request.chosen <= 0.5)) {
    throw invalid(`The part of the samples on either side is ${request.chosen}. Expected more than 0, at most 0.5.`);
  }
  if (request.space === 'w' && !model.summary.latentSpaces.includes('w')) {
    throw invalid('This model has no w. Look for directions of z.');
  }
}

/**
 * Finds what is asked for, in the method's own order: eigenvalues, variances, attributes.
 * @throws GanvasError as `findDirections`
 */
export function runMethod(engine: Engine, task: FindingTask): Promise<readonly Direction[]> {
  checkDiscovery(task);
  const { request } = task;
  switch (request.method) {
    case 'sefa':
      return sefa(task, request);
    case 'ganspace':
      return ganspace(engine, task, request);
    case 'interfacegan':
      return interfaceGan(engine, task, request);
  }
}

function sefa({ model, onInterim }: FindingTask, request: Request<'sefa'>): Promise<readonly Direction[]> {
  const { numWs } = model.summary;
  const range = formatLayerRange(parseLayerRange(request.layers, numWs), numWs);
  const found = model.sefaDirections(range).slice(0, request.count);
  onInterim(found, 0);
  return Promise.resolve(found);
}

async function ganspace(
  engine: Engine,
  task: FindingTask,
  request: Request<'ganspace'>,
): Promise<readonly Direction[]> {
  const { model, onProgress, onInterim, signal, class: label } = task;
  const { count, samples, seed, at } = request;
  onProgress('Sampling latents', 0);
  const found = await discoverGanspace(engine, model.opened.generator, {
    layers: layersOf(request, model),
    count,
    samples,
    seed,
    at,
    class: label,
    modelHash: model.summary.hash,
    signal,
    onProgress: (done, total) => onProgress('Sampling latents', (methodPart * done) / total),
    onInterim,
  });
  onInterim(found, samples);
  return found;
}

async function interfaceGan(
  engine: Engine,
  task: FindingTask,
  request: Request<'interfacegan'>,
): Promise<readonly Direction[]> {
  const { model, predictor, signal, onProgress, onInterim, onScored, class: label } = task;
  if (predictor === null) throw new RangeError('internal: checked before');
  const { numWs, hash: modelHash } = model.summary;
  const settings = { ...request, layers: layersOf(request, model), numWs, modelHash };
  onProgress('Rendering samples', 0);
  const samples = await sampleScored(engine, model.opened.generator, predictor, {
    count: request.samples,
    seed: request.seed,
    class: label,
    psi: 1,
    signal,
    onProgress: (done, total) => onProgress('Rendering samples', (methodPart * done) / total),
    onSamples: (some) => {
      if (some.count < fewestForInterim) return;
      onScored(some);
      // The difference of means is there at once; the estimator that was asked for has the last word.
      const guess = whatFits(() => discoverInterfaceGan(some, { ...settings, estimator: 'mean-difference' }));
      if (guess !== null) onInterim(guess, some.count);
    },
  });
  onScored(samples);
  onProgress('Fitting boundaries', methodPart);
  const found = discoverInterfaceGan(samples, settings);
  onInterim(found, samples.count);
  return found;
}

/** Null while there are too few samples on either side. */
function whatFits<T>(fit: () => T): T | null {
  try {
    return fit();
  } catch (error) {
    if (error instanceof GanvasError) return null;
    throw error;
  }
}

/** Adds what every direction does to pictures to its statistics, and sorts by it what has no order of its own. */
export async function rankDirections(
  engine: Engine,
  { model, request, signal, onProgress, class: label }: FindingTask,
  directions: readonly Direction[],
): Promise<readonly Direction[]> {
  const effects = await measureEffects(engine, model.opened.generator, directions, {
    samples: rankedOn,
    seed: 0,
    class: label,
    psi: 1,
    signal,
    onProgress: (done, total) =>
      onProgress('Looking at what they change', methodPart + ((1 - methodPart) * done) / total),
  });
  const measured = directions.map((direction, index) => ({
    ...direction,
    statistics: { ...direction.statistics, ...effects[index] },
  }));
  if (request.method === 'interfacegan') return measured;
  return measured.sort((a, b) => (b.statistics['effect'] ?? 0) - (a.statistics['effect'] ?? 0));
}

function layersOf({ layers }: DiscoveryRequest, { summary: { numWs } }: SearchedModel): readonly number[] {
  return parseLayerRange(layers, numWs);
}

function invalid(message: string): GanvasError {
  return new GanvasError('invalid-discovery', message);
}
