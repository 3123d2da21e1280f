import { adamDefaults } from '../optimisers/adam.js';
import { projectorRamps } from '../optimisers/schedules.js';
import type { InversionMethod, InversionSettings, InversionSpace } from './inversionSettings.js';

/** Constants of a method; what a user chooses comes on top. */
type MethodConstants = Omit<
  InversionSettings,
  'method' | 'space' | 'starts' | 'seed' | 'class' | 'noise' | 'perceptualWeight' | 'pixelWeight'
> & {
  /** Weights beside a perceptual loss; without one the pixels weigh 1. */
  readonly weights: { readonly pixels: number; readonly perceptual: number };
};

/**
 * Our own, found on the bundled model (docs/inversion.md): starts at the nearest of the model's own pictures, and steps in
 * whitened coordinates, which keep the result where the model's own w lie.
 */
const ganvas: MethodConstants = {
  steps: 500,
  startFrom: 'nearest',
  coordinates: 'whitened',
  learningRate: 0.1,
  beta2: 0.9,
  rampUp: 0.05,
  rampDown: 0.25,
  latentNoise: 0,
  noiseRamp: 0,
  noiseRegulariser: null,
  priorWeight: 5e-5,
  weights: { pixels: 1, perceptual: 0.1 },
};

/**
 * stylegan2-ada-pytorch projector.py: project. Its loss is the plain squared distance of VGG16 features with LPIPS's heads;
 * without a perceptual loss the pixels take its place.
 */
const projector: MethodConstants = {
  steps: 1000,
  startFrom: 'mean',
  coordinates: 'plain',
  learningRate: 0.1,
  beta2: adamDefaults.beta2,
  ...projectorRamps,
  latentNoise: 0.05,
  noiseRamp: 0.75,
  noiseRegulariser: 1e5,
  priorWeight: 0,
  weights: { pixels: 0, perceptual: 1 },
};

/**
 * Abdal et al. 2019, §4: from the mean w, Adam at 0.01, equal parts of squared pixel difference and VGG16 features, 5000
 * steps. There is no official code.
 */
const image2stylegan: MethodConstants = {
  steps: 5000,
  startFrom: 'mean',
  coordinates: 'plain',
  learningRate: 0.01,
  beta2: adamDefaults.beta2,
  rampUp: 0,
  rampDown: 0,
  latentNoise: 0,
  noiseRamp: 0,
  noiseRegulariser: null,
  priorWeight: 0,
  weights: { pixels: 1, perceptual: 1 },
};

const methods: Readonly<Record<InversionMethod, MethodConstants>> = { ganvas, projector, image2stylegan };

export const inversionMethods: readonly InversionMethod[] = ['ganvas', 'projector', 'image2stylegan'];

/** The space that a method was made for; of a model without it the richest. */
export function usualSpace(method: InversionMethod, offered: readonly InversionSpace[]): InversionSpace {
  const usual = method === 'projector' ? 'w' : 'w+';
  return offered.includes(usual) ? usual : (offered.at(-1) ?? 'z');
}

/** What is left to choose. */
export interface InversionOptions {
  readonly space: InversionSpace;
  /** True when a perceptual loss is given. */
  readonly perceptual: boolean;
  /** True when the model's encoder is at hand: our own method starts from it in w+. False by default. */
  readonly encoder?: boolean;
  /** The method's own number by default: 500, 1000 or 5000. */
  readonly steps?: number;
  /** 1 by default. */
  readonly starts?: number;
  /** 0 by default. */
  readonly seed?: number;
  readonly class?: number | null;
  /** `const` by default. */
  readonly noise?: InversionSettings['noise'];
}

/** The settings of a method. Spread and override for others. */
export function settingsOf(method: InversionMethod, options: InversionOptions): InversionSettings {
  const { weights, ...constants } = methods[method];
  const { space, perceptual, steps = constants.steps, starts = 1, seed = 0, noise = 'const' } = options;
  const encoded = options.encoder === true && method === 'ganvas' && space === 'w+';
  return {
    ...constants,
    startFrom: encoded ? 'encoder' : constants.startFrom,
    method,
    space,
    steps,
    starts,
    seed,
    class: options.class ?? null,
    noise,
    pixelWeight: perceptual ? weights.pixels : 1,
    perceptualWeight: perceptual ? weights.perceptual : 0,
  };
}
