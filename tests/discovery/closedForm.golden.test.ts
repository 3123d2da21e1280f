import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readAnyDirections } from '../../src/checkpoints/foreignDirections.js';
import { readCheckpoint } from '../../src/checkpoints/open.js';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { at } from '../../src/engine/shape.js';
import { symmetricEigen } from '../../src/latent/symmetricMatrix.js';
import { alignment } from '../planted/axes.js';

interface Manifest {
  readonly checkpoint: string;
  readonly weights: readonly string[];
  readonly tol: { readonly abs_cos_deficit: number };
}

const committedFolder = fileURLToPath(new URL('../golden', import.meta.url));
const goldenDir = process.env['GOLDEN_DIR'] ?? committedFolder;
const filter = process.env['GOLDEN_FILTER'] ?? '';
const folder = path.join(goldenDir, 'methods', 'closed_form_factorization');
const read = (name: string): Uint8Array => new Uint8Array(readFileSync(name));
/** A folder may hold other fixtures only; the project's own always has these. */
const hasCase = existsSync(path.join(folder, 'manifest.json'));
const wanted = hasCase && 'methods/closed_form_factorization'.includes(filter) ? ['closed_form_factorization'] : [];

describe('the case of methods/closed_form_factorization', () => {
  it('is there in the project', () => {
    if (goldenDir === committedFolder) expect(hasCase).toBe(true);
  });
});

describe.each(wanted)('golden methods/%s', () => {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as Manifest;
  const [golden] = readSafetensors(read(path.join(folder, 'factor.safetensors'))).networks;
  const tensor = (name: string): { readonly shape: readonly number[]; readonly values: Float32Array } => {
    const stored = golden?.tensors.get(name);
    if (!stored) throw new Error(`factor.safetensors has no ${name}`);
    return { shape: stored.shape, values: readTensor(stored) };
  };
  const { shape, values: eigvec } = tensor('eigvec');
  const [dim = 0, count = 0] = shape;
  const directions = readAnyDirections(read(path.join(folder, 'factor.pt')), {
    name: 'factor.pt',
    space: 'w',
    zDim: dim,
    wDim: dim,
    numWs: 8,
  });

  it('reads the columns of factor.pt as directions of w', () => {
    expect(directions).toHaveLength(count);
    directions.forEach((direction, k) => {
      expect(direction).toMatchObject({ space: 'w', dim, layers: [0, 1, 2, 3, 4, 5, 6, 7] });
      expect([...direction.vectors]).toEqual(Array.from({ length: dim }, (_, i) => at(eigvec, i * count + k)));
    });
  });

  it('finds the same directions in the stacked weights of the checkpoint', () => {
    const { networks } = readCheckpoint(read(path.join(goldenDir, manifest.checkpoint)), manifest.checkpoint);
    const network = networks.find(({ name }) => name === 'g_ema');
    const stacked = manifest.weights.flatMap((name) => {
      const stored = network?.tensors.get(name);
      if (!stored) throw new Error(`the checkpoint has no ${name}`);
      return [...readTensor(stored)];
    });
    expect(stacked).toEqual([...tensor('W').values]);
    const products = Array.from({ length: dim }, () => new Float64Array(dim));
    for (let row = 0; row < stacked.length; row += dim) {
      products.forEach((sums, i) => {
        for (let j = 0; j < dim; j++) sums[j] = at(sums, j) + at(stacked, row + i) * at(stacked, row + j);
      });
    }
    const { values, vectors } = symmetricEigen(products);
    directions.forEach((direction, k) => {
      expect(1 - alignment(direction.vectors, at(vectors, k))).toBeLessThanOrEqual(manifest.tol.abs_cos_deficit);
      expect(Math.abs(Math.sqrt(at(values, k)) / at(tensor('singular_values').values, k) - 1)).toBeLessThan(1e-5);
    });
  });
});
