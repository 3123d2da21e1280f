import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import type { LatentSizes } from '../latent/directionReference.js';
import { parseLayerRange } from '../latent/layerRange.js';
import type { Edit, Recipe } from '../latent/recipe.js';

/**
 * What a recipe does to a latent, as numbers for the generator:
 * `z ← z + zOffset`, `w ← mapping(z)`, `ws[l] ← wAvg + psi[l] · (w − wAvg) + offset[l]`.
 */
export interface LatentControls {
  /** Truncation of each layer, `[numWs]`. */
  readonly psi: Float32Array<ArrayBuffer>;
  /** Added to each layer of W+ after truncation, `[numWs, wDim]`. */
  readonly offset: Float32Array<ArrayBuffer>;
  /** Added to z before the mapping network normalises it, `[zDim]`; null when no edit moves z. */
  readonly zOffset: Float32Array<ArrayBuffer> | null;
}

/**
 * Turns truncation and edits into numbers. `directions[i]` is the direction behind `recipe.edits[i]`; muted edits count
 * for nothing. Sums are made in f64 and rounded once. An edit of `w` shifts every layer of its range alike; one of `w+`
 * shifts those layers of its range for which the direction has a row; one of `z` moves the whole picture.
 * @throws GanvasError `invalid-edit` when directions are missing, sizes do not match the model, a strength is not
 * finite, or an edit of z meets a latent that starts after z; `invalid-layer-range`; `invalid-truncation`.
 */
export function applyEdits(recipe: Recipe, directions: readonly Direction[], sizes: LatentSizes): LatentControls {
  if (directions.length !== recipe.edits.length) {
    throw new GanvasError(
      'invalid-edit',
      `The recipe has ${recipe.edits.length} edits, but ${directions.length} directions were found for them.`,
      { edits: recipe.edits.length, directions: directions.length },
    );
  }
  const offset = new Float64Array(sizes.numWs * sizes.wDim);
  const zOffset = new Float64Array(sizes.zDim);
  let movesZ = false;
  recipe.edits.forEach((edit, index) => {
    const direction = directions[index];
    if (edit.muted || !direction) return;
    checkEdit(edit, direction, recipe, sizes);
    if (direction.space === 'z') {
      movesZ = true;
      addScaled(zOffset, 0, direction.vectors, edit.strength);
    } else {
      addToLayers(offset, edit, direction, sizes.numWs);
    }
  });
  return {
    psi: psiOfLayers(recipe.truncation, sizes.numWs),
    offset: Float32Array.from(offset),
    zOffset: movesZ ? Float32Array.from(zOffset) : null,
  };
}

/**
 * Psi of each layer, `[numWs]`. As in NVIDIA's MappingNetwork.forward (stylegan2-ada-pytorch, training/networks.py) a
 * cutoff c truncates the first c layers, w[:, :c], and leaves the rest at psi 1; no cutoff truncates all of them, and
 * one beyond the last layer is the same as none.
 * @throws GanvasError `invalid-truncation` when psi is not finite or the cutoff is no whole number from 0.
 */
export function psiOfLayers({ psi, cutoff }: Recipe['truncation'], numWs: number): Float32Array<ArrayBuffer> {
  if (!Number.isFinite(psi)) {
    throw new GanvasError('invalid-truncation', `Psi is ${String(psi)}. Expected a finite number, such as 0.7.`);
  }
  if (cutoff !== null && (!Number.isInteger(cutoff) || cutoff < 0)) {
    throw new GanvasError(
      'invalid-truncation',
      `The truncation cutoff is ${String(cutoff)}. Expected a whole number of layers from 0, or none for all.`,
    );
  }
  return Float32Array.from({ length: numWs }, (_, layer) => (layer < (cutoff ?? numWs) ? psi : 1));
}

function checkEdit(edit: Edit, direction: Direction, recipe: Recipe, { zDim, wDim }: LatentSizes): void {
  const fail = (problem: string): GanvasError =>
    new GanvasError('invalid-edit', `The edit "${edit.name}" ${problem}`, { edit: edit.name });
  if (!Number.isFinite(edit.strength)) {
    throw fail(`has the strength ${String(edit.strength)}. Expected a finite number.`);
  }
  const modelDim = direction.space === 'z' ? zDim : wDim;
  if (direction.dim !== modelDim) {
    throw fail(`moves ${direction.space} of ${direction.dim} numbers. The model's has ${modelDim}.`);
  }
  const rows = direction.space === 'w+' ? direction.layers.length : 1;
  if (direction.vectors.length !== rows * direction.dim) {
    throw fail(`has ${direction.vectors.length} numbers. Expected ${rows} × ${direction.dim}.`);
  }
  if (direction.space === 'z' && recipe.latent.space !== 'z') {
    throw fail(`moves z, but the picture starts from a stored ${recipe.latent.space}. Mute it, or start from a seed.`);
  }
}

function addToLayers(offset: Float64Array, edit: Edit, direction: Direction, numWs: number): void {
  const { dim, vectors } = direction;
  for (const layer of parseLayerRange(edit.layers, numWs)) {
    const row = direction.space === 'w+' ? direction.layers.indexOf(layer) : 0;
    if (row >= 0) addScaled(offset, layer * dim, vectors.subarray(row * dim, (row + 1) * dim), edit.strength);
  }
}

function addScaled(sum: Float64Array, start: number, vector: Float32Array, scale: number): void {
  vector.forEach((value, i) => {
    sum[start + i] = (sum[start + i] ?? 0) + scale * value;
  });
}
