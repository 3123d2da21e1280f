/** What directions do to pictures: beside random ones, and how far a slider should reach. */
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import type { Direction } from '../latent/direction.js';
import { LatentDraws } from '../latent/latentDraws.js';
import { formatLayerRange } from '../latent/layerRange.js';
import { RandomState } from '../latent/randomState.js';
import type { FeatureNetwork } from '../models/featureNetwork.js';
import type { Generator } from '../models/generator.js';
import { checkNotCancelled } from './cancellation.js';
import { ChangeCurve, type ChangePoint } from './changeCurve.js';
import { latentSigma } from './latentSigma.js';
import { meanDeviation, sampleSpread } from './latentSpread.js';
import { PictureChange, type Movement } from './pictureChange.js';
import { comparisonLengths, lengthOf, randomMovements, sameGround } from './randomMovements.js';

export interface EffectsRequest {
  /** Pictures that each direction is tried on. */
  readonly samples: number;
  readonly seed: number;
  /** Class of a conditional model, else null. */
  readonly class: number | null;
  /** Truncation of the pictures; 1 for a model that cannot truncate. */
  readonly psi: number;
  /** Compares pictures by its features instead of by pixels. */
  readonly network?: FeatureNetwork;
  readonly signal?: AbortSignal;
  /** Batches of moved pictures that are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a direction does to pictures. */
export interface DirectionEffect {
  /** Mean change of the picture at ±1, over that of random directions of the same length in the same space and layers. */
  readonly effect: number;
  /** Strength, either way, at which a slider ends: see `measureEffects`. */
  readonly range: number;
}

/**
 * The part of the distance between two pictures of the model by which a slider changes a picture from its middle to its
 * end. At a half the picture is as far from where it was as from a stranger half way; beyond that models fall apart.
 */
const changeAtEnd = 0.5;
/** Strengths that are tried, in standard deviations of the latents along the direction; the last is as far as a slider goes. */
const triedSigmas = [0.5, 1.5, 4, 10] as const;
/** Random directions for each space, layers and length. */
const randomCount = 6;
/** Latents that tell how the model's own spread along directions. */
const spreadCount = 1000;

/** A movement and a strength at which pictures are compared; what it gave is added up. */
interface Probe {
  readonly movement: Movement;
  readonly strength: number;
  sum: number;
}

/** The probes of a direction, and those of its random fellows. */
interface Plan {
  readonly direction: Direction;
  readonly reach: number;
  readonly own: readonly Probe[];
  readonly random: readonly Probe[];
}

/**
 * Measures directions by the pictures that they lead to, on `samples` latents of `seed`. A change is the root mean square
 * difference of pixels of −1…1, or the distance of features, averaged over the latents and both ways.
 *
 * `effect` compares the change at ±1 with that of random directions. `range` makes sliders alike: there, every direction has
 * changed pictures by the same amount, half of the mean distance between two pictures of the model, as far as ten standard
 * deviations of the latents along it get there. It is found by probes at 0.5, 1.5, 4 and 10 of these standard deviations
 * (`statistics.sigma` where the method gives it, else measured on latents) and a monotone curve through them.
 * @throws GanvasError `invalid-samples`, `direction-length`, `invalid-layer-range`, `class-missing`, `cancelled`, and of
 * `Engine.compile`
 */
export async function measureEffects(
  engine: Engine,
  generator: Generator,
  directions: readonly Direction[],
  request: EffectsRequest,
): Promise<readonly DirectionEffect[]> {
  const { samples, signal } = request;
  if (!Number.isInteger(samples) || samples < 1) {
    throw new GanvasError(
      'invalid-samples',
      `${samples} samples were asked for. Expected a whole number of at least 1.`,
    );
  }
  for (const direction of directions) checkFits(direction, generator);
  checkNotCancelled(signal, 'Measuring directions');
  if (directions.length === 0) return [];
  const sigmas = await sigmasOf(engine, generator, directions, request);
  const plans = planProbes(directions, sigmas, request.seed);
  const change = await PictureChange.compile(engine, generator, request, samples);
  try {
    const stranger = await runProbes(change, generator, plans, request);
    return plans.map((plan) => effectOf(plan, changeAtEnd * stranger));
  } finally {
    change.dispose();
  }
}

function checkFits({ name, space, dim, layers, vectors }: Direction, { zDim, wDim, numWs }: Generator): void {
  const needed = space === 'z' ? zDim : wDim;
  const rows = space === 'w+' ? layers.length : 1;
  if (space !== 'z') formatLayerRange(layers, numWs);
  if (dim === needed && vectors.length === rows * dim) return;
  throw new GanvasError(
    'direction-length',
    `The direction "${name}" has ${vectors.length} numbers; this model's ${space} takes ${rows} × ${needed}. Choose a direction of this model.`,
    { found: vectors.length, rows, needed },
  );
}

/** One standard deviation of the latents along each direction, in its own strength; never 0. */
async function sigmasOf(
  engine: Engine,
  generator: Generator,
  directions: readonly Direction[],
  { seed, class: label, signal }: EffectsRequest,
): Promise<number[]> {
  const known = directions.map(({ statistics: { sigma = 0 } }) => (sigma > 0 ? sigma : null));
  if (known.every((sigma) => sigma !== null)) return known;
  const spread = await sampleSpread(engine, generator, {
    count: spreadCount,
    seed,
    class: label,
    ...(signal === undefined ? {} : { signal }),
  });
  return directions.map((direction, index) => {
    const sigma = known[index] ?? latentSigma(direction, spread) ?? 0;
    // Where latents do not vary, the size of their variation elsewhere is all there is to go by.
    return sigma > 0 ? sigma : meanDeviation(spread, direction.space) / (lengthOf(direction) || 1);
  });
}

/** Random directions are shared by all directions of a space and layers, at a few lengths. */
function planProbes(directions: readonly Direction[], sigmas: readonly number[], seed: number): Plan[] {
  const random = new RandomState((seed + 1) % 2 ** 32);
  const shared: { readonly ground: Direction; readonly probes: readonly Probe[] }[] = [];
  const randomProbes = (direction: Direction): readonly Probe[] => {
    const found = shared.find(({ ground }) => sameGround(ground, direction));
    if (found !== undefined) return found.probes;
    const fellows = directions.filter((other) => sameGround(other, direction));
    const movements = randomMovements(direction, randomCount, random);
    const probes = comparisonLengths(fellows.map(lengthOf)).flatMap((length) =>
      movements.map((movement) => ({ movement, strength: length, sum: 0 })),
    );
    shared.push({ ground: direction, probes });
    return probes;
  };
  return directions.map((direction, index) => {
    const sigma = at(sigmas, index);
    const strengths = new Set([1, ...triedSigmas.map((tried) => tried * sigma)]);
    const own = [...strengths].flatMap((strength) =>
      [strength, -strength].map((signed) => ({ movement: direction, strength: signed, sum: 0 })),
    );
    return { direction, reach: at(triedSigmas, -1) * sigma, own, random: randomProbes(direction) };
  });
}

/** Tries everything on all samples. @returns the mean distance between two pictures of the model */
async function runProbes(
  change: PictureChange,
  generator: Generator,
  plans: readonly Plan[],
  { samples, seed, signal, onProgress }: EffectsRequest,
): Promise<number> {
  const probes = [...new Set(plans.flatMap(({ own, random }) => [...own, ...random]))];
  const draws = new LatentDraws(generator, seed);
  const batches = Math.ceil(samples / change.batch);
  // All at once, so that what is measured does not depend on how many go through together.
  const [allOthers, all] = [draws.next(samples), draws.next(samples)];
  const { zDim } = generator;
  const rowsOf = (draw: Float32Array, first: number, rows: number): Float32Array<ArrayBuffer> => {
    const padded = new Float32Array(change.batch * zDim);
    padded.set(draw.subarray(first * zDim, (first + rows) * zDim));
    return padded;
  };
  let stranger = 0;
  let done = 0;
  for (let first = 0; first < samples; first += change.batch) {
    const rows = Math.min(change.batch, samples - first);
    const [z, others] = [rowsOf(all, first, rows), rowsOf(allOthers, first, rows)];
    await change.startFrom(z);
    stranger += sumOf(await change.toOthers(others), rows) / samples;
    await change.startFrom(z);
    for (const probe of probes) {
      checkNotCancelled(signal, 'Measuring directions');
      probe.sum += sumOf(await change.at(probe.movement, probe.strength), rows) / samples;
      onProgress?.(++done, batches * probes.length);
    }
  }
  return stranger;
}

const sumOf = (changes: Float32Array, rows: number): number =>
  changes.subarray(0, rows).reduce((sum, value) => sum + value, 0);

function effectOf({ direction, reach, own, random }: Plan, wanted: number): DirectionEffect {
  const curve = new ChangeCurve(averaged(own));
  const beside = new ChangeCurve(averaged(random)).at(lengthOf(direction));
  const atOne = at(
    averaged(own).filter(({ strength }) => strength === 1),
    0,
  ).change;
  return {
    effect: beside > 0 ? atOne / beside : 0,
    range: Math.min(curve.strengthOf(wanted) ?? reach, reach),
  };
}

/** Mean change at each strength, whatever the sign and the movement. */
function averaged(probes: readonly Probe[]): ChangePoint[] {
  const strengths = [...new Set(probes.map(({ strength }) => Math.abs(strength)))];
  return strengths.map((strength) => {
    const same = probes.filter((probe) => Math.abs(probe.strength) === strength);
    return { strength, change: same.reduce((sum, { sum: change }) => sum + change, 0) / same.length };
  });
}
