import { GanvasError } from '../../engine/errors.js';

/** Why a recipe is not opened on a model that it was not made with. */
export function otherModel(wanted: string, name: string, hash: string): GanvasError {
  return new GanvasError(
    'recipe-other-model',
    `The recipe belongs to a model with the hash ${short(wanted)}; ${name} (${short(hash)}) is open. Open that model first, then the recipe.`,
    { wanted, found: hash },
  );
}

function short(hash: string): string {
  return hash.length > 12 ? `${hash.slice(0, 12)}…` : hash;
}
