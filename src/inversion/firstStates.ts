import type { Engine } from '../engine/engine.js';
import { at, sizeOf } from '../engine/shape.js';
import { RandomState } from '../latent/randomState.js';
import type { InversionRequest } from './inversionRequest.js';
import type { Draw } from './latentDomain.js';
import { named } from './named.js';
import { nearestDraws } from './nearestDraws.js';
import { latentShape, optimisedShapes, stateShapes } from './stepProgram.js';

export type StateValues = Readonly<Record<string, Float32Array<ArrayBuffer>>>;

/** How far a near draw is drawn to the mean w: 0 leaves it, 1 takes it there. Found on the bundled model. */
const pullToMean = 0.4;

/**
 * The values of every state before the first step: latents as `settings.startFrom` says, noise maps as standard normal
 * noise, moments zeros.
 * @throws GanvasError of `nearestDraws`
 */
export async function firstStates(engine: Engine, request: InversionRequest): Promise<StateValues> {
  const { settings, generator, pictures, domain } = request;
  const random = new RandomState(settings.seed);
  const states: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const [name, shape] of Object.entries(stateShapes(request))) states[name] = new Float32Array(sizeOf(shape));

  const latents = named(states, 'latents');
  const rowSize = sizeOf(latentShape(settings.space, generator, 1));
  const near =
    settings.startFrom === 'nearest'
      ? await nearestDraws(engine, generator, domain.draws, pictures, settings.noise)
      : null;
  for (let row = 0; row < pictures.length * settings.starts; row++) {
    const start = row % settings.starts;
    const ownNear = near === null ? null : at(near, Math.floor(row / settings.starts));
    latents.set(firstLatents(request, start, ownNear, random), row * rowSize);
  }
  for (const [name, shape] of Object.entries(optimisedShapes(request))) {
    if (name !== 'latents') states[name] = Float32Array.from(random.randn(sizeOf(shape)));
  }
  return states;
}

function firstLatents(
  request: InversionRequest,
  start: number,
  near: readonly Draw[] | null,
  random: RandomState,
): Float32Array {
  const { settings, generator, domain } = request;
  const draw = near === null ? null : at(near, start % near.length);
  if (settings.space === 'z') return draw?.z ?? Float32Array.from(random.randn(generator.zDim));
  const w = draw === null ? plainStart(request, start) : towardsMean(draw.w, domain.statistics.mean);
  const row = settings.coordinates === 'plain' ? w : domain.whiten(w);
  const layers = settings.space === 'w' ? 1 : generator.numWs;
  const values = new Float32Array(layers * generator.wDim);
  for (let layer = 0; layer < layers; layer++) values.set(row, layer * generator.wDim);
  return values;
}

function plainStart({ settings, domain }: InversionRequest, start: number): Float32Array {
  if (start === 0) return domain.statistics.mean;
  return at(domain.draws, (settings.seed + start) % domain.draws.length).w;
}

function towardsMean(w: Float32Array, mean: Float32Array): Float32Array {
  return w.map((value, i) => value + pullToMean * (at(mean, i) - value));
}
