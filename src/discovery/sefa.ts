import { GanvasError } from '../engine/errors.js';
import type { Direction, LatentSpace } from '../latent/direction.js';
import { ALL_LAYERS, formatLayerRange } from '../latent/layerRange.js';
import { symmetricEigen } from '../latent/symmetricMatrix.js';
import { orientedUnit } from './orientedUnit.js';

/** The linear map from the latent to what one layer makes of it: in StyleGANs the affine from w to the styles. */
export interface LayerWeight {
  /** Index into W+. */
  readonly layer: number;
  /** Number of styles. */
  readonly outFeatures: number;
  /** Numbers of the latent that it reads: wDim, or zDim. */
  readonly inFeatures: number;
  /** `[outFeatures, inFeatures]`, row-major, as stored; a common factor (equalised learning rate) changes nothing. */
  readonly weight: Float32Array;
}

export interface Factorization {
  /** Descending, `[dim]`. */
  readonly eigenvalues: Float64Array;
  /** Row k is the unit eigenvector of `eigenvalues[k]`; its entry of largest magnitude is positive. `[dim, dim]`. */
  readonly vectors: Float64Array;
  readonly dim: number;
}

export interface SefaRequest {
  /** One entry for every layer of W+; see `sefaAffine` for which affine stands for a layer. */
  readonly layerWeights: readonly LayerWeight[];
  /** Indices into W+ to factorise together. */
  readonly layers: readonly number[];
  /** Where the directions live: `w`, or `z` for a generator without a mapping network. */
  readonly space: Extract<LatentSpace, 'z' | 'w'>;
  /** How many directions, from the largest eigenvalue down; at most as many as the latent has numbers. */
  readonly count: number;
  /** `modelHash` of the generator. */
  readonly modelHash: string;
}

/**
 * Of the convolution and RGB layers that read one w ("b4.torgb", "b8.conv0"), the one whose affine SeFa uses:
 * the convolution; only the last w, which no convolution reads, takes its RGB layer
 * (genforce/sefa, utils.py, factorize_weight: `output…` for the last index, `layer…` otherwise).
 * @throws GanvasError `invalid-sefa-request` when `names` is empty.
 */
export function sefaAffine(names: readonly string[]): string {
  const chosen = names.find((name) => !name.endsWith('torgb')) ?? names[0];
  if (chosen === undefined) throw invalidRequest('A layer of W+ is read by nothing. Expected a layer name for each.');
  return chosen;
}

/**
 * Closed-form factorisation (Shen & Zhou, "Closed-Form Factorization of Latent Semantics in GANs", eq. 5):
 * the directions of w that change the styles of `layers` most, which are the eigenvectors of Σ aᵢaᵢᵀ over the rows aᵢ
 * of the affines, each first scaled to unit length as the official code does. Unlike that code, which calls a general
 * eigen-solver, they come sorted and with a fixed sign.
 * @throws GanvasError `invalid-sefa-request`, naming the layer, for missing layers, unequal widths or weights that are
 * not finite.
 */
export function factorizeAffines(layerWeights: readonly LayerWeight[], layers: readonly number[]): Factorization {
  const chosen = layers.map((layer) => weightOfLayer(layerWeights, layer));
  const dim = chosen[0]?.inFeatures;
  if (dim === undefined) throw invalidRequest('No layers were given to factorise. Expected at least one.');
  const odd = chosen.find(({ inFeatures }) => inFeatures !== dim);
  if (odd) {
    throw invalidRequest(`Layer ${odd.layer} reads ${odd.inFeatures} numbers of w. Expected ${dim}, as the others.`);
  }
  const covariance = new Float64Array(dim * dim);
  for (const layerWeight of chosen) addUnitRows(covariance, layerWeight);
  return decompose(covariance, dim);
}

