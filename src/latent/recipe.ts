import type { PictureTransform } from './pictureTransform.js';

/** Where a picture starts. Values are plain numbers so that a recipe is plain JSON. */
export type RecipeLatent =
  | { readonly space: 'z'; readonly seed: number }
  | { readonly space: 'z'; readonly values: readonly number[] }
  | { readonly space: 'w'; readonly values: readonly number[] }
  | { readonly space: 'w+'; readonly values: readonly (readonly number[])[] };

/**
 * Names a direction so that any face can rebuild it: SeFa directions are computed again from the weights,
 * anything else carries its own numbers. A `vector` is one row for `z` and `w`, and a row for every layer of W+,
 * zero where the direction does not act, for `w+`.
 */
export type DirectionReference =
  | { readonly method: 'sefa'; readonly layers: string; readonly index: number }
  | {
      readonly method: 'vector';
      readonly space: 'z' | 'w' | 'w+';
      /** base64 of little-endian f32 rows */ readonly data: string;
    };

/** One named, mutable row of the edit stack. */
export interface Edit {
  readonly name: string;
  readonly direction: DirectionReference;
  readonly strength: number;
  /** W+ layers it acts on, as "0-3,7" or "all"; a direction of z moves the whole picture whatever it says here. */
  readonly layers: string;
  readonly muted: boolean;
  /**
   * Directions whose attributes it shall leave alone: it goes along what is left of its own once theirs are projected out
   * (InterFaceGAN, `project_boundary`), at its own length. Left out when there are none.
   */
  readonly conditions?: readonly EditCondition[];
}

export interface EditCondition {
  readonly name: string;
  readonly direction: DirectionReference;
}

/** Layers that take their w from another latent: style mixing. */
export interface StyleMix {
  readonly latent: RecipeLatent;
  /** "0-3,7"; what several mixes name goes to the last. */
  readonly layers: string;
}

/**
 * Units of a feature layer set to values where a mask says so: r ← r·(1 − α·m) + α·m·k (Bau et al. 2019, eq. 3). Zero
 * values erase what the units make, high ones draw it.
 */
export interface UnitEdit {
  readonly name: string;
  /** `FeatureLayer.name` */
  readonly layer: string;
  readonly units: readonly number[];
  /** k of each unit. */
  readonly values: readonly number[];
  /** α, 0…1. */
  readonly strength: number;
  /** m: base64 of one byte a place of the layer's map, row by row, 255 = 1; null everywhere. */
  readonly mask: string | null;
  readonly muted: boolean;
}

export type NoiseMode = 'const' | 'random' | 'none';

/** Everything that decides a picture, given the model. Version 1. */
export interface Recipe {
  readonly version: 1;
  /** `modelHash` of the generator. */
  readonly model: string;
  readonly latent: RecipeLatent;
  /** Class index for a conditional model, else null. */
  readonly class: number | null;
  /** Acts on whatever the latent gives, also on a stored w or w+; the edits come after it. */
  readonly truncation: {
    readonly psi: number;
    /** layers truncated from the first; null = all */ readonly cutoff: number | null;
  };
  readonly noise: { readonly mode: NoiseMode; /** seed of `random` noise */ readonly seed: number };
  /** For generators that take one; left out when it moves nothing, so that other recipes stay as they were. */
  readonly transform?: PictureTransform;
  /** Left out when there are none. */
  readonly mix?: readonly StyleMix[];
  readonly edits: readonly Edit[];
  /** Applied in order, after the edits; left out when there are none. */
  readonly units?: readonly UnitEdit[];
}

/** The unedited picture of a seed: psi 1, constant noise. A conditional model wants `class` set as well. */
export function defaultRecipe(modelHash: string, seed: number): Recipe {
  return {
    version: 1,
    model: modelHash,
    latent: { space: 'z', seed },
    class: null,
    truncation: { psi: 1, cutoff: null },
    noise: { mode: 'const', seed: 0 },
    edits: [],
  };
}
