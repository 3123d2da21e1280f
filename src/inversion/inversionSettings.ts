/** What is optimised: the mapping's input, one w for all layers, or a w of its own for every layer. */
export type InversionSpace = 'z' | 'w' | 'w+';

/**
 * Where the constants come from: `projector` is NVIDIA's (stylegan2-ada-pytorch projector.py), `image2stylegan` that of
 * Abdal et al. 2019, `ganvas` our own, found on the bundled model (docs/inversion.md).
 */
export type InversionMethod = 'ganvas' | 'projector' | 'image2stylegan';

/** Learning rate and latent noise over the run, in fractions of its length. */
export interface InversionRamps {
  /** Part of the run over which the learning rate rises from 0, linearly. */
  readonly rampUp: number;
  /** Part of the run over which it falls to 0, along a cosine. */
  readonly rampDown: number;
  /** Part of the run over which latent noise falls to 0, quadratically. */
  readonly noiseRamp: number;
}

/** Everything that decides a run, given the model, the pictures and the perceptual loss. Plain data. */
export interface InversionSettings extends InversionRamps {
  readonly method: InversionMethod;
  readonly space: InversionSpace;
  /** Steps of the whole run, at least 1. */
  readonly steps: number;
  /** Starts for each picture, at least 1. */
  readonly starts: number;
  /**
   * Where starts begin. `mean`: the first at the mean w, the others at the model's own w; in z all at random. `nearest`:
   * at those of the model's own pictures that are nearest to the target, in w and w+ drawn some way to the mean. `encoder`:
   * the first where the model's encoder takes the picture, the others as by `nearest`; in w+ only.
   */
  readonly startFrom: 'mean' | 'nearest' | 'encoder';
  /**
   * What Adam's steps are taken in, for w and w+. `plain`: w itself. `whitened`: coordinates in which the model's own w
   * are uncorrelated, of variance 1, so that a step goes far where they vary much and hardly anywhere else; results stay
   * where edits work (the P_N space of Zhu et al. 2020, "Improved StyleGAN Embedding", without its inverted leaky ReLU).
   */
  readonly coordinates: 'plain' | 'whitened';
  /** Of random starts and of noise: 0 to 2^32 − 1. */
  readonly seed: number;
  /** Class index of a conditional model, else null. */
  readonly class: number | null;
  /** Adam's, at its highest. */
  readonly learningRate: number;
  /**
   * Adam's decay of the squared gradient, 0 up to 1. Near a good match gradients are a hundredth of what they were at
   * first; 0.999 remembers those for a thousand steps and makes the last ones too small.
   */
  readonly beta2: number;
  /**
   * Standard deviation of the noise that is added to the latents at first, in units of the scalar w std; of 1 in z and in
   * whitened coordinates. 0 for none.
   */
  readonly latentNoise: number;
  /** Weight of the mean squared difference of the pixels. */
  readonly pixelWeight: number;
  /**
   * Weight of the mean square of whitened coordinates: what the picture does not decide stays near the mean. Of no effect
   * in others.
   */
  readonly priorWeight: number;
  /** Weight of the perceptual loss; 0 or more, and of no effect without one. */
  readonly perceptualWeight: number;
  /** The noise that the pictures are made with. */
  readonly noise: 'const' | 'none';
  /**
   * Weight of the noise regulariser when noise maps are optimised along; null leaves them as they are. Optimised maps
   * help the search and are thrown away: a recipe has no place for them, as NVIDIA's projector keeps only w.
   */
  readonly noiseRegulariser: number | null;
}
