import type { NoiseMode } from '../latent/recipe.js';

/** One change of the recipe. Unknown edit indices, non-finite numbers and bad layer ranges are typed errors. */
export type RecipeChange =
  | { readonly kind: 'seed'; readonly seed: number }
  | { readonly kind: 'class'; readonly class: number }
  | { readonly kind: 'truncation'; readonly psi: number; readonly cutoff: number | null }
  | { readonly kind: 'noise'; readonly mode: NoiseMode; readonly seed: number }
  | { readonly kind: 'add-edit'; readonly directionId: string; readonly strength: number }
  | { readonly kind: 'remove-edit'; readonly index: number }
  | { readonly kind: 'move-edit'; readonly from: number; readonly to: number }
  | { readonly kind: 'duplicate-edit'; readonly index: number }
  | { readonly kind: 'edit-strength'; readonly index: number; readonly strength: number }
  | { readonly kind: 'edit-layers'; readonly index: number; readonly layers: string }
  | { readonly kind: 'edit-name'; readonly index: number; readonly name: string }
  | { readonly kind: 'edit-muted'; readonly index: number; readonly muted: boolean }
  | { readonly kind: 'clear-edits' };
