import { GanvasError } from '../engine/errors.js';
import { sizeOf } from '../engine/shape.js';
import { checkLatentSpace } from '../latent/latentSpaces.js';
import { checkSeed } from '../latent/randomState.js';
import { classMissing } from '../models/requiredClass.js';
import type { InversionState } from './inversionProgress.js';
import type { InversionRequest } from './inversionRequest.js';
import type { InversionSettings } from './inversionSettings.js';
import { stateShapes } from './stepProgram.js';

/** @throws GanvasError `invalid-inversion`, `invalid-seed`, `latent-space-missing`, `class-missing`, `class-out-of-range` */
export function checkRequest({ settings, generator, pictures }: InversionRequest): void {
  checkSettings(settings);
  checkLatentSpace(settings.space, generator.latentSpaces);
  checkClass(settings.class, generator.cDim);
  const size = generator.imgChannels * generator.resolution ** 2;
  if (pictures.length === 0) throw invalid('There is no picture to invert. Expected at least one.');
  for (const picture of pictures) {
    if (picture.length !== size) {
      throw invalid(
        `A picture has ${picture.length} values. The model's have ${size}: ${generator.imgChannels} channels of ${generator.resolution} × ${generator.resolution}.`,
      );
    }
    if (!picture.every(Number.isFinite)) throw invalid('A picture holds values that are not finite numbers.');
  }
}

/** @throws GanvasError `invalid-inversion`, naming the setting; `invalid-seed` */
export function checkSettings(settings: InversionSettings): void {
  const { pixelWeight, perceptualWeight, noiseRegulariser, learningRate } = settings;
  checkSeed(settings.seed);
  for (const name of ['steps', 'starts'] as const) {
    if (!Number.isInteger(settings[name]) || settings[name] < 1) {
      throw invalid(`${name} is ${settings[name]}. Expected a whole number of at least 1.`);
    }
  }
  if (!(Number.isFinite(learningRate) && learningRate > 0)) {
    throw invalid(`The learning rate is ${learningRate}. Expected a finite number above 0.`);
  }
  if (!(settings.beta2 >= 0 && settings.beta2 < 1)) throw invalid(`beta2 is ${settings.beta2}. Expected 0 up to 1.`);
  for (const name of ['rampUp', 'rampDown', 'noiseRamp'] as const) {
    if (!(settings[name] >= 0 && settings[name] <= 1)) throw invalid(`${name} is ${settings[name]}. Expected 0 to 1.`);
  }
  const { latentNoise, priorWeight } = settings;
  const weights = { latentNoise, pixelWeight, priorWeight, perceptualWeight, noiseRegulariser };
  for (const [name, weight] of Object.entries(weights)) {
    if (weight !== null && !(Number.isFinite(weight) && weight >= 0)) {
      throw invalid(`${name} is ${weight}. Expected a finite number of at least 0.`);
    }
  }
  if (pixelWeight === 0 && perceptualWeight === 0) {
    throw invalid('The weights of the pixels and of the perceptual loss are both 0. Expected one above 0.');
  }
}

function checkClass(label: number | null, cDim: number): void {
  if (cDim > 0 && label === null) throw classMissing(cDim);
  if (label === null || (Number.isInteger(label) && label >= 0 && label < cDim)) return;
  throw new GanvasError(
    'class-out-of-range',
    cDim === 0 ? 'This model has no classes.' : `Class ${label} is outside 0…${cDim - 1}.`,
    { class: label, cDim },
  );
}

/** @throws GanvasError `inversion-state-mismatch` */
export function checkState(request: InversionRequest, state: InversionState): void {
  const { pictures, perceptual } = request;
  if (pictures.length !== state.pictures) throw mismatch(`${state.pictures} pictures`, `${pictures.length}`);
  const name = perceptual?.name ?? null;
  if (name !== state.perceptual) throw mismatch(state.perceptual ?? 'no perceptual loss', name ?? 'none');
  for (const [key, shape] of Object.entries(stateShapes(request))) {
    const found = state.tensors[key]?.length ?? 0;
    if (found !== sizeOf(shape)) throw mismatch(`${found} values of ${key}`, `a model with ${sizeOf(shape)}`);
  }
}

function mismatch(kept: string, given: string): GanvasError {
  return new GanvasError(
    'inversion-state-mismatch',
    `The kept inversion has ${kept}, and ${given} was given. Continue it with the model, picture and loss that it was started with.`,
  );
}

function invalid(message: string): GanvasError {
  return new GanvasError('invalid-inversion', message);
}
