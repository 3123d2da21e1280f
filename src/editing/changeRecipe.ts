import { identityTransform, type PictureTransform } from '../latent/pictureTransform.js';
import { checkSeed } from '../latent/randomState.js';
import type { Edit, EditCondition, Recipe, RecipeLatent, StyleMix } from '../latent/recipe.js';
import { conditionsField, mixField, referencesEqual, transformField } from '../latent/recipeForm.js';
import {
  checkClass,
  checkCutoff,
  checkFinite,
  checkLatent,
  checkLayers,
  checkName,
  invalidChange,
} from './changeChecks.js';
import type { AvailableDirection, ChangeContext } from './changeContext.js';
import { changeUnits, type UnitsChange } from './changeUnits.js';
import type { RecipeChange } from './recipeChange.js';

/**
 * The recipe after one change; the given one stays as it is.
 * @throws GanvasError `invalid-change` for an unknown edit or direction, a class the model has not, a cutoff beyond its
 * layers, a movement that the model does not take, a latent or units that are not the model's, a number that is not finite or an
 * empty name; `invalid-seed`; `invalid-layer-range`; `latent-space-missing`.
 */
export function changeRecipe(recipe: Recipe, change: RecipeChange, context: ChangeContext): Recipe {
  switch (change.kind) {
    case 'seed':
      return startFrom(recipe, { space: 'z', seed: change.seed }, [], context);
    case 'latent':
      return startFrom(recipe, change.latent, change.mix ?? [], context);
    case 'mix':
      return startFrom(recipe, recipe.latent, change.mix, context);
    case 'class':
      return { ...recipe, class: checkClass(change.class, context.cDim) };
    case 'truncation': {
      const { psi, cutoff } = { ...recipe.truncation, ...change };
      return { ...recipe, truncation: { psi: checkFinite('psi', psi), cutoff: checkCutoff(cutoff, context.numWs) } };
    }
    case 'transform':
      return changeTransform(recipe, change, context);
    case 'noise':
      return { ...recipe, noise: { mode: change.mode, seed: checkSeed(change.seed) } };
    case 'add-units':
    case 'remove-units':
    case 'units-strength':
    case 'units-muted':
    case 'clear-units':
      return changeUnits(recipe, change, context);
    default:
      return { ...recipe, edits: changeEdits(recipe.edits, change, context) };
  }
}

type TransformChange = Extract<RecipeChange, { kind: 'transform' }>;
type EditsChange = Exclude<
  RecipeChange,
  UnitsChange | { kind: 'seed' | 'class' | 'truncation' | 'transform' | 'noise' | 'latent' | 'mix' }
>;

/** Another latent, and the styles mixed into it; a new seed comes without those of the old one. */
function startFrom(recipe: Recipe, latent: RecipeLatent, mix: readonly StyleMix[], context: ChangeContext): Recipe {
  const { mix: _, ...others } = recipe;
  const mixed = mix.map(({ latent: from, layers }) => ({
    latent: checkLatent(from, context),
    layers: checkLayers(layers, context.numWs),
  }));
  return { ...others, latent: checkLatent(latent, context), ...mixField(mixed) };
}

function changeTransform(recipe: Recipe, change: TransformChange, { takesTransform }: ChangeContext): Recipe {
  if (!takesTransform) throw invalidChange('The pictures of this model cannot be moved: it takes no transform.', {});
  const { transform = identityTransform, ...others } = recipe;
  const { x, y, angle }: PictureTransform = { ...transform, ...change };
  const moved = { x: checkFinite('shift', x), y: checkFinite('shift', y), angle: checkFinite('angle', angle) };
  return { ...others, ...transformField(moved) };
}

function changeEdits(edits: readonly Edit[], change: EditsChange, context: ChangeContext): readonly Edit[] {
  switch (change.kind) {
    case 'add-edit':
      return [...edits, newEdit(change.directionId, change.strength, context)];
    case 'remove-edit':
      editAt(edits, change.index);
      return edits.filter((_, index) => index !== change.index);
    case 'move-edit':
      return moveEdit(edits, change.from, change.to);
    case 'duplicate-edit':
      return edits.toSpliced(change.index + 1, 0, editAt(edits, change.index));
    case 'edit-strength':
      return replaceEdit(edits, change.index, { strength: checkFinite('strength', change.strength) });
    case 'edit-layers':
      return replaceEdit(edits, change.index, { layers: checkLayers(change.layers, context.numWs) });
    case 'edit-name':
      return replaceEdit(edits, change.index, { name: checkName(change.name) });
    case 'edit-muted':
      return replaceEdit(edits, change.index, { muted: change.muted });
    case 'edit-conditions':
      return replaceConditions(
        edits,
        change.index,
        newConditions(editAt(edits, change.index), change.directionIds, context),
      );
    case 'clear-edits':
      return [];
  }
  return change satisfies never;
}

function newEdit(directionId: string, strength: number, { directions, numWs }: ChangeContext): Edit {
  const direction = directionOf(directionId, directions);
  return {
    name: direction.name,
    direction: direction.reference,
    strength: checkFinite('strength', strength),
    layers: checkLayers(direction.layers, numWs),
    muted: false,
  };
}

function directionOf(id: string, directions: ChangeContext['directions']): AvailableDirection {
  const direction = directions.get(id);
  if (direction !== undefined) return direction;
  throw invalidChange(`There is no direction "${id}". Expected one of the ${directions.size} in the list.`, {
    directionId: id,
  });
}

/** @throws GanvasError `invalid-change` when the edit would be conditioned on itself */
function newConditions(edit: Edit, ids: readonly string[], { directions }: ChangeContext): readonly EditCondition[] {
  return [...new Set(ids)].map((id) => {
    const { name, reference } = directionOf(id, directions);
    if (!referencesEqual(reference, edit.direction)) return { name, direction: reference };
    throw invalidChange(`"${edit.name}" cannot leave itself alone. Choose other directions as its conditions.`, {
      directionId: id,
    });
  });
}

function moveEdit(edits: readonly Edit[], from: number, to: number): readonly Edit[] {
  const moved = editAt(edits, from);
  editAt(edits, to);
  return edits.toSpliced(from, 1).toSpliced(to, 0, moved);
}

function replaceEdit(edits: readonly Edit[], index: number, fields: Partial<Edit>): readonly Edit[] {
  return edits.with(index, { ...editAt(edits, index), ...fields });
}

function replaceConditions(
  edits: readonly Edit[],
  index: number,
  conditions: readonly EditCondition[],
): readonly Edit[] {
  const { conditions: _, ...edit } = editAt(edits, index);
  return edits.with(index, { ...edit, ...conditionsField(conditions) });
}

function editAt(edits: readonly Edit[], index: number): Edit {
  const edit = Number.isInteger(index) && index >= 0 ? edits[index] : undefined;
  if (edit) return edit;
  const expected = edits.length === 0 ? 'The recipe has no edits' : `Expected 0 to ${edits.length - 1}`;
  throw invalidChange(`There is no edit ${String(index)}. ${expected}.`, { index: String(index), count: edits.length });
}
