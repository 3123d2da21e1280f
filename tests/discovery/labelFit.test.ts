import { describe, expect, it } from 'vitest';
import { fitLabels, labelAxesOf, type LabelAxes, type LabelBoundary } from '../../src/discovery/labelFit.js';
import type { Direction } from '../../src/latent/direction.js';
import { expectError } from '../checkpoints/expectError.js';
import { cosine, dot, plantedCodes, plantedNormal } from './planted.js';

const dim = 128;

/** Axis k is coordinate k; the model's latents spread along it by `deviations[k]`, around `mean`. */
function axesAlong(count: number, deviation: (axis: number) => number): LabelAxes {
  const vectors = new Float32Array(count * dim);
  for (let axis = 0; axis < count; axis++) vectors[axis * dim + axis] = 1;
  const mean = Float32Array.from({ length: dim }, (_, k) => (k % 7) - 3);
  return { dim, vectors, mean, deviations: Float64Array.from({ length: count }, (_, axis) => deviation(axis)) };
}

/** Latents of the model of `axes`, and of each how far it is along `concept`, which is given in standardised coordinates. */
function sample(axes: LabelAxes, count: number, seed: number, concept: Float64Array): [Float32Array, Float64Array] {
  const standard = plantedCodes(count, dim, seed);
  const latents = standard.map((value, index) => {
    const k = index % dim;
    return (axes.mean[k] ?? NaN) + value * (axes.deviations[k] ?? 1);
  });
  const along = Float64Array.from({ length: count }, (_, row) =>
    dot(concept, standard.subarray(row * dim, row * dim + concept.length)),
  );
  return [latents, along];
}

/** The concept as a step in w. */
function stepOf(axes: LabelAxes, concept: Float64Array): Float64Array {
  return Float64Array.from({ length: dim }, (_, k) => (concept[k] ?? 0) * (axes.deviations[k] ?? 0));
}

/** As many of either side as asked for, the way someone clicks who sees clear cases only in a gallery of ten times as many. */
function clicked(axes: LabelAxes, perSide: number, seed: number, concept: Float64Array): LabelBoundary {
  const [latents, along] = sample(axes, perSide * 10, seed, concept);
  const order = [...along.keys()].sort((a, b) => (along[a] ?? 0) - (along[b] ?? 0));
  const chosen = [...order.slice(0, perSide), ...order.slice(-perSide)];
  const rows = new Float32Array(chosen.length * dim);
  chosen.forEach((row, i) => rows.set(latents.subarray(row * dim, (row + 1) * dim), i * dim));
  return fitLabels(
    axes,
    rows,
    chosen.map((row) => (along[row] ?? 0) > 0),
  );
}

describe('a concept within the axes', () => {
  it.each([
    [10, 0.96],
    [20, 0.92],
  ])('is found from 30 labels a side within %s axes as in the simulation', (count, expected) => {
    const axes = axesAlong(count, (axis) => 3 / (1 + axis));
    const cosines = [1, 2, 3, 4, 5].map((seed) => {
      const concept = plantedNormal(count, 50 + seed);
      const { vector, accuracy, moreClicks, state } = clicked(axes, 30, seed, concept);
      expect([state, moreClicks]).toEqual(['ready', 0]);
      expect(accuracy).toBeGreaterThan(0.9);
      // In standardised coordinates, where the simulation is.
      const found = Array.from(
        { length: count },
        (_, axis) => (vector?.[axis] ?? NaN) / (axes.deviations[axis] ?? NaN),
      );
      expect(dot(found, found)).toBeCloseTo(1, 4);
      return cosine(found, concept);
    });
    expect(cosines.reduce((sum, value) => sum + value, 0) / cosines.length).toBeGreaterThan(expected - 0.02);
  });

  it('keeps to the way the model spreads, instead of to axes that hardly vary', () => {
    const axes = axesAlong(10, (axis) => (axis < 5 ? 2 : 0.01));
    const concept = Float64Array.from({ length: 10 }, () => Math.sqrt(0.1));
    const { vector } = clicked(axes, 40, 9, concept);
    expect(cosine(vector ?? [], stepOf(axes, concept))).toBeGreaterThan(0.95);
  });

  it('asks for fewer labels the more there are, and for more where they contradict each other', () => {
    const axes = axesAlong(20, () => 1);
    const concept = plantedNormal(20, 3);
    const clicks = [3, 6, 12, 24, 40].map((perSide) => clicked(axes, perSide, 4, concept));
    const more = clicks.map(({ moreClicks }) => moreClicks);
    expect(more.every((count, i) => i === 0 || count <= (more[i - 1] ?? NaN))).toBe(true);
    expect(clicks[0]).toMatchObject({ state: 'rough', positives: 3, negatives: 3 });
    expect(clicks[0]?.advice).toContain('more labels');
    expect(clicks.at(-1)).toMatchObject({ state: 'ready', moreClicks: 0, advice: null });

    const [latents, along] = sample(axes, 60, 6, concept);
    const noisy = fitLabels(
      axes,
      latents,
      [...along].map((value, row) => value > 0 !== (row % 6 === 0)),
    );
    const clean = fitLabels(
      axes,
      latents,
      [...along].map((value) => value > 0),
    );
    expect(noisy.moreClicks).toBeGreaterThan(clean.moreClicks);
  });
});

