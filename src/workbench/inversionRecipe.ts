import type { InversionBest } from '../inversion/inversionProgress.js';
import type { InversionSettings, InversionSpace } from '../inversion/inversionSettings.js';
import type { Recipe, RecipeLatent } from '../latent/recipe.js';

/**
 * The recipe of an inverted picture: its latent, the class and noise that it was found with, no truncation. Edits stay in
 * their rows but muted, so that the picture is the one that was found.
 */
export function inversionRecipe(
  present: Recipe,
  settings: Pick<InversionSettings, 'space' | 'class' | 'noise'>,
  { latents, w }: Pick<InversionBest, 'latents' | 'w'>,
  wDim: number,
): Recipe {
  return {
    ...present,
    latent: latentOf(settings.space, settings.space === 'z' ? latents : w, wDim),
    class: settings.class,
    truncation: { psi: 1, cutoff: null },
    noise: { mode: settings.noise, seed: present.noise.seed },
    edits: present.edits.map((edit) => ({ ...edit, muted: true })),
  };
}

function latentOf(space: InversionSpace, latents: Float32Array, wDim: number): RecipeLatent {
  switch (space) {
    case 'z':
      return { space, values: [...latents] };
    case 'w':
      return { space, values: [...latents] };
    case 'w+':
      return { space, values: rowsOf(latents, wDim) };
  }
}

function rowsOf(values: Float32Array, length: number): number[][] {
  return Array.from({ length: values.length / length }, (_, row) => [
    ...values.subarray(row * length, (row + 1) * length),
  ]);
}
