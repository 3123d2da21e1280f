import type { Engine } from '../engine/engine.js';
import type { Recipe } from '../latent/recipe.js';
import type { InversionStatus } from './inversionApi.js';
import type { Pixels } from './pixels.js';
import type { GeneratorSession } from './session.js';

/** What inverting needs of the workbench. */
export interface InversionStage {
  engine(): Promise<Engine>;
  /** The open model. @throws GanvasError `no-model` */
  session(): GeneratorSession;
  /** The present recipe. @throws GanvasError `no-model` */
  recipe(): Recipe;
  /** Draws a recipe's picture on the canvas without making it the present one. */
  show(recipe: Recipe): Promise<void>;
  /** Draws the present recipe's picture. */
  showPresent(): Promise<void>;
  /** A small picture of a recipe without edits; null when the model has been closed meanwhile. */
  preview(recipe: Recipe): Promise<Pixels | null>;
  /** Makes a recipe the present one: one undo step. */
  commit(recipe: Recipe): Promise<void>;
  /** Resolves once a lost device has been replaced, at once when none was lost; rejects when it is not replaced any more. */
  recovered(): Promise<void>;
  tell(status: InversionStatus | null): void;
  /** The losses have changed. */
  tellState(): void;
}