/**
 * SeFa's directions over `layers`, largest eigenvalue first: unit vectors; one of w is the same shift at every layer,
 * one of z moves the whole picture, whichever layers were looked at. Statistics: `eigenvalue`, and `varianceRatio`, its part of
 * the sum of all: of the change of styles that a random step of the latent makes. `sigma` needs latents: `latentSigma`.
 * @throws GanvasError `invalid-sefa-request` (see `factorizeAffines`, or `count` is not a positive whole number);
 * `invalid-layer-range` when a layer is not one of W+.
 */
export function discoverSefa({ layerWeights, layers, space, count, modelHash }: SefaRequest): Direction[] {
  if (!Number.isInteger(count) || count < 1) {
    throw invalidRequest(`${String(count)} directions were asked for. Expected a whole number of at least 1.`);
  }
  const layerText = formatLayerRange(layers, layerWeights.length);
  const { eigenvalues, vectors, dim } = factorizeAffines(layerWeights, layers);
  const whole = eigenvalues.reduce((sum, value) => sum + value, 0);
  return Array.from({ length: Math.min(count, dim) }, (_, index) => ({
    name: `SeFa ${index + 1}${layerText === ALL_LAYERS ? '' : `, layers ${layerText}`}`,
    space,
    layers: space === 'z' ? [] : [...new Set(layers)].sort((a, b) => a - b),
    dim,
    vectors: Float32Array.from(vectors.subarray(index * dim, (index + 1) * dim)),
    unit: `unit length in ${space}`,
    provenance: { method: 'sefa', parameters: { layers: layerText, index }, modelHash },
    statistics: { eigenvalue: eigenvalues[index] ?? 0, varianceRatio: (eigenvalues[index] ?? 0) / (whole || 1), index },
  }));
}

function weightOfLayer(layerWeights: readonly LayerWeight[], layer: number): LayerWeight {
  const found = layerWeights.find((candidate) => candidate.layer === layer);
  if (!found)
    throw invalidRequest(`There are no weights for layer ${layer}. Expected the affine of each layer asked for.`);
  const { outFeatures, inFeatures, weight } = found;
  if (weight.length !== outFeatures * inFeatures) {
    throw invalidRequest(
      `The affine of layer ${layer} has ${weight.length} numbers. Expected ${outFeatures} × ${inFeatures}.`,
    );
  }
  return found;
}

/** Adds a aᵀ / |a|² for each row a, upper triangle only. A row of zeros points nowhere and adds nothing. */
function addUnitRows(covariance: Float64Array, { layer, outFeatures, inFeatures: dim, weight }: LayerWeight): void {
  for (let output = 0; output < outFeatures; output++) {
    const row = Float64Array.from(weight.subarray(output * dim, (output + 1) * dim));
    const lengthSquared = row.reduce((sum, value) => sum + value * value, 0);
    if (!Number.isFinite(lengthSquared)) {
      throw invalidRequest(`The affine of layer ${layer} holds a number that is not finite, in row ${output}.`);
    }
    if (lengthSquared === 0) continue;
    // Plain loops: this is wDim² / 2 steps a row, and a callback doubles the time.
    for (let i = 0; i < dim; i++) {
      const scaled = (row[i] ?? 0) / lengthSquared;
      const start = i * dim;
      for (let j = i; j < dim; j++) covariance[start + j] = (covariance[start + j] ?? 0) + scaled * (row[j] ?? 0);
    }
  }
}

function decompose(upperTriangle: Float64Array, dim: number): Factorization {
  const rows = Array.from({ length: dim }, (_, i) =>
    Float64Array.from({ length: dim }, (_, j) => upperTriangle[Math.min(i, j) * dim + Math.max(i, j)] ?? 0),
  );
  const { values, vectors: found } = symmetricEigen(rows);
  const vectors = new Float64Array(dim * dim);
  // An eigenvector's sign is free.
  found.forEach((vector, k) => vectors.set(orientedUnit(vector), k * dim));
  return { eigenvalues: values, vectors, dim };
}

function invalidRequest(message: string): GanvasError {
  return new GanvasError('invalid-sefa-request', message);
}
