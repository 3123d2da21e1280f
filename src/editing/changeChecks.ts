/** What a change of a recipe is held to before a model sees it. */
import { GanvasError } from '../engine/errors.js';
import { checkLatentSpace } from '../latent/latentSpaces.js';
import { formatLayerRange, parseLayerRange } from '../latent/layerRange.js';
import { checkSeed } from '../latent/randomState.js';
import type { RecipeLatent } from '../latent/recipe.js';
import type { ChangeContext } from './changeContext.js';

/** A latent of the model: a seed, or as many finite numbers as its space has. */
export function checkLatent(latent: RecipeLatent, { zDim, wDim, numWs, latentSpaces }: ChangeContext): RecipeLatent {
  if ('seed' in latent) return { space: 'z', seed: checkSeed(latent.seed) };
  checkLatentSpace(latent.space, latentSpaces);
  const rows = latent.space === 'w+' ? latent.values : [latent.values];
  const dim = latent.space === 'z' ? zDim : wDim;
  const wanted = latent.space === 'w+' ? numWs : 1;
  const fits = rows.length === wanted && rows.every((row) => row.length === dim && row.every(Number.isFinite));
  if (fits) return latent;
  throw invalidChange(
    `The latent does not fit. Expected ${wanted > 1 ? `${wanted} rows of ` : ''}${dim} finite numbers, as this model's ${latent.space} has.`,
    { space: latent.space, rows: wanted, dim },
  );
}

export function checkClass(index: number, cDim: number): number {
  if (cDim === 0) throw invalidChange('The model has no classes, so none can be chosen.', { cDim });
  if (Number.isInteger(index) && index >= 0 && index < cDim) return index;
  throw invalidChange(`The class is ${String(index)}. Expected a whole number from 0 to ${cDim - 1}.`, { cDim });
}

export function checkCutoff(cutoff: number | null, numWs: number): number | null {
  if (cutoff === null || (Number.isInteger(cutoff) && cutoff >= 0 && cutoff <= numWs)) return cutoff;
  throw invalidChange(
    `The truncation cutoff is ${String(cutoff)}. Expected a number of layers from 0 to ${numWs}, or none for all.`,
    { numWs },
  );
}

export function checkFinite(what: string, value: number): number {
  if (Number.isFinite(value)) return value;
  throw invalidChange(`The ${what} is ${String(value)}. Expected a finite number.`, { [what]: String(value) });
}

export function checkLayers(layers: string, numWs: number): string {
  return formatLayerRange(parseLayerRange(layers, numWs), numWs);
}

export function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed !== '') return trimmed;
  throw invalidChange('The name of the edit is empty. Expected at least one character.', {});
}

export function invalidChange(message: string, details: Readonly<Record<string, string | number>>): GanvasError {
  return new GanvasError('invalid-change', message, details);
}
