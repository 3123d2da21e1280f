import type { Engine, TracedStep } from '../engine/engine.js';
import type { Program } from '../engine/program.js';
import { at, sizeOf, type Shape } from '../engine/shape.js';
import { constantTensor, type Tensor } from '../engine/tensor.js';
import type { Update } from '../engine/update.js';
import { mse } from '../losses/mse.js';
import { noiseRegulariser } from '../losses/noiseRegulariser.js';
import { meanPerSample } from '../losses/perSample.js';
import type { Generator } from '../models/generator.js';
import { add } from '../ops/binary.js';
import { gradient } from '../ops/gradient.js';
import { resize } from '../ops/resample.js';
import { scale, square } from '../ops/unary.js';
import { adam, adamDefaults, adamScheduleShape, momentsShape, type AdamAttributes } from '../optimisers/adam.js';
import { renormalise } from '../optimisers/renormalise.js';
import type { InversionRequest, PerceptualLoss } from './inversionRequest.js';
import type { InversionSettings, InversionSpace } from './inversionSettings.js';
import { named } from './named.js';
import { everyLayer, isWhitened, latentsAreW, wOfLatents } from './wOfLatents.js';

const mostPerceived = 256;

/** Shape of the latents of `rows` starts. */
export function latentShape(space: InversionSpace, { zDim, wDim, numWs }: Generator, rows: number): Shape {
  switch (space) {
    case 'z':
      return [rows, zDim];
    case 'w':
      return [rows, wDim];
    case 'w+':
      return [rows, numWs, wDim];
  }
}

/** The tensors that a run optimises, by name. */
export function optimisedShapes({ settings, generator, pictures }: InversionRequest): Readonly<Record<string, Shape>> {
  const rows = pictures.length * settings.starts;
  const maps = settings.noiseRegulariser === null ? [] : generator.noiseMaps;
  return {
    latents: latentShape(settings.space, generator, rows),
    ...Object.fromEntries(
      maps.map(({ layer, resolution }) => [`noise ${layer}`, [rows, 1, resolution, resolution]] as const),
    ),
  };
}

/** Adam's moments of an optimised tensor. */
export const momentsOf = (name: string): string => `moments of ${name}`;

/** Whether a step looks at other pictures than its latents will make: with noise on them, or noise maps of its own. */
export function needsJudge({ latentNoise, noiseRegulariser }: InversionSettings): boolean {
  return latentNoise > 0 || noiseRegulariser !== null;
}

/** Every input that a run changes: the optimised tensors and their moments. */
export function stateShapes(request: InversionRequest): Readonly<Record<string, Shape>> {
  return Object.fromEntries(
    Object.entries(optimisedShapes(request)).flatMap(([name, shape]) => [
      [name, shape] as const,
      [momentsOf(name), momentsShape(shape)] as const,
    ]),
  );
}

export const adamOf = ({ beta2 }: InversionSettings): AdamAttributes => ({ ...adamDefaults, beta2 });

/**
 * One step as one program: picture, loss, gradient, Adam. Outputs, for each start: `loss` and `mse` [rows], and unless the
 * latents are w themselves, their `w` without noise ([rows, wDim] or [rows, numWs, wDim]).
 */
export function compileStep(engine: Engine, request: InversionRequest): Promise<Program> {
  const shapes: Record<string, Shape> = { ...stateShapes(request), schedule: adamScheduleShape };
  if (request.settings.latentNoise > 0) shapes['latentNoise'] = named(shapes, 'latents');
  return engine.compileStep((inputs) => traceStep(request, inputs), shapes, { label: request.label });
}

/**
 * What the latents alone are worth, with the noise that pictures will be made with: NVIDIA's projector keeps w and drops
 * noise and maps (stylegan2-ada-pytorch projector.py: run_projection). Input `latents`, outputs as those of a step.
 */
