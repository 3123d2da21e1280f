import type { LatentSpace } from '../latent/direction.js';
import type { LatentSizes } from '../latent/directionReference.js';
import type { DirectionReference } from '../latent/recipe.js';

/** A layer whose channels are units. */
export interface UnitLayer {
  readonly channels: number;
  /** Places a side of its map. */
  readonly resolution: number;
}

/** What an edit takes over from the direction it is made of. */
export interface AvailableDirection {
  readonly reference: DirectionReference;
  readonly name: string;
  /** Layers it acts on at first, "0-3,7" or "all". */
  readonly layers: string;
}

/** What the model at hand allows. */
export interface ChangeContext extends LatentSizes {
  readonly latentSpaces: readonly LatentSpace[];
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  /** Whether its pictures can be moved. */
  readonly takesTransform: boolean;
  /** Layers whose units can be changed, by name; empty where the model has none. */
  readonly featureLayers: ReadonlyMap<string, UnitLayer>;
  /** Directions an edit can be made of, by id. */
  readonly directions: ReadonlyMap<string, AvailableDirection>;
}
