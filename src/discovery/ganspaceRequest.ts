import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import { ALL_LAYERS, formatLayerRange } from '../latent/layerRange.js';
import type { Generator } from '../models/generator.js';
import { checkNotCancelled } from './cancellation.js';
import { orientedUnit } from './orientedUnit.js';
import type { PrincipalComponents } from './principalComponents.js';

export interface GanspaceRequest {
  /** Indices into W+ that the directions act on. */
  readonly layers: readonly number[];
  /** How many directions, from the largest variance down. */
  readonly count: number;
  /** How many latents are looked at; 300 000 in the official code. */
  readonly samples: number;
  readonly seed: number;
  /** Null for components of w itself, else a layer of `featureLayersOf` whose activations are decomposed. */
  readonly at: string | null;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  /** `modelHash` of the generator. */
  readonly modelHash: string;
  readonly signal?: AbortSignal;
  /** Samples that are done; those of the regression count, too. */
  readonly onProgress?: (done: number, total: number) => void;
  /** What the samples so far say: after the first batch, and whenever there are twice as many as the last time. */
  readonly onInterim?: (directions: readonly Direction[], samplesDone: number) => void;
}

/** As GANSpace's largest published runs. */
const mostSamples = 1_000_000;

/** @throws GanvasError `invalid-ganspace-request`, `invalid-layer-range`, `invalid-seed` by whoever draws */
export function checkGanspaceRequest({ count, samples, layers }: GanspaceRequest, { numWs }: Generator): void {
  formatLayerRange(layers, numWs);
  if (!Number.isInteger(count) || count < 1) {
    throw invalidRequest(`${count} directions were asked for. Expected a whole number of at least 1.`);
  }
  if (!Number.isInteger(samples) || samples < 2 || samples > mostSamples) {
    throw invalidRequest(`${samples} samples were asked for. Expected a whole number from 2 to ${mostSamples}.`);
  }
  if (samples < count) {
    throw invalidRequest(
      `${count} directions were asked for from ${samples} samples. Expected at least as many samples; GANSpace takes hundreds of thousands.`,
    );
  }
}

export function invalidRequest(message: string): GanvasError {
  return new GanvasError('invalid-ganspace-request', message);
}

/** @throws GanvasError `cancelled` */
export function checkGoesOn({ signal }: GanspaceRequest): void {
  checkNotCancelled(signal, 'Looking for principal components');
}

/** Tells when interim results are due: they cost about a second each, so there are only as many as doublings. */
export class InterimClock {
  private next: number;

  constructor(first: number) {
    this.next = first;
  }

  isDue(done: number): boolean {
    if (done < this.next) return false;
    this.next = 2 * done;
    return true;
  }
}

/** What of components makes directions. */
export interface LatentComponents extends Pick<PrincipalComponents, 'stdev' | 'varianceRatio'> {
  /** Where the components lie in the latent, any length. */
  readonly vectors: readonly Float64Array[];
  /** Standard deviation of the latent along each: one unit of strength. */
  readonly latentStdev: ArrayLike<number>;
}

/** Directions of which one unit of strength moves the latent by a standard deviation: w += x σₖ vₖ (§3.2 of the paper). */
export function ganspaceDirections(
  components: LatentComponents,
  generator: Generator,
  request: GanspaceRequest,
): Direction[] {
  const { layers, samples, seed, at: layer, class: label, modelHash } = request;
  const space = generator.latentSpaces.includes('w') ? 'w' : 'z';
  const layerText = formatLayerRange(layers, generator.numWs);
  const place = [...(layer === null ? [] : [layer]), ...(layerText === ALL_LAYERS ? [] : [`layers ${layerText}`])];
  return components.vectors.map((vector, index) => ({
    name: [`GANSpace ${index + 1}`, ...place].join(', '),
    space,
    layers: space === 'z' ? [] : [...new Set(layers)].sort((a, b) => a - b),
    dim: vector.length,
    vectors: Float32Array.from(orientedUnit(vector), (value) => value * (components.latentStdev[index] ?? 0)),
    unit: `σ of ${space} along the direction`,
    provenance: {
      method: 'ganspace',
      parameters: {
        at: layer ?? 'w',
        layers: layerText,
        samples,
        seed,
        index,
        ...(label === null ? {} : { class: label }),
      },
      modelHash,
    },
    statistics: {
      stdev: components.stdev[index] ?? 0,
      varianceRatio: components.varianceRatio[index] ?? 0,
      // In units of strength, as everywhere: the unit is a standard deviation.
      sigma: 1,
    },
  }));
}
