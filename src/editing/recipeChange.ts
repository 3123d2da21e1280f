import type { NoiseMode, RecipeLatent, StyleMix, UnitEdit } from '../latent/recipe.js';

/** One change of the recipe. Unknown edit indices, non-finite numbers and bad layer ranges are typed errors. */
export type RecipeChange =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'class'; readonly class: number }
  /** What is left out stays as it is, also when its own last change is still on its way. */
  | { readonly kind: 'truncation'; readonly psi?: number; readonly cutoff?: number | null }
  /** How the picture of a model that takes a transform is moved; what is left out stays as it is. */
  | { readonly kind: 'transform'; readonly x?: number; readonly y?: number; readonly angle?: number }
  | { readonly kind: 'noise'; readonly mode: NoiseMode; readonly seed: number }
  | { readonly kind: 'add-edit'; readonly directionId: string; readonly strength: number }
  | { readonly kind: 'remove-edit'; readonly index: number }
  | { readonly kind: 'move-edit'; readonly from: number; readonly to: number }
  | { readonly kind: 'duplicate-edit'; readonly index: number }
  | { readonly kind: 'edit-strength'; readonly index: number; readonly strength: number }
  | { readonly kind: 'edit-layers'; readonly index: number; readonly layers: string }
  | { readonly kind: 'edit-name'; readonly index: number; readonly name: string }
  | { readonly kind: 'edit-muted'; readonly index: number; readonly muted: boolean }
  /** Ids of the directions whose attributes the edit shall leave alone; none clears them. */
  | { readonly kind: 'edit-conditions'; readonly index: number; readonly directionIds: readonly string[] }
  | { readonly kind: 'clear-edits' }
  /** A latent of its own: a frame of a walk, a crossing of a mixing grid. */
  | { readonly kind: 'latent'; readonly latent: RecipeLatent; readonly mix?: readonly StyleMix[] }
  | { readonly kind: 'mix'; readonly mix: readonly StyleMix[] }
  | { readonly kind: 'add-units'; readonly edit: UnitEdit }
  | { readonly kind: 'remove-units'; readonly index: number }
  | { readonly kind: 'units-strength'; readonly index: number; readonly strength: number }
  | { readonly kind: 'units-muted'; readonly index: number; readonly muted: boolean }
  | { readonly kind: 'clear-units' };
