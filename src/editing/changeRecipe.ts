import { GanvasError } from '../engine/errors.js';
import { formatLayerRange, parseLayerRange } from '../latent/layerRange.js';
import { checkSeed } from '../latent/randomState.js';
import { identityTransform, type PictureTransform } from '../latent/pictureTransform.js';
import { transformField, type DirectionReference, type Edit, type Recipe } from '../latent/recipe.js';
import type { RecipeChange } from './recipeChange.js';

/** What an edit takes over from the direction it is made of. */
export interface AvailableDirection {
  readonly reference: DirectionReference;
  readonly name: string;
  /** Layers it acts on at first, "0-3,7" or "all". */
  readonly layers: string;
}

/** What the model at hand allows. */
export interface ChangeContext {
  readonly numWs: number;
  /** Number of classes; 0 when unconditional. */
  readonly cDim: number;
  /** Whether its pictures can be moved. */
  readonly takesTransform: boolean;
  /** Directions an edit can be made of, by id. */
  readonly directions: ReadonlyMap<string, AvailableDirection>;
}

/**
 * The recipe after one change; the given one stays as it is.
 * @throws GanvasError `invalid-change` for an unknown edit or direction, a class the model has not, a cutoff beyond its
 * layers, a movement that the model does not take, a number that is not finite or an empty name; `invalid-seed`; `invalid-layer-range`.
 */
export function changeRecipe(recipe: Recipe, change: RecipeChange, context: ChangeContext): Recipe {
  switch (change.kind) {
    case 'seed':
      return { ...recipe, latent: { space: 'z', seed: checkSeed(change.seed) } };
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
    case 'edit-conditions':
    case 'latent':
    case 'mix':
    case 'add-units':
    case 'remove-units':
    case 'units-strength':
    case 'units-muted':
    case 'clear-units':
      throw invalidChange('This change is not there yet.', {});
    default:
      return { ...recipe, edits: changeEdits(recipe.edits, change, context) };
  }
}

type TransformChange = Extract<RecipeChange, { kind: 'transform' }>;
type EditsChange = Exclude<
  RecipeChange,
  {
    kind:
      | 'seed'
      | 'class'
      | 'truncation'
      | 'transform'
      | 'noise'
      | 'edit-conditions'
      | 'latent'
      | 'mix'
      | 'add-units'
      | 'remove-units'
      | 'units-strength'
      | 'units-muted'
      | 'clear-units';
  }
>;

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
    case 'clear-edits':
      return [];
  }
  return change satisfies never;
}

function newEdit(directionId: string, strength: number, { directions, numWs }: ChangeContext): Edit {
  const direction = directions.get(directionId);
  if (!direction) {
    throw invalidChange(`There is no direction "${directionId}". Expected one of the ${directions.size} in the list.`, {
      directionId,
    });
  }
  return {
    name: direction.name,
    direction: direction.reference,
    strength: checkFinite('strength', strength),
    layers: checkLayers(direction.layers, numWs),
    muted: false,
  };
}

function moveEdit(edits: readonly Edit[], from: number, to: number): readonly Edit[] {
  const moved = editAt(edits, from);
  editAt(edits, to);
  return edits.toSpliced(from, 1).toSpliced(to, 0, moved);
}

function replaceEdit(edits: readonly Edit[], index: number, fields: Partial<Edit>): readonly Edit[] {
  return edits.with(index, { ...editAt(edits, index), ...fields });
}

function editAt(edits: readonly Edit[], index: number): Edit {
  const edit = Number.isInteger(index) && index >= 0 ? edits[index] : undefined;
  if (edit) return edit;
  const expected = edits.length === 0 ? 'The recipe has no edits' : `Expected 0 to ${edits.length - 1}`;
  throw invalidChange(`There is no edit ${String(index)}. ${expected}.`, { index: String(index), count: edits.length });
}

function checkClass(index: number, cDim: number): number {
  if (cDim === 0) throw invalidChange('The model has no classes, so none can be chosen.', { cDim });
  if (Number.isInteger(index) && index >= 0 && index < cDim) return index;
  throw invalidChange(`The class is ${String(index)}. Expected a whole number from 0 to ${cDim - 1}.`, { cDim });
}

function checkCutoff(cutoff: number | null, numWs: number): number | null {
  if (cutoff === null || (Number.isInteger(cutoff) && cutoff >= 0 && cutoff <= numWs)) return cutoff;
  throw invalidChange(
    `The truncation cutoff is ${String(cutoff)}. Expected a number of layers from 0 to ${numWs}, or none for all.`,
    { numWs },
  );
}

function checkFinite(what: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw invalidChange(`The ${what} is ${String(value)}. Expected a finite number.`, { [what]: String(value) });
}

function checkLayers(layers: string, numWs: number): string {
  return formatLayerRange(parseLayerRange(layers, numWs), numWs);
}

function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '') return trimmed;
  throw invalidChange('The name of the edit is empty. Expected at least one character.', {});
}

function invalidChange(message: string, details: Readonly<Record<string, string | number>>): GanvasError {
  return new GanvasError('invalid-change', message, details);
}
