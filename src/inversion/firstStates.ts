import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import { at, sizeOf } from '../engine/shape.js';
import { RandomState } from '../latent/randomState.js';
import type { StyleEncoder } from '../models/styleEncoder.js';
import { encodedStyles } from './encodedStyles.js';
import type { InversionRequest } from './inversionRequest.js';
import type { InversionSettings } from './inversionSettings.js';
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
 * @throws GanvasError `invalid-inversion` when they are to be an encoder's and cannot; those of `nearestDraws` and
 *   `encodedStyles`
 */
export async function firstStates(engine: Engine, request: InversionRequest): Promise<StateValues> {
  const { settings, generator, pictures, domain } = request;
  const random = new RandomState(settings.seed);
  const states: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const [name, shape] of Object.entries(stateShapes(request))) states[name] = new Float32Array(sizeOf(shape));

  const latents = named(states, 'latents');
  const rowSize = sizeOf(latentShape(settings.space, generator, 1));
  const encoded = await encodedStarts(engine, request);
  const near = needsNear(settings)
    ? await nearestDraws(engine, generator, domain.draws, pictures, settings.noise)
    : null;
  for (let row = 0; row < pictures.length * settings.starts; row++) {
    const start = row % settings.starts;
    const picture = Math.floor(row / settings.starts);
    const guess = start === 0 ? encoded?.[picture] : undefined;
    const ownNear = near === null ? null : at(near, picture);
    latents.set(guess ?? firstLatents(request, start, ownNear, random), row * rowSize);
  }
  for (const [name, shape] of Object.entries(optimisedShapes(request))) {
    if (name !== 'latents') states[name] = Float32Array.from(random.randn(sizeOf(shape)));
  }
  return states;
}

function needsNear({ startFrom, starts }: InversionSettings): boolean {
  return startFrom === 'nearest' || (startFrom === 'encoder' && starts > 1);
}

/** One W+ for each picture, in the coordinates of the run; null where starts are not the encoder's. */
async function encodedStarts(engine: Engine, request: InversionRequest): Promise<readonly Float32Array[] | null> {
  const { settings, generator, pictures, domain, encoder } = request;
  if (settings.startFrom !== 'encoder') return null;
  const styles = await encodedStyles(engine, startingEncoder(settings, encoder), generator, pictures);
  if (settings.coordinates === 'plain') return styles;
  const { wDim } = generator;
  return styles.map((ws) => {
    const whitened = new Float32Array(ws.length);
    for (let first = 0; first < ws.length; first += wDim) {
      whitened.set(domain.whiten(ws.slice(first, first + wDim)), first);
    }
    return whitened;
  });
}

/** @throws GanvasError `invalid-inversion` */
function startingEncoder({ space }: InversionSettings, encoder: StyleEncoder | null): StyleEncoder {
  if (encoder !== null && space === 'w+') return encoder;
  const found = encoder === null ? 'none was given' : `the space is ${space}`;
  throw new GanvasError(
    'invalid-inversion',
    `The run is to start from the model's encoder, in w+, and ${found}. Start from "nearest" instead.`,
  );
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
