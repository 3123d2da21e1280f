import type { RecipeLatent } from '../latent/recipe.js';
import type { Pixels } from './pixels.js';

/** `lerp` in w, `slerp` in z, `geodesic`: the way between that changes the picture least in all. */
export type WalkKind = 'lerp' | 'slerp' | 'geodesic';

export interface WalkRequest {
  readonly kind: WalkKind;
  readonly from: RecipeLatent;
  readonly to: RecipeLatent;
  /** Pictures along the way, both ends among them; from 2. */
  readonly frames: number;
}

export interface WalkFrame {
  readonly latent: RecipeLatent;
  readonly pixels: Pixels;
}

/** Ways through the latent space. Part of `WorkbenchApi`. */
export interface WalkApi {
  /** The pictures of a walk at the recipe's truncation, noise and class, in order, as they are ready. */
  walk(request: WalkRequest, onFrame: (index: number, frame: WalkFrame) => void): Promise<void>;
  /** A random walk: `frames` latents, each a short step of the same length from the one before. */
  randomWalk(seed: number, frames: number, onFrame: (index: number, frame: WalkFrame) => void): Promise<void>;
  /** Where seeds lie, as numbers, in the space that one can blend in: w at the recipe's class, or z of a model without w. */
  latentsOfSeeds(seeds: readonly number[]): Promise<readonly RecipeLatent[]>;
  /** Style mixing: `rows` give the picture, `columns` the layers; pictures row by row, as they are ready. */
  mixingGrid(
    rows: readonly number[],
    columns: readonly number[],
    layers: string,
    onPicture: (row: number, column: number, pixels: Pixels) => void,
  ): Promise<void>;
  /**
   * Vector arithmetic in w (Radford et al. 2016): mean of `plus` less mean of `minus`, as a direction in the list.
   * @throws GanvasError `too-few-labels` when either side is empty
   */
  directionFromSeeds(name: string, plus: readonly number[], minus: readonly number[]): Promise<string>;
  /** Ends a walk or grid under way; its promise resolves. */
  cancelWalk(): Promise<void>;
}
