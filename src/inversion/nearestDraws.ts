import type { Engine } from '../engine/engine.js';
import { at } from '../engine/shape.js';
import type { Generator } from '../models/generator.js';
import { resize } from '../ops/resample.js';
import type { InversionSettings } from './inversionSettings.js';
import type { Draw } from './latentDomain.js';
import { named } from './named.js';
import { everyLayer } from './wOfLatents.js';

/** Pictures are compared at this many pixels a side at most. */
const comparedSize = 64;
/** Draws that are looked at: fewer of large models, whose pictures take longer. */
const looksAtMost = (resolution: number): number => (resolution <= 128 ? 128 : 64);
/** Draws rendered at a time: fewer of large models, so that they take no more memory. */
const batchOf = (resolution: number): number =>
  Math.max(1, Math.floor(32 * Math.min(1, comparedSize / resolution) ** 2));

/**
 * The draws whose pictures are nearest to each of the given ones by mean squared difference, nearest first (DGP starts
 * from the best of many draws likewise: Pan et al. 2020).
 * @param pictures each [imgChannels, resolution, resolution]
 * @throws GanvasError of `Engine.compile`
 */
export async function nearestDraws(
  engine: Engine,
  generator: Generator,
  draws: readonly Draw[],
  pictures: readonly Float32Array[],
  noise: InversionSettings['noise'],
): Promise<readonly (readonly Draw[])[]> {
  const { resolution, imgChannels } = generator;
  const looked = draws.slice(0, looksAtMost(resolution));
  const size = Math.min(resolution, comparedSize);
  const targets = pictures.map((picture) => shrunk(picture, imgChannels, resolution, size));
  const images = await renderSmall(engine, generator, looked, size, noise);
  return targets.map((target) => {
    const distances = images.map((image) => squaredDistance(image, target));
    return looked
      .map((draw, index) => ({ draw, distance: at(distances, index) }))
      .sort((a, b) => a.distance - b.distance)
      .map(({ draw }) => draw);
  });
}

async function renderSmall(
  engine: Engine,
  generator: Generator,
  draws: readonly Draw[],
  size: number,
  noise: InversionSettings['noise'],
): Promise<readonly Float32Array[]> {
  const { wDim, imgChannels, resolution } = generator;
  const rows = batchOf(resolution);
  const program = await engine.compile(
    (inputs) => ({
      img: resize(generator.synthesis(everyLayer(generator, named(inputs, 'w')), { noise }), [size, size], {
        mode: 'area',
      }),
    }),
    { w: [rows, wDim] },
    { label: 'pictures of draws' },
  );
  const images: Float32Array[] = [];
  try {
    for (let first = 0; first < draws.length; first += rows) {
      const some = draws.slice(first, first + rows);
      const w = new Float32Array(rows * wDim);
      some.forEach((draw, row) => w.set(draw.w, row * wDim));
      program.run({ w });
      const img = await program.read('img');
      const length = imgChannels * size * size;
      images.push(...some.map((_, row) => img.subarray(row * length, (row + 1) * length)));
    }
  } finally {
    program.dispose();
  }
  return images;
}

/** Means of squares of pixels; generators' resolutions are powers of two. */
function shrunk(picture: Float32Array, channels: number, resolution: number, size: number): Float32Array {
  const factor = resolution / size;
  const small = new Float32Array(channels * size * size);
  for (let row = 0; row < channels * resolution; row++) {
    for (let x = 0; x < resolution; x++) {
      const index = Math.floor(row / factor) * size + Math.floor(x / factor);
      small[index] = at(small, index) + at(picture, row * resolution + x) / (factor * factor);
    }
  }
  return small;
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (at(a, i) - at(b, i)) ** 2;
  return sum;
}
