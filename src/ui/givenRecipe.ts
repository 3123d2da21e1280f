import { parseRecipe } from '../latent/recipeReading.js';
import type { Recipe } from '../latent/recipe.js';
import { recipeFromHash } from '../latent/recipeLink.js';

/** What a page gives as `recipe`: the object, its JSON, or the hash of a link. Throws what their readers throw. */
export function readGivenRecipe(given: Recipe | string | null): Recipe | null {
  if (typeof given !== 'string') return given;
  const text = given.trim();
  if (text === '') return null;
  return text.startsWith('{') ? parseRecipe(JSON.parse(text)) : recipeFromHash(text);
}
