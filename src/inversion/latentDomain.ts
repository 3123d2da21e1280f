import type { Engine } from '../engine/engine.js';
import { at } from '../engine/shape.js';
import { choleskyFactor } from '../latent/symmetricMatrix.js';
import type { Generator } from '../models/generator.js';
import { sampleW, type WSamples } from './wSamples.js';
import { wStatistics, type WStatistics } from './wStatistics.js';

/** Where a latent lies among the model's own. Distances are Mahalanobis distances from the mean. */
export interface DomainGauge {
  /** Of a w; in w+ the root mean square over the layers, so that it compares with that of a w. */
  readonly distance: number;
  /** Of each layer in w+; one number for a w. */
  readonly layers: readonly number[];
  /** Half of the model's own w are nearer. */
  readonly median: number;
  /** 99 of 100 of the model's own w are nearer. */
  readonly edge: number;
  /** `inside` up to `edge`, at the `edge` up to twice that, `outside` beyond. */
  readonly verdict: 'inside' | 'edge' | 'outside';
}

/** A latent of the model's own. */
export interface Draw {
  /** [zDim] */
  readonly z: Float32Array<ArrayBuffer>;
  /** [wDim] */
  readonly w: Float32Array<ArrayBuffer>;
}

/** Part of the mean variance that is added to every axis: directions in which the model's w never vary are no cliff. */
const ridge = 1e-3;
/** Added where w hardly varies at all: a mapping that always gives the same w still has a domain. */
const leastRidge = 1e-12;
/** Draws whose own distances are measured. */
const mostMeasured = 2000;
/** Draws that are kept, to start from. */
const mostKept = 256;

/** The region of w that a model's mapping fills, described by mean and covariance. */
export class LatentDomain {
  readonly statistics: WStatistics;
  /** Some of the model's own latents. */
  readonly draws: readonly Draw[];
  readonly median: number;
  readonly edge: number;
  private readonly mean: Float64Array;
  /** Lower triangular factor of the covariance, row by row: w = mean + factor · u for uncorrelated u of variance 1. */
  private readonly factor: readonly Float64Array[];

  constructor(samples: WSamples) {
    const { count } = samples;
    this.statistics = wStatistics(samples);
    this.mean = Float64Array.from(this.statistics.mean);
    this.factor = choleskyFactor(covarianceOf(samples, this.mean));
    this.draws = Array.from({ length: Math.min(count, mostKept) }, (_, row) => ({
      z: rowOf(samples.z, row, count),
      w: rowOf(samples.values, row, count),
    }));
    const measured = Math.min(count, mostMeasured);
    const own = Float64Array.from({ length: measured }, (_, row) =>
      norm(this.whiten(rowOf(samples.values, row, count))),
    ).sort();
    this.median = at(own, Math.floor(measured / 2));
    this.edge = at(own, Math.floor(measured * 0.99));
  }

  /** @param w [wDim] or [numWs, wDim] */
  gauge(w: Float32Array): DomainGauge {
    const layers = Array.from({ length: w.length / this.mean.length }, (_, layer) =>
      norm(this.whiten(rowOf(w, layer, w.length / this.mean.length))),
    );
    const distance = norm(layers) / Math.sqrt(layers.length);
    const { median, edge } = this;
    const verdict = distance <= edge ? 'inside' : distance <= 2 * edge ? 'edge' : 'outside';
    return { distance, layers, median, edge, verdict };
  }

  /** Whitened coordinates of a w [wDim]: factor⁻¹ · (w − mean), by forward substitution. */
  whiten(w: Float32Array): Float32Array<ArrayBuffer> {
    const whitened = new Float64Array(w.length);
    for (const [i, row] of this.factor.entries()) {
      let rest = at(w, i) - at(this.mean, i);
      for (let j = 0; j < i; j++) rest -= (row[j] ?? 0) * (whitened[j] ?? 0);
      whitened[i] = rest / at(row, i);
    }
    return Float32Array.from(whitened);
  }

  /** The factor [wDim, wDim] that turns whitened coordinates into w − mean. */
  get whiteningFactor(): Float32Array<ArrayBuffer> {
    const wDim = this.mean.length;
    const values = new Float32Array(wDim * wDim);
    this.factor.forEach((row, i) => values.set(row, i * wDim));
    return values;
  }
}

function rowOf(values: Float32Array, row: number, rows: number): Float32Array<ArrayBuffer> {
  const size = values.length / rows;
  return Float32Array.from(values.subarray(row * size, (row + 1) * size));
}

function norm(values: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += at(values, i) ** 2;
  return Math.sqrt(squares);
}

/** Lower triangle of the covariance, row by row, with the ridge. */
function covarianceOf({ count, wDim, values }: WSamples, mean: Float64Array): Float64Array[] {
  const rows = Array.from({ length: wDim }, () => new Float64Array(wDim));
  const centred = new Float64Array(wDim);
  for (let sample = 0; sample < count; sample++) {
    for (let i = 0; i < wDim; i++) centred[i] = (values[sample * wDim + i] ?? 0) - at(mean, i);
    for (const [i, row] of rows.entries()) {
      const left = (centred[i] ?? 0) / count;
      for (let j = 0; j <= i; j++) row[j] = (row[j] ?? 0) + left * (centred[j] ?? 0);
    }
  }
  const trace = rows.reduce((sum, row, i) => sum + at(row, i), 0);
  const added = Math.max((ridge * trace) / wDim, leastRidge);
  for (const [i, row] of rows.entries()) row[i] = at(row, i) + added;
  return rows;
}

/** Domains by generator and class; a generator is an object of its own for every opened model. */
const domains = new WeakMap<Generator, Map<number | null, Promise<LatentDomain>>>();

/**
 * The domain of a model, from 10 000 draws on the GPU; computed once for each generator and class.
 * @param label class of a conditional model, else null
 * @throws GanvasError of `sampleW`
 */
export function latentDomainOf(
  engine: Engine,
  generator: Generator,
  label: number | null,
  onProgress?: (fraction: number) => void,
): Promise<LatentDomain> {
  const known = domains.get(generator) ?? new Map<number | null, Promise<LatentDomain>>();
  domains.set(generator, known);
  const found = known.get(label);
  if (found !== undefined) return found;
  const sampled = sampleW(engine, generator, { class: label, ...(onProgress === undefined ? {} : { onProgress }) });
  const domain = sampled.then((samples) => new LatentDomain(samples));
  known.set(label, domain);
  domain.catch(() => known.delete(label));
  return domain;
}
