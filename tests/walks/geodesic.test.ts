import { describe, expect, test } from 'vitest';
import { lerp, pointsBetween } from '../../src/latent/interpolation.js';
import { RandomState } from '../../src/latent/randomState.js';
import { geodesic, resample, solveLaplacian, type PictureMap } from '../../src/walks/geodesic.js';
import { dot } from '../discovery/planted.js';

const distance = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.sqrt(Array.from(a).reduce((sum, value, k) => sum + (value - (b[k] ?? NaN)) ** 2, 0));

/** Pictures A·x of a matrix [height, width] that stretches its directions by up to three. */
function linearMap(height: number, width: number): PictureMap {
  const matrix = new RandomState(3).randn(height * width);
  const row = (k: number): Float64Array =>
    matrix.subarray(k * width, (k + 1) * width).map((value, c) => value * (1 + (2 * c) / width));
  return {
    pictures: (points) =>
      Promise.resolve(points.map((x) => Float64Array.from({ length: height }, (_, k) => dot(row(k), x)))),
    pull: (points, cotangents) =>
      Promise.resolve(
        points.map((_, i) => {
          const pulled = new Float64Array(width);
          cotangents[i]?.forEach((value, k) =>
            row(k).forEach((entry, c) => (pulled[c] = (pulled[c] ?? 0) + value * entry)),
          );
          return pulled;
        }),
      ),
  };
}

/** Latitude and longitude on the unit sphere: a straight line between them is no shortest way. */
const sphere: PictureMap = {
  pictures: (points) => Promise.resolve(points.map(([lat = 0, lon = 0]) => onSphere(lat, lon))),
  pull: (points, cotangents) =>
    Promise.resolve(
      points.map(([lat = 0, lon = 0], i) => {
        const c = cotangents[i] ?? [];
        const byLat = [-Math.sin(lat) * Math.cos(lon), -Math.sin(lat) * Math.sin(lon), Math.cos(lat)];
        const byLon = [-Math.cos(lat) * Math.sin(lon), Math.cos(lat) * Math.cos(lon), 0];
        return [dot(byLat, c), dot(byLon, c)];
      }),
    ),
};

function onSphere(lat: number, lon: number): number[] {
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
}

describe('the geodesic', () => {
  test('of a linear generator is the straight line, however bent the path was', async () => {
    const dim = 6;
    const [from, to] = [new RandomState(1).randn(dim), new RandomState(2).randn(dim)];
    const straight = pointsBetween(lerp, from, to, 9);
    const bends = new RandomState(4);
    const bent = straight.map((point, i) =>
      i === 0 || i === 8 ? point : point.map((value) => value + 0.5 * Number(bends.randn(1)[0])),
    );
    const { points, energies } = await geodesic(linearMap(40, dim), bent, { steps: 2000, tolerance: 0 });
    for (const [i, point] of points.entries()) expect(distance(point, straight[i] ?? [])).toBeLessThan(1e-4);
    const best = (await geodesic(linearMap(40, dim), straight, { steps: 0 })).energies[0] ?? NaN;
    expect((energies.at(-1) ?? NaN) / best - 1).toBeLessThan(1e-8);
  });

  test('of a linear generator that is straight already stays so', async () => {
    const straight = pointsBetween(lerp, new RandomState(1).randn(6), new RandomState(2).randn(6), 9);
    const { points } = await geodesic(linearMap(40, 6), straight);
    for (const [i, point] of points.entries()) expect(distance(point, straight[i] ?? [])).toBeLessThan(1e-4);
  });

  test('on a sphere is the great circle', async () => {
    const ends = [
      [1, -1],
      [1, 1],
    ] as const;
    const start = pointsBetween(lerp, ends[0], ends[1], 33);
    const { points, energies } = await geodesic(sphere, start, { steps: 100 });
    const pictures = points.map(([lat = 0, lon = 0]) => onSphere(lat, lon));
    const length = pictures.slice(1).reduce((sum, picture, i) => sum + distance(picture, pictures[i] ?? []), 0);
    const arc = Math.acos(dot(onSphere(...ends[0]), onSphere(...ends[1])));
    expect(Math.abs(length / arc - 1)).toBeLessThan(0.01);
    // At constant speed the energy is the squared length over twice the numbers of a picture.
    expect(Math.abs(((energies.at(-1) ?? NaN) * 6) / arc ** 2 - 1)).toBeLessThan(0.01);
    // The line of latitude is a sixth longer.
    expect((2 * Math.cos(1)) / arc).toBeGreaterThan(1.1);
  });

  test('takes energy at every step, leaves the ends, and tells how it goes', async () => {
    const start = pointsBetween(lerp, [1, -1], [1, 1], 17);
    const told: number[] = [];
    const { points, energies } = await geodesic(sphere, start, { steps: 20, onStep: (_, energy) => told.push(energy) });
    expect(energies.length).toBeGreaterThan(3);
    energies.slice(1).forEach((energy, i) => expect(energy).toBeLessThan(energies[i] ?? NaN));
    expect(told).toEqual(energies.slice(1));
    expect([points[0], points[16]]).toEqual([start[0], start[16]]);
  });

  test('of two points is these; of one there is none; and it can be cancelled', async () => {
    const two = pointsBetween(lerp, [1, -1], [1, 1], 2);
    expect((await geodesic(sphere, two)).points).toEqual(two);
    await expect(geodesic(sphere, two.slice(1))).rejects.toMatchObject({ code: 'invalid-walk' });
    const controller = new AbortController();
    const cancelled = geodesic(sphere, pointsBetween(lerp, [1, -1], [1, 1], 9), {
      signal: controller.signal,
      onStep: () => controller.abort(),
    });
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
  });
});

test('the chain is solved', () => {
  const rows = [0, 1, 2, 3, 4].map((i) => new RandomState(i).randn(3));
  const solved = solveLaplacian(rows);
  for (const [i, row] of solved.entries()) {
    row.forEach((value, k) => {
      const back = 2 * value - (solved[i - 1]?.[k] ?? 0) - (solved[i + 1]?.[k] ?? 0);
      expect(back).toBeCloseTo(rows[i]?.[k] ?? NaN, 12);
    });
  }
});

test('a path is resampled at equal steps, its ends as they are', () => {
  const points = [[0], [1], [4]].map((point) => Float64Array.from(point));
  expect(resample(points, 5).map(([value]) => value)).toEqual([0, 0.5, 1, 2.5, 4]);
  expect(resample(points, 3)).toEqual(points);
});
