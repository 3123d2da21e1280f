import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { discoverSefa, factorizeAffines, sefaAffine, type LayerWeight } from '../../src/discovery/sefa.js';
import { RandomState } from '../../src/latent/randomState.js';

function randomLayers(numWs: number, outFeatures: number, inFeatures: number, seed: number): LayerWeight[] {
  const state = new RandomState(seed);
  return Array.from({ length: numWs }, (_, layer) => ({
    layer,
    outFeatures,
    inFeatures,
    weight: Float32Array.from(state.randn(outFeatures * inFeatures)),
  }));
}

/** Rows that point mostly, in falling measure, along the columns of a planted orthonormal basis. */
function plantedLayer(basis: readonly (readonly number[])[], gap: number, seed: number): LayerWeight {
  const dim = basis.length;
  const state = new RandomState(seed);
  const rows = Array.from({ length: 4000 }, () => {
    const mix = state.randn(dim);
    return Array.from({ length: dim }, (_, i) =>
      basis.reduce((sum, axis, k) => sum + (mix[k] ?? 0) * gap ** -k * (axis[i] ?? 0), 0),
    );
  });
  return { layer: 0, outFeatures: rows.length, inFeatures: dim, weight: Float32Array.from(rows.flat()) };
}

const rowOf = (vectors: Float64Array, dim: number, k: number): Float64Array => vectors.subarray(k * dim, (k + 1) * dim);
const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((sum, value, i) => sum + value * (b[i] ?? NaN), 0);

