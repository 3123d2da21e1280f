import { isIdentityTransform, type PictureTransform } from './pictureTransform.js';
import type { DirectionReference, Edit, EditCondition, Recipe, RecipeLatent, StyleMix, UnitEdit } from './recipe.js';

/** One line of JSON with the keys in a fixed order: equal recipes give equal text. */
export function serializeRecipe(recipe: Recipe): string {
  return JSON.stringify({
    version: recipe.version,
    model: recipe.model,
    latent: orderedLatent(recipe.latent),
    class: recipe.class,
    truncation: { psi: recipe.truncation.psi, cutoff: recipe.truncation.cutoff },
    noise: { mode: recipe.noise.mode, seed: recipe.noise.seed },
    ...transformField(recipe.transform),
    ...mixField(recipe.mix?.map(orderedMix)),
    edits: recipe.edits.map(orderedEdit),
    ...unitsField(recipe.units?.map(orderedUnits)),
  } satisfies Recipe);
}

/** True when two recipes say the same in every field. */
export function recipesEqual(a: Recipe, b: Recipe): boolean {
  return a === b || serializeRecipe(a) === serializeRecipe(b);
}

/** True when two references name the same direction in the same way. */
export function referencesEqual(a: DirectionReference, b: DirectionReference): boolean {
  return JSON.stringify(orderedReference(a)) === JSON.stringify(orderedReference(b));
}

/** The field that says how the picture is moved; none at all when it is not. */
export function transformField(transform: PictureTransform | undefined): Pick<Recipe, 'transform'> {
  if (transform === undefined || isIdentityTransform(transform)) return {};
  return { transform: { x: transform.x, y: transform.y, angle: transform.angle } };
}

/** The field of mixed styles; none at all when there are none. */
export function mixField(mix: readonly StyleMix[] | undefined): Pick<Recipe, 'mix'> {
  return mix === undefined || mix.length === 0 ? {} : { mix };
}

/** The field of changed units; none at all when there are none. */
export function unitsField(units: readonly UnitEdit[] | undefined): Pick<Recipe, 'units'> {
  return units === undefined || units.length === 0 ? {} : { units };
}

/** The field of an edit's conditions; none at all when there are none. */
export function conditionsField(conditions: readonly EditCondition[] | undefined): Pick<Edit, 'conditions'> {
  return conditions === undefined || conditions.length === 0 ? {} : { conditions };
}

function orderedLatent(latent: RecipeLatent): RecipeLatent {
  if ('seed' in latent) return { space: latent.space, seed: latent.seed };
  const { space, values } = latent;
  return { space, values } as RecipeLatent;
}

const orderedMix = ({ latent, layers }: StyleMix): StyleMix => ({ latent: orderedLatent(latent), layers });

function orderedEdit({ name, direction, strength, layers, muted, conditions }: Edit): Edit {
  const ordered = conditions?.map((condition) => ({
    name: condition.name,
    direction: orderedReference(condition.direction),
  }));
  return { name, direction: orderedReference(direction), strength, layers, muted, ...conditionsField(ordered) };
}

function orderedReference(reference: DirectionReference): DirectionReference {
  if (reference.method === 'sefa') {
    return { method: reference.method, layers: reference.layers, index: reference.index };
  }
  return { method: reference.method, space: reference.space, data: reference.data };
}

function orderedUnits({ name, layer, units, values, strength, mask, muted }: UnitEdit): UnitEdit {
  return { name, layer, units, values, strength, mask, muted };
}
