import { GanvasError } from '../engine/errors.js';
import type { Direction } from './direction.js';
import { formatIntegerRanges, parseIntegerRanges } from './integerRanges.js';

/** The word for every layer of W+. */
export const ALL_LAYERS = 'all';

function invalidLayerRange(text: string, numWs: number): GanvasError {
  return new GanvasError(
    'invalid-layer-range',
    `"${text}" is not a range of layers of this model. Expected layers from 0 to ${numWs - 1}, such as "0-3,7", or "all".`,
    { text, min: 0, max: numWs - 1 },
  );
}

/** True for "all" and for lists like "0-3,7": what can be said of the text before a model is known. */
export function isLayerRangeText(text: string): boolean {
  return text.trim() === ALL_LAYERS || parseIntegerRanges(text) !== null;
}

/**
 * Reads "0-3,7" or "all" into ascending distinct indices into W+.
 * @throws GanvasError `invalid-layer-range` when the text is not a range or names a layer that is not in 0…numWs−1.
 */
export function parseLayerRange(text: string, numWs: number): readonly number[] {
  if (text.trim() === ALL_LAYERS) return Array.from({ length: numWs }, (_, layer) => layer);
  const ranges = parseIntegerRanges(text);
  if (!ranges || ranges.some(({ last }) => last >= numWs)) throw invalidLayerRange(text, numWs);
  const layers = new Set<number>();
  for (const { first, last } of ranges) for (let layer = first; layer <= last; layer++) layers.add(layer);
  return [...layers].sort((a, b) => a - b);
}

/**
 * Writes layers, in any order, as `parseLayerRange` reads them: "all" when none is missing, else "0-3,7".
 * @throws GanvasError `invalid-layer-range` for no layers, or for one that is not in 0…numWs−1.
 */
export function formatLayerRange(layers: readonly number[], numWs: number): string {
  const distinct = [...new Set(layers)].sort((a, b) => a - b);
  const valid = distinct.every((layer) => Number.isInteger(layer) && layer >= 0 && layer < numWs);
  if (distinct.length === 0 || !valid) throw invalidLayerRange(layers.join(','), numWs);
  return distinct.length === numWs ? ALL_LAYERS : formatIntegerRanges(distinct);
}

/** The layers that a direction acts on by default, as text; one of z acts on the whole picture. */
export function layersActedOn({ space, layers }: Pick<Direction, 'space' | 'layers'>, numWs: number): string {
  return space === 'z' ? ALL_LAYERS : formatLayerRange(layers, numWs);
}