describe('factorizeAffines', () => {
  it('finds orthonormal eigenvectors of the unit rows, in order, with a fixed sign', () => {
    const shapes = fc.record({
      numWs: fc.integer({ min: 1, max: 4 }),
      out: fc.integer({ min: 1, max: 12 }),
      dim: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(shapes, ({ numWs, out, dim, seed }) => {
        const weights = randomLayers(numWs, out, dim, seed);
        const { eigenvalues, vectors } = factorizeAffines(
          weights,
          Array.from({ length: numWs }, (_, layer) => layer),
        );
        const rows = weights.flatMap(({ weight }) =>
          Array.from({ length: out }, (_, o) => Array.from(weight.subarray(o * dim, (o + 1) * dim))),
        );
        // The rows have unit length, so the eigenvalues add up to their number.
        expect(eigenvalues.reduce((sum, value) => sum + value, 0)).toBeCloseTo(rows.length, 9);
        for (let k = 0; k < dim; k++) {
          const vector = rowOf(vectors, dim, k);
          for (let l = 0; l <= k; l++) expect(dot(vector, rowOf(vectors, dim, l))).toBeCloseTo(k === l ? 1 : 0, 9);
          const spread = rows.reduce((sum, row) => sum + dot(row, vector) ** 2 / dot(row, row), 0);
          expect(spread).toBeCloseTo(eigenvalues[k] ?? NaN, 9);
          expect(eigenvalues[k]).toBeLessThanOrEqual(eigenvalues[k - 1] ?? Infinity);
          const largest = Array.from(vector).reduce(
            (best, value) => (Math.abs(value) > Math.abs(best) ? value : best),
            0,
          );
          expect(largest).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('finds planted directions', () => {
    const angle = 0.7;
    const basis = [
      [Math.cos(angle), Math.sin(angle), 0, 0],
      [-Math.sin(angle), Math.cos(angle), 0, 0],
      [0, 0, Math.SQRT1_2, Math.SQRT1_2],
      [0, 0, -Math.SQRT1_2, Math.SQRT1_2],
    ];
    const { vectors } = factorizeAffines([plantedLayer(basis, 1.6, 3)], [0]);
    basis.forEach((axis, k) => expect(Math.abs(dot(axis, rowOf(vectors, 4, k)))).toBeGreaterThan(0.99));
  });

  it('does not mind scaled rows and rows of zeros', () => {
    const [layer] = randomLayers(1, 20, 5, 1);
    if (!layer) throw new Error('no layer');
    const scaled = {
      ...layer,
      outFeatures: 21,
      weight: Float32Array.from([...layer.weight.map((v) => v * 8), 0, 0, 0, 0, 0]),
    };
    const a = factorizeAffines([layer], [0]);
    const b = factorizeAffines([scaled], [0]);
    a.eigenvalues.forEach((value, k) => expect(b.eigenvalues[k]).toBeCloseTo(value, 9));
    a.vectors.forEach((value, i) => expect(b.vectors[i]).toBeCloseTo(value, 9));
  });

  it.each<[string, readonly LayerWeight[], readonly number[], string]>([
    ['no layers', randomLayers(2, 2, 2, 0), [], 'No layers were given'],
    ['a layer without weights', randomLayers(2, 2, 2, 0), [2], 'There are no weights for layer 2.'],
    [
      'unequal widths',
      [...randomLayers(1, 2, 3, 0), { layer: 1, outFeatures: 2, inFeatures: 2, weight: new Float32Array(4) }],
      [0, 1],
      'Layer 1 reads 2 numbers of w. Expected 3, as the others.',
    ],
    [
      'a wrong length',
      [{ layer: 0, outFeatures: 2, inFeatures: 2, weight: new Float32Array(3) }],
      [0],
      'The affine of layer 0 has 3 numbers. Expected 2 × 2.',
    ],
    [
      'NaN',
      [{ layer: 0, outFeatures: 2, inFeatures: 2, weight: Float32Array.of(1, 1, 1, NaN) }],
      [0],
      'The affine of layer 0 holds a number that is not finite, in row 1.',
    ],
  ])('refuses %s', (_, weights, layers, message) => {
    expect(() => factorizeAffines(weights, layers)).toThrow(
      expect.objectContaining({ code: 'invalid-sefa-request', message: expect.stringContaining(message) as string }),
    );
  });
});

describe('sefaAffine', () => {
  it('takes the convolution, and the RGB layer only where there is no other', () => {
    expect(sefaAffine(['b4.torgb', 'b8.conv0'])).toBe('b8.conv0');
    expect(sefaAffine(['b8.conv1'])).toBe('b8.conv1');
    expect(sefaAffine(['b64.torgb'])).toBe('b64.torgb');
    expect(() => sefaAffine([])).toThrow(expect.objectContaining({ code: 'invalid-sefa-request' }));
  });
});

describe('discoverSefa', () => {
  const layerWeights = randomLayers(4, 10, 6, 5);

  it('describes its directions', () => {
    const [first, second, ...rest] = discoverSefa({
      layerWeights,
      layers: [1, 0, 3],
      count: 2,
      space: 'w',
      modelHash: 'abc',
    });
    expect(rest).toEqual([]);
    expect(first).toMatchObject({
      name: 'SeFa 1, layers 0-1,3',
      space: 'w',
      layers: [0, 1, 3],
      dim: 6,
      unit: 'unit length in w',
      provenance: { method: 'sefa', parameters: { layers: '0-1,3', index: 0 }, modelHash: 'abc' },
    });
    expect(first?.statistics['varianceRatio']).toBeCloseTo((first?.statistics['eigenvalue'] ?? NaN) / 30, 9);
    expect(first?.statistics['eigenvalue']).toBeGreaterThan(second?.statistics['eigenvalue'] ?? Infinity);
    expect(dot(first?.vectors ?? [], first?.vectors ?? [])).toBeCloseTo(1, 6);
  });

  it('finds as many as w has numbers and no more', () => {
    expect(discoverSefa({ layerWeights, layers: [0, 1, 2, 3], count: 99, space: 'w', modelHash: 'abc' })).toHaveLength(
      6,
    );
  });

  it('refuses a count that is none and a layer that is none', () => {
    const request = { layerWeights, layers: [0], count: 1, space: 'w' as const, modelHash: 'abc' };
    expect(() => discoverSefa({ ...request, count: 0 })).toThrow('0 directions were asked for.');
    expect(() => discoverSefa({ ...request, layers: [4] })).toThrow(
      expect.objectContaining({ code: 'invalid-layer-range' }),
    );
  });

  it('finds directions of the bundled model', () => {
    const file = readFileSync(new URL('../../weights/face64/face64-g.safetensors', import.meta.url));
    const tensors = readSafetensors(file).networks[0]?.tensors;
    const readers = [['b4.conv1'], ['b4.torgb', 'b8.conv0'], ['b8.conv1'], ['b8.torgb', 'b16.conv0'], ['b16.conv1']];
    const bundled = readers.map((names, layer) => {
      const stored = tensors?.get(`synthesis.${sefaAffine(names)}.affine.weight`);
      if (!stored) throw new Error(`no affine for ${names.join()}`);
      const [outFeatures = 0, inFeatures = 0] = stored.shape;
      return { layer, outFeatures, inFeatures, weight: readTensor(stored) };
    });
    const directions = discoverSefa({
      layerWeights: bundled,
      layers: [0, 1, 2],
      count: 128,
      space: 'w',
      modelHash: 'face64',
    });
    expect(directions).toHaveLength(128);
    const sum = directions.reduce((total, { statistics }) => total + (statistics['eigenvalue'] ?? NaN), 0);
    expect(sum).toBeCloseTo(3 * 128, 6);
    const ratios = directions.reduce((total, { statistics }) => total + (statistics['varianceRatio'] ?? NaN), 0);
    expect(ratios).toBeCloseTo(1, 9);
    // What the weights say is not noise: the first direction stands out from the even share of 3.
    expect(directions[0]?.statistics['eigenvalue']).toBeGreaterThan(6);
  });
});
