import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { bytesToBase64 } from '../latent/base64.js';
import type { UnitEdit } from '../latent/recipe.js';
import { visibleSide, type FeatureLayer } from '../models/featureLayers.js';
import { checkMask, shrunkMask } from './brushMask.js';
import type { Dissection, LayerDissection } from './dissection.js';
import { bestLayerOf, unitsOfConcept } from './dissectionSummary.js';

/** A stroke of a brush on the picture. */
export interface PaintStroke {
  /** The layer to paint at; null lets the concept's best layer decide. */
  readonly layer: string | null;
  readonly concept: string;
  readonly mode: 'draw' | 'erase';
  /** How many of the concept's units: ganpaint's 4, 10 or 15. */
  readonly units: number;
  /** Coverage of the stroke, one byte a pixel, `size` × `size` over the whole picture. */
  readonly mask: Uint8Array<ArrayBuffer>;
  readonly size: number;
}

/**
 * A stroke as a change of units, as ganpaint does (gandissect client/ts/ganpaint.ts): the units that agree best with the
 * concept at one layer are set, under the stroke, to their .99 quantile to draw it, to 0 to erase it. The stroke is made as
 * coarse as the layer's map by area, so that a thin one counts for its part of a place.
 * @throws GanvasError `not-dissected` for a layer that the dissection does not cover, `concept-missing`, `mask-size`,
 *   `mask-empty`, `invalid-dissection` for a number of units below 1
 */
export function strokeToUnitEdit(dissection: Dissection, stroke: PaintStroke): UnitEdit {
  const { concept, mode, units: count, mask, size } = stroke;
  if (!Number.isInteger(count) || count < 1) {
    throw new GanvasError(
      'invalid-dissection',
      `A stroke takes ${count} units. Expected a whole number of at least 1.`,
    );
  }
  checkMask(mask, size);
  const layer = paintedLayer(dissection, stroke);
  const units = unitsOfConcept(dissection, concept, count, layer.layer.name).map(({ unit }) => unit);
  return {
    name: `${mode === 'draw' ? 'Draw' : 'Erase'} ${concept}`,
    layer: layer.layer.name,
    units,
    values: units.map((unit) => (mode === 'draw' ? at(layer.high, unit) : 0)),
    strength: 1,
    mask: bytesToBase64(layerMask(mask, size, layer.layer)),
    muted: false,
  };
}

/** The stroke as a map of the layer, which may reach beyond the picture: nobody can paint there. */
function layerMask(mask: Uint8Array, size: number, layer: FeatureLayer): Uint8Array<ArrayBuffer> {
  const { resolution, margin = 0 } = layer;
  const side = visibleSide(layer);
  const seen = shrunkMask(mask, size, side);
  const whole = new Uint8Array(resolution ** 2);
  for (let row = 0; row < side; row++) {
    whole.set(seen.subarray(row * side, (row + 1) * side), (row + margin) * resolution + margin);
  }
  return whole;
}

function paintedLayer(dissection: Dissection, { layer: name, concept, units }: PaintStroke): LayerDissection {
  const found =
    name === null
      ? bestLayerOf(dissection, concept, units)
      : (dissection.layers.find(({ layer }) => layer.name === name) ?? null);
  if (found !== null) return found;
  throw new GanvasError('not-dissected', `${name ?? 'The model'} has not been dissected yet. Dissect it first.`, {
    layer: name ?? '',
  });
}
