import { describe, expect, test } from 'vitest';
import { fitBoundary } from '../../src/discovery/boundary.js';
import { attributeCorrelations, cosineMatrix } from '../../src/discovery/correlations.js';
import { discoverInterfaceGan } from '../../src/discovery/interfaceGan.js';
import { at } from '../../src/engine/shape.js';
import { alignment } from './axes.js';
import { PlantedGenerator, plantedFactors } from './plantedGenerator.js';
import { plantedSamples } from './samples.js';

const dim = 512;
const generator = new PlantedGenerator({ dim, seed: 21 });
const samples = plantedSamples(generator, 10_000, 3);

const request = {
  attributes: ['radius', 'second object'],
  space: 'z',
  chosen: 1000,
  layers: [],
  numWs: generator.numWs,
  modelHash: 'planted',
  seed: 5,
} as const;

/** Thresholds of a simulation in NumPy of the same sizes, rounded down. */
describe('InterFaceGAN on the planted generator, 512 dimensions, 1000 samples a side', () => {
  test('the SVM finds the planted normals and tells other samples by them', () => {
    const found = discoverInterfaceGan(samples, { ...request, estimator: 'svm' });
    for (const direction of found) {
      const axis = at(generator.axes, (plantedFactors as readonly string[]).indexOf(direction.name));
      expect(alignment(direction.vectors, axis)).toBeGreaterThanOrEqual(0.97);
      expect(direction.statistics['validationAccuracy']).toBeGreaterThanOrEqual(0.99);
    }
  });

  test.each([
    ['mean-difference', 0.93],
    ['logistic', 0.97],
  ] as const)('%s comes within its own bound', (estimator, bound) => {
    const [found] = discoverInterfaceGan(samples, { ...request, attributes: ['hue'], estimator });
    expect(alignment(found?.vectors ?? [], generator.axis('hue'))).toBeGreaterThanOrEqual(bound);
  });

  test('where the predictor errs, the mean difference comes closer than the SVM', () => {
    // Fewer dimensions and as many samples for each of them: the SVM on overlapping classes takes its time.
    const small = new PlantedGenerator({ dim: 128, seed: 22 });
    const noisy = plantedSamples(small, 4000, 4, 1);
    const cosine = (estimator: 'svm' | 'mean-difference'): number => {
      const [found] = discoverInterfaceGan(noisy, { ...request, chosen: 500, attributes: ['hue'], estimator });
      return alignment(found?.vectors ?? [], small.axis('hue'));
    };
    const [means, svm] = [cosine('mean-difference'), cosine('svm')];
    expect(means).toBeGreaterThan(svm);
    expect(means).toBeGreaterThan(0.75);
  });

  test('vector arithmetic: means of 200 examples a side', () => {
    const scores = Float32Array.from({ length: samples.count }, (_, row) =>
      at(samples.scores, row * plantedFactors.length),
    );
    const options = { estimator: 'mean-difference', chosen: 200, validation: 0, seed: 1 } as const;
    const { normal } = fitBoundary(samples.z, dim, scores, options);
    expect(alignment(normal, generator.axis('x'))).toBeGreaterThanOrEqual(0.85);
  });

  test('attributes that are planted with a correlation have it, and the others none', () => {
    const rho = 0.42;
    const scores = Float32Array.from({ length: samples.count * 3 }, (_, index) => {
      const [row, column] = [Math.floor(index / 3), index % 3];
      const along = (axis: Float64Array): number =>
        axis.reduce((sum, value, k) => sum + value * at(samples.z, row * dim + k), 0);
      const [a, b] = [along(generator.axis('x')), along(generator.axis('y'))];
      return column === 0 ? a : column === 1 ? rho * a + Math.sqrt(1 - rho * rho) * b : along(generator.axis('hue'));
    });
    const found = attributeCorrelations(scores, 3);
    expect(Math.abs(at(at(found, 0), 1) - rho)).toBeLessThanOrEqual(0.02);
    expect(Math.abs(at(at(found, 0), 2))).toBeLessThanOrEqual(0.03);
    const boundaries = discoverInterfaceGan(
      { ...samples, attributes: ['a', 'mixed', 'c'], scores },
      { ...request, attributes: [], estimator: 'mean-difference' },
    );
    expect(Math.abs(at(at(cosineMatrix(boundaries.map(({ vectors }) => vectors)), 0), 1) - rho)).toBeLessThan(0.08);
  });
});