export function compileJudge(engine: Engine, request: InversionRequest): Promise<Program> {
  const { generator, settings } = request;
  const shapes = { latents: named(stateShapes(request), 'latents') };
  const trace = (inputs: Readonly<Record<string, Tensor>>): Record<string, Tensor> => {
    const latents = named(inputs, 'latents');
    const w = wOfLatents(request, latents);
    const picture = generator.synthesis(everyLayer(generator, w), { noise: settings.noise });
    const losses = lossesOf(request, { latents, picture, maps: null });
    return { ...losses, ...(latentsAreW(settings) ? {} : { w }) };
  };
  return engine.compile(trace, shapes, { label: `${request.label} judge` });
}

function traceStep(request: InversionRequest, inputs: Readonly<Record<string, Tensor>>): TracedStep {
  const { generator, settings } = request;
  const input = (name: string): Tensor => named(inputs, name);
  const latents = input('latents');
  const noisy = settings.latentNoise > 0 ? add(latents, input('latentNoise')) : latents;
  const maps = settings.noiseRegulariser === null ? null : noiseInputs(generator, input);
  const picture = generator.synthesis(everyLayer(generator, wOfLatents(request, noisy)), {
    noise: maps ?? settings.noise,
  });
  const losses = lossesOf(request, { latents, picture, maps });

  const names = Object.keys(optimisedShapes(request));
  const gradients = gradient(losses.loss, names.map(input));
  const steps = names.map((name, index) =>
    adam(input(name), input(momentsOf(name)), at(gradients, index), input('schedule'), adamOf(settings)),
  );
  const normalised: Update[] = names.filter((name) => name !== 'latents').map((name) => renormalise(input(name)));
  const w = latentsAreW(settings) ? {} : { w: wOfLatents(request, latents) };
  return { outputs: { ...losses, ...w }, updates: [...steps, ...normalised] };
}

function noiseInputs(generator: Generator, input: (name: string) => Tensor): ReadonlyMap<string, Tensor> {
  return new Map(generator.noiseMaps.map(({ layer }) => [layer, input(`noise ${layer}`)]));
}

/** What a loss looks at. */
interface Judged {
  readonly latents: Tensor;
  readonly picture: Tensor;
  /** Those that are optimised. */
  readonly maps: ReadonlyMap<string, Tensor> | null;
}

function lossesOf(
  { settings, generator, pictures, perceptual }: InversionRequest,
  { latents, picture, maps }: Judged,
): { loss: Tensor; mse: Tensor } {
  const target = targetTensor(generator, pictures, settings.starts);
  const pixels = mse(picture, target);
  const terms = [scale(pixels, settings.pixelWeight)];
  if (perceptual !== null && settings.perceptualWeight > 0) {
    const distance = perceptual.distance(perceived(picture, perceptual), perceived(target, perceptual));
    terms.push(scale(distance, settings.perceptualWeight));
  }
  if (maps !== null) terms.push(scale(noiseRegulariser([...maps.values()]), settings.noiseRegulariser ?? 0));
  if (isWhitened(settings) && settings.priorWeight > 0) {
    terms.push(scale(meanPerSample(square(latents)), settings.priorWeight));
  }
  return { loss: terms.reduce(add), mse: pixels };
}

/**
 * What a perceptual loss for pictures of any size sees: at most 256², as stylegan2-ada-pytorch projector.py shrinks for
 * its VGG16.
 */
function perceived(picture: Tensor, { resolution }: PerceptualLoss): Tensor {
  const size = at(picture.shape, 2);
  return resolution === null && size > mostPerceived
    ? resize(picture, [mostPerceived, mostPerceived], { mode: 'area' })
    : picture;
}

/**
 * The pictures, each repeated for its starts. A constant: what a perceptual network makes of it is computed once, when
 * the step is compiled.
 */
function targetTensor(
  { imgChannels, resolution }: Generator,
  pictures: readonly Float32Array[],
  starts: number,
): Tensor {
  const shape = [imgChannels, resolution, resolution];
  const values = new Float32Array(pictures.length * starts * sizeOf(shape));
  for (let row = 0; row < pictures.length * starts; row++) {
    values.set(at(pictures, Math.floor(row / starts)), row * sizeOf(shape));
  }
  return constantTensor('target', [pictures.length * starts, ...shape], values);
}
