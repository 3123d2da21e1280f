import type { Engine } from '../engine/engine.js';
import type { Direction } from '../latent/direction.js';
import type { Recipe } from '../latent/recipe.js';
import type { WorkbenchEvent } from './api.js';
import type { DirectionLibrary } from './directionLibrary.js';
import type { JobSlot } from './jobSlot.js';
import type { Pixels } from './pixels.js';
import type { GeneratorSession } from './session.js';

/** What the desks need of the workbench. */
export interface Stage {
  readonly jobs: JobSlot;
  engine(): Promise<Engine>;
  /** The open model. @throws GanvasError `no-model` */
  session(): GeneratorSession;
  /** The directions known for it. @throws GanvasError `no-model` */
  directions(): DirectionLibrary;
  /** The present recipe. @throws GanvasError `no-model` */
  recipe(): Recipe;
  /** Makes a recipe the present one and shows it: one undo step. */
  commit(recipe: Recipe): Promise<void>;
  /** A small picture beside the one on the stage; null when the model has been closed meanwhile. */
  preview(recipe: Recipe, directions: readonly Direction[]): Promise<Pixels | null>;
  /** Resolves once a lost device has been replaced, at once when none was lost; rejects when it is not replaced any more. */
  recovered(): Promise<void>;
  tell(event: WorkbenchEvent): void;
  /** The state has changed. */
  tellState(): void;
}
