/** The latents of a walk: what every face shows of one. */
import { psiOfLayers } from '../editing/applyEdits.js';
import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { LatentSpace } from '../latent/direction.js';
import { lerp, pointsBetween, slerp } from '../latent/interpolation.js';
import type { Recipe, RecipeLatent } from '../latent/recipe.js';
import { geodesic, resample } from '../walks/geodesic.js';
import { GeneratorPictures } from '../walks/generatorPictures.js';
import { randomWalk } from '../walks/randomWalk.js';
import { latentOfSeed } from './latentOfSeed.js';
import type { GeneratorSession } from './session.js';
import type { WalkRequest } from './walkApi.js';

export interface WalkOptions {
  readonly signal?: AbortSignal;
  /** Of looking for a geodesic, 0…1; the other walks are there at once. */
  readonly onProgress?: (fraction: number) => void;
}

export const mostFrames = 10_000;
/** Points that a geodesic is bent by; frames between them lie on straight pieces. */
const geodesicPoints = 9;
/** On face64 a dozen steps take up to half of the energy, and the next dozen a tenth of the rest. */
const [geodesicSteps, geodesicTolerance] = [12, 5e-3];
/** Angle of a random walk's step in radians, as the way between two seeds taken in sixteen. */
const randomStep = 0.1;

/**
 * Latents from one to another, both ends among them as they were given. `lerp` and `geodesic` go through w where the model has
 * it (w+ when an end is of w+), `slerp` through z.
 * @throws GanvasError `invalid-walk`, `walk-space`, `cancelled`, and those of `baseLatent` and `Engine.compile`
 */
export async function walkPath(
  engine: Engine,
  session: GeneratorSession,
  recipe: Pick<Recipe, 'class' | 'truncation'>,
  { kind, from, to, frames }: WalkRequest,
  { signal, onProgress }: WalkOptions = {},
): Promise<readonly RecipeLatent[]> {
  checkFrames(frames);
  const space = spaceOfWalk(session, kind, [from, to]);
  const [a, b] = [await pointOf(session, space, from, recipe), await pointOf(session, space, to, recipe)];
  const way = space === 'z' ? slerp : lerp;
  const points =
    kind === 'geodesic'
      ? resample(await shortest(pointsBetween(way, a, b, geodesicPoints)), frames)
      : pointsBetween(kind === 'slerp' ? slerp : lerp, a, b, frames);
  const latents = points.map((point) => latentOf(space, point, session.summary.wDim));
  return [from, ...latents.slice(1, -1), to];

  async function shortest(start: readonly Float64Array[]): Promise<readonly Float64Array[]> {
    const psi = psiOfLayers(recipe.truncation, session.summary.numWs);
    const walked = { space, class: recipe.class, psi };
    const pictures = await GeneratorPictures.compile(engine, session.opened.generator, walked);
    try {
      const found = await geodesic(pictures, start, {
        steps: geodesicSteps,
        tolerance: geodesicTolerance,
        ...(signal === undefined ? {} : { signal }),
        onStep: (step) => onProgress?.(step / geodesicSteps),
      });
      return found.points;
    } finally {
      pictures.dispose();
    }
  }
}

/**
 * A walk over the sphere of z that begins at a seed's.
 * @throws GanvasError `invalid-walk`, `invalid-seed`
 */
export function randomPath(
  session: GeneratorSession,
  recipe: Pick<Recipe, 'truncation'>,
  seed: number,
  frames: number,
): readonly RecipeLatent[] {
  checkFrames(frames);
  const from: RecipeLatent = { space: 'z', seed };
  const start = zOf(session, from, recipe);
  const points = randomWalk({ start, count: frames, angle: randomStep, seed });
  return [from, ...points.slice(1).map((point): RecipeLatent => latentOf('z', point, session.summary.wDim))];
}

/** Seeds as numbers of the space that a straight walk between them goes through. */
export async function latentsOfSeeds(
  session: GeneratorSession,
  recipe: Pick<Recipe, 'class' | 'truncation'>,
  seeds: readonly number[],
): Promise<readonly RecipeLatent[]> {
  const ends = seeds.map((seed): RecipeLatent => ({ space: 'z', seed }));
  const space = spaceOfWalk(session, 'lerp', ends);
  const points = await Promise.all(ends.map((end) => pointOf(session, space, end, recipe)));
  return points.map((point) => latentOf(space, point, session.summary.wDim));
}

/** The picture of a latent on the way: the edits come along; styles of other seeds and changes of units stay behind. */
export function recipeOnTheWay({ mix: _, units: __, ...recipe }: Recipe, latent: RecipeLatent): Recipe {
  return { ...recipe, latent };
}

function checkFrames(frames: number): void {
  if (Number.isInteger(frames) && frames >= 2 && frames <= mostFrames) return;
  throw new GanvasError(
    'invalid-walk',
    `A walk of ${frames} pictures was asked for. Expected a whole number from 2 to ${mostFrames}.`,
    { frames: String(frames) },
  );
}

function spaceOfWalk(
  { summary: { latentSpaces } }: GeneratorSession,
  kind: WalkRequest['kind'],
  ends: readonly RecipeLatent[],
): LatentSpace {
  const spaces = ends.map(({ space }) => space);
  const allZ = spaces.every((space) => space === 'z');
  if (kind === 'slerp' && !allZ) {
    throw new GanvasError(
      'walk-space',
      `A slerp leads from z to z, and these ends are of ${spaces.join(' and ')}. Choose lerp or geodesic, which go through w.`,
    );
  }
  if (kind === 'slerp' || !latentSpaces.includes('w')) return 'z';
  return spaces.includes('w+') ? 'w+' : 'w';
}

async function pointOf(
  session: GeneratorSession,
  space: LatentSpace,
  latent: RecipeLatent,
  recipe: Pick<Recipe, 'class' | 'truncation'>,
): Promise<Float32Array> {
  if (space === 'z') return zOf(session, latent, recipe);
  const rows = await session.rowsOf(latent, recipe.class);
  return space === 'w' ? rows.subarray(0, session.summary.wDim) : rows;
}

/** BigGAN's psi multiplies the z of a seed, and leaves one that is given as it is (`baseLatent`). */
function zOf(
  { opened: { generator } }: GeneratorSession,
  latent: RecipeLatent,
  { truncation: { psi } }: Pick<Recipe, 'truncation'>,
): Float32Array {
  if (latent.space !== 'z') throw new RangeError('internal: a walk through z');
  if ('values' in latent) return Float32Array.from(latent.values);
  const z = latentOfSeed(generator, latent.seed);
  return generator.zDistribution === 'normal' ? z : z.map((value) => value * psi);
}

function latentOf(space: LatentSpace, point: ArrayLike<number>, wDim: number): RecipeLatent {
  // As the GPU sees them: a recipe says what was shown.
  const values = [...Float32Array.from(point)];
  if (space === 'z') return { space, values };
  if (space === 'w') return { space, values };
  const rows = values.length / wDim;
  return { space, values: Array.from({ length: rows }, (_, row) => values.slice(row * wDim, (row + 1) * wDim)) };
}
