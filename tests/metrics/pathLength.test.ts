import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.js';
import { GanvasError } from '../../src/engine/errors.js';
import { constantTensor, type Tensor } from '../../src/engine/tensor.js';
import { LatentDraws } from '../../src/latent/latentDraws.js';
import { mse } from '../../src/losses/mse.js';
import { pathLength, trimmedMean, type PictureDistance } from '../../src/metrics/pathLength.js';
import { broadcastTo } from '../../src/ops/broadcastTo.js';
import { matmul } from '../../src/ops/matmul.js';
import { reshape } from '../../src/ops/reshape.js';
import { sliceAxis } from '../../src/ops/slice.js';
import { createTestEngine } from '../ops/evaluate.js';
import { PlantedGenerator, plantedResolution } from '../planted/plantedGenerator.js';

/** Every pixel shows the same linear function of w, so that the distance along a way is known. */
class LinearGenerator extends PlantedGenerator {
  override synthesis(ws: Tensor): Tensor {
    const [n = 0] = ws.shape;
    const w = reshape(sliceAxis(ws, 1, 0, 1), [n, this.wDim]);
    const level = matmul(w, constantTensor('level', [this.wDim, 1], this.axis('x')));
    return broadcastTo(reshape(level, [n, 1, 1, 1]), [n, 3, plantedResolution, plantedResolution]);
  }
}

const squared: PictureDistance = { name: 'squared pixels', resolution: null, distance: (a, b) => mse(a, b) };
const generator = new LinearGenerator({ dim: 8, seed: 4 });
let engine: Engine;
beforeAll(async () => {
  engine = await createTestEngine();
});
afterAll(() => engine.dispose());

/** Ends of the ways, as they are drawn: batches of four z and four more. */
function ends(count: number): [Float32Array, Float32Array][] {
  const draws = new LatentDraws(generator, 9);
  return Array.from({ length: count / 4 }, () => [draws.next(4), draws.next(4)] as const).flatMap(([a, b]) =>
    [0, 1, 2, 3].map((row): [Float32Array, Float32Array] => [
      a.subarray(row * 8, row * 8 + 8),
      b.subarray(row * 8, row * 8 + 8),
    ]),
  );
}

const along = (w: ArrayLike<number>): number =>
  generator.axis('x').reduce((sum, value, k) => sum + value * (w[k] ?? 0), 0);

const request = { samples: 64, seed: 9, class: null } as const;

describe('pathLength', () => {
  test('in w of a linear generator is the mean squared slope of the ways', async () => {
    const expected = trimmedMean(Float64Array.from(ends(64), ([a, b]) => (along(b) - along(a)) ** 2));
    const found = await pathLength(engine, generator, squared, { ...request, space: 'w' });
    expect(Math.abs(found / expected - 1)).toBeLessThan(0.01);
  });

  test('in z goes along great circles at constant speed', async () => {
    // (d/dt of a way on the sphere · axis)² over both of its ends' plane: at most dim · angle², and not the chord's.
    const found = await pathLength(engine, generator, squared, { ...request, space: 'z' });
    const angles = ends(64).map(([a, b]) =>
      Math.acos(a.reduce((sum, v, k) => sum + v * (b[k] ?? 0), 0) / (Math.hypot(...a) * Math.hypot(...b))),
    );
    const meanSquare = angles.reduce((sum, angle) => sum + angle ** 2, 0) / angles.length;
    // A unit tangent has a component of mean square 1/dim along any axis.
    expect(found / meanSquare).toBeGreaterThan(0.7);
    expect(found / meanSquare).toBeLessThan(1.4);
  });

  test('leaves out what lies beyond the percentiles', () => {
    const values = Float64Array.from({ length: 201 }, (_, index) => (index === 200 ? 1e9 : index === 0 ? -1e9 : 1));
    expect(trimmedMean(values)).toBe(1);
  });

  test('refuses too few samples, and cancels', async () => {
    const codeOf = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => null,
        (error: unknown) => (error instanceof GanvasError ? error.code : error),
      );
    expect(await codeOf(pathLength(engine, generator, squared, { ...request, space: 'w', samples: 1 }))).toBe(
      'invalid-measure',
    );
    const abort = new AbortController();
    abort.abort();
    expect(await codeOf(pathLength(engine, generator, squared, { ...request, space: 'w', signal: abort.signal }))).toBe(
      'cancelled',
    );
  });
});
