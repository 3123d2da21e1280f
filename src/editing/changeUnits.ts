import { base64ToBytes } from '../latent/base64.js';
import type { Recipe, UnitEdit } from '../latent/recipe.js';
import { unitsField } from '../latent/recipeForm.js';
import { invalidChange } from './changeChecks.js';
import type { ChangeContext } from './changeContext.js';
import type { RecipeChange } from './recipeChange.js';

export type UnitsChange = Extract<
  RecipeChange,
  { kind: 'add-units' | 'remove-units' | 'units-strength' | 'units-muted' | 'clear-units' }
>;

/** @throws GanvasError `invalid-change` */
export function changeUnits(recipe: Recipe, change: UnitsChange, context: ChangeContext): Recipe {
  const { units = [], ...others } = recipe;
  return { ...others, ...unitsField(changed(units, change, context)) };
}

function changed(units: readonly UnitEdit[], change: UnitsChange, context: ChangeContext): readonly UnitEdit[] {
  switch (change.kind) {
    case 'add-units':
      return [...units, checkUnitEdit(change.edit, context)];
    case 'remove-units':
      unitsAt(units, change.index);
      return units.toSpliced(change.index, 1);
    case 'units-strength':
      return units.with(change.index, { ...unitsAt(units, change.index), strength: checkShare(change.strength) });
    case 'units-muted':
      return units.with(change.index, { ...unitsAt(units, change.index), muted: change.muted });
    case 'clear-units':
      return [];
  }
}

function unitsAt(units: readonly UnitEdit[], index: number): UnitEdit {
  const found = Number.isInteger(index) && index >= 0 ? units[index] : undefined;
  if (found !== undefined) return found;
  const expected = units.length === 0 ? 'The recipe changes no units' : `Expected 0 to ${units.length - 1}`;
  throw invalidChange(`There is no change of units ${String(index)}. ${expected}.`, { count: units.length });
}

/** @throws GanvasError `invalid-change` for a layer or units that the model has not, or numbers that do not go together */
export function checkUnitEdit(edit: UnitEdit, { featureLayers }: Pick<ChangeContext, 'featureLayers'>): UnitEdit {
  const layer = featureLayers.get(edit.layer);
  if (layer === undefined) {
    throw invalidChange(`The model has no layer "${edit.layer}" whose units can be changed.`, { layer: edit.layer });
  }
  const { units, values } = edit;
  const exists = (unit: number): boolean => Number.isInteger(unit) && unit >= 0 && unit < layer.channels;
  if (units.length === 0 || !units.every(exists) || new Set(units).size < units.length) {
    throw invalidChange(
      `The units of ${edit.layer} are ${units.join(', ') || 'none'}. Expected some of 0 to ${layer.channels - 1}, each once.`,
      { layer: edit.layer },
    );
  }
  if (values.length !== units.length || !values.every(Number.isFinite)) {
    throw invalidChange(`${units.length} units have ${values.length} values. Expected a finite number for each.`, {});
  }
  checkShare(edit.strength);
  if (edit.mask !== null) checkMask(edit.mask, layer.resolution);
  return edit;
}

function checkMask(mask: string, side: number): void {
  const length = base64ToBytes(mask)?.length ?? 0;
  if (length === side ** 2) return;
  throw invalidChange(
    `The mask has ${length} places. Expected ${side} × ${side}, one for each place of the layer.`,
    {},
  );
}

function checkShare(strength: number): number {
  if (strength >= 0 && strength <= 1) return strength;
  throw invalidChange(`The strength is ${String(strength)}. Expected a number from 0 to 1.`, {});
}
