import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { discoverSefa, factorizeAffines } from '../../src/discovery/sefa.js';
import { GoldenAffines } from './golden-affines.js';

interface GoldenCase {
  readonly checkpoint: string;
  readonly family: string;
  readonly layers: readonly number[];
  readonly weight_matrix: readonly [number, number];
  readonly tol: { readonly eigen_values_rel: number; readonly abs_cos_deficit: number };
  readonly eigen_gaps: readonly number[];
}

/** Below this relative gap to its neighbours an eigenvector is not determined to f32 by the matrix. */
const SMALLEST_GAP = 1e-4;

const committedFolder = fileURLToPath(new URL('../golden', import.meta.url));
const goldenDir = process.env['GOLDEN_DIR'] ?? committedFolder;
const filter = process.env['GOLDEN_FILTER'] ?? '';
const casesFile = path.join(goldenDir, 'methods', 'sefa.json');
/** A folder may hold other fixtures only; the project's own always has these. */
const hasCases = existsSync(casesFile);
const cases = hasCases
  ? (JSON.parse(readFileSync(casesFile, 'utf8')) as { cases: Record<string, GoldenCase> }).cases
  : {};
const wanted = Object.entries(cases).filter(([name]) => `methods/sefa/${name}`.includes(filter));
const golden = hasCases
  ? readSafetensors(readFileSync(path.join(goldenDir, 'methods', 'sefa.safetensors'))).networks[0]?.tensors
  : undefined;

function tensor(name: string): Float32Array {
  const found = golden?.get(name);
  if (!found) throw new Error(`sefa.safetensors has no ${name}`);
  return readTensor(found);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);
}

describe('the cases of methods/sefa', () => {
  it('are there when the folder names them', () => {
    expect(Object.keys(cases).length > 0).toBe(hasCases);
    if (goldenDir === committedFolder) expect(hasCases).toBe(true);
  });
});

describe.each(wanted)('golden methods/sefa/%s', (name, expected) => {
  it('has the eigenvalues and eigenvectors of the reference', () => {
    const [dim, columns] = expected.weight_matrix;
    const layerWeights = new GoldenAffines(goldenDir, expected.checkpoint, expected.family).layerWeights();
    const stacked = expected.layers.reduce((sum, layer) => sum + (layerWeights[layer]?.outFeatures ?? NaN), 0);
    expect(stacked).toBe(columns);

    const { eigenvalues, vectors } = factorizeAffines(layerWeights, expected.layers);
    const goldenValues = tensor(`${name}/sorted_eigen_values`);
    const goldenVectors = tensor(`${name}/sorted_boundaries`);
    expect(eigenvalues).toHaveLength(dim);
    expect(goldenValues).toHaveLength(dim);
    let compared = 0;
    for (let k = 0; k < dim; k++) {
      const value = eigenvalues[k] ?? NaN;
      const goldenValue = goldenValues[k] ?? NaN;
      expect(Math.abs(value / goldenValue - 1)).toBeLessThanOrEqual(expected.tol.eigen_values_rel);
      if ((expected.eigen_gaps[k] ?? 0) < SMALLEST_GAP) continue;
      const ours = vectors.subarray(k * dim, (k + 1) * dim);
      const theirs = goldenVectors.subarray(k * dim, (k + 1) * dim);
      const cosine = dot(ours, theirs) / Math.sqrt(dot(ours, ours) * dot(theirs, theirs));
      expect(1 - Math.abs(cosine)).toBeLessThanOrEqual(expected.tol.abs_cos_deficit);
      compared++;
    }
    expect(compared).toBeGreaterThan(0);

    // The official routine's own, unsorted, rows: each eigenvalue of its list is one of ours.
    const official = Array.from(tensor(`${name}/eigen_values`)).sort((a, b) => b - a);
    official.forEach((value, k) => {
      expect(Math.abs(value / (eigenvalues[k] ?? NaN) - 1)).toBeLessThanOrEqual(expected.tol.eigen_values_rel);
    });

    const space = expected.family === 'pggan' ? 'z' : 'w';
    const directions = discoverSefa({ layerWeights, layers: expected.layers, space, count: 3, modelHash: 'golden' });
    directions.forEach((direction, k) => {
      expect(direction).toMatchObject({ space, layers: space === 'z' ? [] : expected.layers });
      const theirs = goldenVectors.subarray(k * dim, (k + 1) * dim);
      // `sorted_boundaries` fixes the sign by the same rule.
      expect(1 - dot(direction.vectors, theirs)).toBeLessThanOrEqual(expected.tol.abs_cos_deficit);
    });
  });
});
