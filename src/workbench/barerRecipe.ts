import type { Recipe } from '../latent/recipe.js';

/** The picture before it was edited. Changes of units stay, muted, so that its frame need not be compiled again. */
export function unedited({ units, ...recipe }: Recipe): Recipe {
  return {
    ...recipe,
    edits: [],
    ...(units === undefined ? {} : { units: units.map((edit) => ({ ...edit, muted: true })) }),
  };
}

/** For previews: all of them run one frame, which has no room for changes of units. */
export function withoutUnits({ units: _, ...recipe }: Recipe): Recipe {
  return recipe;
}

/** Another seed at the same truncation, noise and class, for a preview. */
export function previewOfSeed(recipe: Recipe, seed: number): Recipe {
  const { mix: _, ...plain } = withoutUnits(recipe);
  return { ...plain, latent: { space: 'z', seed }, edits: [] };
}