describe('labels that give no direction, or a doubtful one', () => {
  const axes = axesAlong(10, () => 1);
  const [latents] = sample(axes, 40, 2, plantedNormal(10, 1));
  const labelled = (labels: readonly boolean[]): LabelBoundary =>
    fitLabels(axes, latents.subarray(0, labels.length * dim), labels);

  it.each([
    ['no-labels', []],
    ['one-sided', [true, true, true, true]],
    ['one-sided', [false]],
    ['too-few', [true, false, true, false]],
  ])('are %s', (state, labels) => {
    const found = labelled(labels);
    expect(found).toMatchObject({ state, vector: null, accuracy: null });
    expect(found.advice).not.toBeNull();
    // 15 on either side within 10 axes.
    expect(found.moreClicks).toBe(30 - labels.length);
  });

  it('are one-sided with what is missing in words', () => {
    expect(labelled([true]).advice).toContain('do not show it');
    expect(labelled([false]).advice).not.toContain('do not');
  });

  it('are contradictory when they are tossed', () => {
    const found = labelled(Array.from({ length: 40 }, (_, row) => [2, 3, 5].includes(row % 7) || row % 5 === 1));
    expect(found.state).toBe('contradictory');
    expect(found.accuracy).toBeLessThan(0.6);
    expect(found.vector).not.toBeNull();
  });

  it('are contradictory when the same pictures are on both sides', () => {
    const twice = new Float32Array([...latents.subarray(0, 15 * dim), ...latents.subarray(0, 15 * dim)]);
    const found = fitLabels(
      axes,
      twice,
      Array.from({ length: 30 }, (_, row) => row < 15),
    );
    expect(found).toMatchObject({ state: 'contradictory', vector: null });
    expect(found.advice).toContain('contradict');
  });
});

describe('the axes', () => {
  const direction = (vectors: Float32Array, space: Direction['space'] = 'w'): Direction => ({
    name: 'axis',
    space,
    layers: [0],
    dim: vectors.length,
    vectors,
    unit: 'σ',
    provenance: { method: 'ganspace', parameters: {}, modelHash: null },
    statistics: {},
  });

  it('are unit vectors with the spread of the latents, the first 20 of them', () => {
    const latents = Float32Array.from([3, 0, 1, 0, 3, 4, 1, 4]);
    const found = labelAxesOf([direction(Float32Array.of(0, 5)), direction(Float32Array.of(-0.5, 0))], latents);
    expect([...found.vectors]).toEqual([0, 1, -1, 0]);
    expect([...found.mean]).toEqual([2, 2]);
    expect([...found.deviations]).toEqual([2, 1]);
    const many = Array.from({ length: 30 }, () => direction(Float32Array.of(1, 0)));
    expect(labelAxesOf(many, latents).deviations).toHaveLength(20);
  });

  it.each([
    ['axes-missing', () => labelAxesOf([], new Float32Array(4))],
    [
      'axes-mismatch',
      () => labelAxesOf([direction(new Float32Array(2)), direction(new Float32Array(3))], new Float32Array(4)),
    ],
    [
      'axes-mismatch',
      () => labelAxesOf([direction(Float32Array.of(1, 0)), direction(Float32Array.of(1, 0), 'z')], new Float32Array(4)),
    ],
    ['axes-mismatch', () => labelAxesOf([direction(Float32Array.of(1, 0))], new Float32Array(5))],
    ['boundary-undetermined', () => labelAxesOf([direction(new Float32Array(2))], new Float32Array(4))],
    [
      'codes-mismatch',
      () =>
        fitLabels(
          axesAlong(3, () => 1),
          new Float32Array(dim),
          [true, false],
        ),
    ],
  ])('%s', (code, act) => {
    expectError(code, act);
  });
});
