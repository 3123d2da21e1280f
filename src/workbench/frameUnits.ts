/** A recipe's changes of units as inputs of a frame: whatever a slider or a stroke changes is only written. */
import { GanvasError } from '../engine/errors.js';
import { sizeOf, type Shape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { base64ToBytes } from '../latent/base64.js';
import type { UnitEdit } from '../latent/recipe.js';
import type { FeatureLayer, Intervention } from '../models/featureLayers.js';
import { movedUnits } from '../models/unitIntervention.js';
import { mul } from '../ops/binary.js';

/** How many changes of a layer a compiled frame has room for. */
export interface UnitSlots {
  readonly layer: FeatureLayer;
  readonly count: number;
}

/**
 * Room for changes, by powers of two: a frame is compiled again when a layer's changes outgrow it, not with every stroke.
 * Muted ones take their place as well, so that muting compiles nothing.
 * @throws GanvasError `unit-layer-missing`
 */
export function unitSlotsFor(units: readonly UnitEdit[], layers: readonly FeatureLayer[]): readonly UnitSlots[] {
  const names = new Set(units.map(({ layer }) => layer));
  const missing = [...names].find((name) => !layers.some((layer) => layer.name === name));
  if (missing !== undefined) {
    throw new GanvasError(
      'unit-layer-missing',
      `The recipe changes units of "${missing}", and this model has no such layer.`,
      { layer: missing },
    );
  }
  return layers
    .filter(({ name }) => names.has(name))
    .map((layer) => {
      const used = units.filter((edit) => edit.layer === layer.name).length;
      return { layer, count: 2 ** Math.ceil(Math.log2(used)) };
    });
}

/** What frames with the same room have in common. */
export function unitSlotsKey(slots: readonly UnitSlots[]): string {
  return slots.map(({ layer, count }) => `${layer.name}×${count}`).join(' ');
}

export function unitShapes(slots: readonly UnitSlots[]): Record<string, Shape> {
  return Object.fromEntries(
    slotsOf(slots).flatMap(({ names, shapes }) => parts.map((part) => [names[part], shapes[part]])),
  );
}

/**
 * The numbers of `unitShapes`; slots that nothing fills change nothing, exactly.
 * @throws GanvasError `invalid-units` for a unit that the layer has not, or a mask of another size
 */
export function unitInputs(
  units: readonly UnitEdit[],
  slots: readonly UnitSlots[],
): Record<string, Float32Array<ArrayBuffer>> {
  const inputs: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const { layer, index, names, shapes } of slotsOf(slots)) {
    const edit = units.filter((candidate) => candidate.layer === layer.name)[index];
    const [share, value] = [new Float32Array(layer.channels), new Float32Array(layer.channels)];
    if (edit !== undefined && !edit.muted) {
      edit.units.forEach((unit, place) => {
        if (unit >= layer.channels) throw invalidUnits(edit, `unit ${unit}`, `units from 0 to ${layer.channels - 1}`);
        share[unit] = edit.strength;
        value[unit] = edit.values[place] ?? 0;
      });
    }
    inputs[names.share] = share;
    inputs[names.value] = value;
    inputs[names.mask] = maskOf(edit, sizeOf(shapes.mask));
  }
  return inputs;
}

/** Interventions for `synthesisWithFeatures`, a layer's changes one after the other. */
export function unitInterventions(
  slots: readonly UnitSlots[],
  input: (name: string) => Tensor,
): ReadonlyMap<string, Intervention> {
  const interventions = new Map<string, Intervention>();
  for (const { layer, names } of slotsOf(slots)) {
    const before = interventions.get(layer.name);
    const move = movedUnits(mul(input(names.share), input(names.mask)), input(names.value));
    interventions.set(layer.name, before === undefined ? move : (features) => move(before(features)));
  }
  return interventions;
}

const parts = ['share', 'value', 'mask'] as const;
type Part = (typeof parts)[number];

interface Slot {
  readonly layer: FeatureLayer;
  readonly index: number;
  readonly names: Readonly<Record<Part, string>>;
  readonly shapes: Readonly<Record<Part, Shape>>;
}

function slotsOf(slots: readonly UnitSlots[]): Slot[] {
  return slots.flatMap(({ layer, count }) =>
    Array.from({ length: count }, (_, index): Slot => {
      const { channels, resolution } = layer;
      const name = (part: Part): string => `units ${layer.name} ${index} ${part}`;
      return {
        layer,
        index,
        names: { share: name('share'), value: name('value'), mask: name('mask') },
        shapes: {
          share: [1, channels, 1, 1],
          value: [1, channels, 1, 1],
          mask: [1, 1, resolution, resolution],
        },
      };
    }),
  );
}

/** m of 0…1 by place, row by row. */
function maskOf(edit: UnitEdit | undefined, places: number): Float32Array<ArrayBuffer> {
  if (edit === undefined || edit.mask === null) return new Float32Array(places).fill(1);
  const bytes = base64ToBytes(edit.mask);
  if (bytes?.length !== places) throw invalidUnits(edit, `a mask of ${bytes?.length ?? 0} places`, `${places} places`);
  return Float32Array.from(bytes, (byte) => byte / 255);
}

function invalidUnits({ name, layer }: UnitEdit, found: string, expected: string): GanvasError {
  return new GanvasError('invalid-units', `"${name}" names ${found} of ${layer}. Expected ${expected}.`, {
    layer,
    found,
  });
}
