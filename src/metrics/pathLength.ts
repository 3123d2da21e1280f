/** Perceptual path length: how evenly pictures change along straight ways through the latent space. */
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { Program } from '../engine/program.js';
import { at, type Shape } from '../engine/shape.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import { lerp, slerp, type Interpolation } from '../latent/interpolation.js';
import { LatentDraws } from '../latent/latentDraws.js';
import { RandomState } from '../latent/randomState.js';
import { checkLatentSpace } from '../latent/latentSpaces.js';
import { classLabels } from '../models/classLabels.js';
import type { Generator } from '../models/generator.js';
import { resize } from '../ops/resample.js';

/** Compares pictures; the name says by what: LPIPS is one of many, and only its numbers can be set beside published ones. */
export interface PictureDistance {
  readonly name: string;
  /** Pixels a side of the only pictures it takes; null for any. */
  readonly resolution: number | null;
  /** Pictures [N, C, R, R] in −1…1, twice → distances [N]. */
  distance(a: Tensor, b: Tensor): Tensor;
}

export interface PathLengthRequest {
  /** Where the ways lie: `w`, straight; `z`, along great circles. */
  readonly space: 'z' | 'w';
  /** Ways; the official code takes 100 000. */
  readonly samples: number;
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (fraction: number) => void;
}

/** How far apart the two pictures are, in parts of the whole way. */
const epsilon = 1e-4;
/** The network does not see faster on more than this. */
const largestSeen = 256;
const pixelsOfBatch = 4 * 64 ** 2;
/** Part of the samples at either end that is left out. */
const trimmed = 0.01;

/**
 * Mean of d(G(t), G(t + ε)) / ε² over random ways and places t on them, without the smallest and largest hundredth (Karras
 * et al. 2019, §4.1; stylegan metrics/perceptual_path_length.py). Noise is constant, psi 1.
 * @throws GanvasError `invalid-measure` for fewer than 2 samples, `latent-space-missing`, `cancelled`, and of `Engine.compile`
 */
export async function pathLength(
  engine: Engine,
  generator: Generator,
  features: PictureDistance,
  request: PathLengthRequest,
): Promise<number> {
  if (!(Number.isInteger(request.samples) && request.samples >= 2)) {
    throw new GanvasError('invalid-measure', `${request.samples} ways were asked for. Expected at least 2.`);
  }
  checkLatentSpace(request.space, generator.latentSpaces);
  const programs = await compile(engine, generator, features, request);
  try {
    return trimmedMean(await distancesOf(programs, generator, request));
  } finally {
    programs.mapping.dispose();
    programs.distance.dispose();
  }
}

/** Latents of a way's ends, and the distance of two neighbours on it. */
interface Programs {
  readonly mapping: Program;
  readonly distance: Program;
}

const batchOf = ({ resolution }: Generator): number => Math.max(1, Math.floor(pixelsOfBatch / resolution ** 2));

/** Ends and place of every way → distances [batch]. Ends and steps are taken on the CPU, where f64 keeps ε exact. */
async function compile(
  engine: Engine,
  generator: Generator,
  features: PictureDistance,
  { space, class: label }: PathLengthRequest,
): Promise<Programs> {
  const batch = batchOf(generator);
  const mapped = (z: Tensor): Tensor => generator.mapping(z, classLabels(generator, label, batch));
  const pictureOf = (latent: Tensor): Tensor => pictureAt(generator, space === 'z' ? mapped(latent) : latent);
  const zShape: Shape = [batch, generator.zDim];
  const shape = space === 'z' ? zShape : [batch, generator.wDim];
  const mapping = await engine.compile(
    ({ z = inputTensor('z', zShape) }) => ({ w: mapped(z) }),
    { z: zShape },
    { label: 'ends of ways' },
  );
  try {
    const distance = await engine.compile(
      ({ a = inputTensor('a', shape), b = inputTensor('b', shape) }) => ({
        distance: features.distance(seen(pictureOf(a), features), seen(pictureOf(b), features)),
      }),
      { a: shape, b: shape },
      { label: 'path length' },
    );
    return { mapping, distance };
  } catch (error) {
    mapping.dispose();
    throw error;
  }
}

function pictureAt(generator: Generator, w: Tensor): Tensor {
  const statistics = generator.statisticsOf(1);
  const ws = generator.truncate(w, constantTensor('psi', [generator.numWs], new Float32Array(generator.numWs).fill(1)));
  return generator.synthesis(ws, {
    noise: 'const',
    ...(statistics === null ? {} : { statistics: constantTensor('statistics', [statistics.length], statistics) }),
  });
}

/** At the size that the network wants, and no larger than the official 256². */
function seen(picture: Tensor, { resolution }: PictureDistance): Tensor {
  const size = resolution ?? Math.min(largestSeen, at(picture.shape, 2));
  return at(picture.shape, 2) === size ? picture : resize(picture, [size, size], { mode: 'area' });
}

async function distancesOf(
  { mapping, distance }: Programs,
  generator: Generator,
  { space, samples, seed, signal, onProgress }: PathLengthRequest,
): Promise<Float64Array> {
  const batch = batchOf(generator);
  const draws = new LatentDraws(generator, seed);
  // Another stream, so that the ends are those that every other measure of this seed draws.
  const places = new RandomState((seed ^ 1) >>> 0);
  const found = new Float64Array(samples);
  const endsOf = async (): Promise<Float32Array> => {
    const z = draws.next(batch);
    if (space === 'z') return z;
    mapping.run({ z });
    return mapping.read('w');
  };
  for (let first = 0; first < samples; first += batch) {
    if (signal?.aborted === true) throw new GanvasError('cancelled', 'Measuring the path length was cancelled.');
    const [from, to] = [await endsOf(), await endsOf()];
    const t = places.randomSample(batch);
    const between = space === 'z' ? greatCircle : lerp;
    distance.run({
      a: pointsOn(between, from, to, t),
      b: pointsOn(
        between,
        from,
        to,
        t.map((value) => value + epsilon),
      ),
    });
    const rows = Math.min(batch, samples - first);
    for (const [row, value] of (await distance.read('distance')).subarray(0, rows).entries()) {
      found[first + row] = value / epsilon ** 2;
    }
    onProgress?.((first + rows) / samples);
  }
  return found;
}

function pointsOn(
  way: Interpolation,
  from: Float32Array,
  to: Float32Array,
  t: Float64Array,
): Float32Array<ArrayBuffer> {
  const dim = from.length / t.length;
  const points = new Float32Array(from.length);
  for (const [row, place] of t.entries()) {
    const ends = [from, to].map((all) => all.subarray(row * dim, (row + 1) * dim)) as [Float32Array, Float32Array];
    points.set(way(...ends, place), row * dim);
  }
  return points;
}

/** Between the directions of two z (stylegan perceptual_path_length.py: slerp), at the length that a z usually has. */
const greatCircle: Interpolation = (from, to, t) =>
  slerp(unit(Float64Array.from(from)), unit(Float64Array.from(to)), t).map((value) => Math.sqrt(from.length) * value);

function unit(values: Float64Array): Float64Array {
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}

/**
 * Mean of what lies between the 1st and the 99th percentile, both of them samples: `np.percentile` with `lower` and
 * `higher`.
 */
export function trimmedMean(values: Float64Array): number {
  const sorted = values.toSorted();
  const last = sorted.length - 1;
  const [low, high] = [at(sorted, Math.floor(trimmed * last)), at(sorted, Math.ceil((1 - trimmed) * last))];
  const kept = sorted.filter((value) => value >= low && value <= high);
  return kept.reduce((sum, value) => sum + value, 0) / kept.length;
}
