import type { AvailableDirection } from '../editing/changeRecipe.js';
import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import { referenceOf } from '../latent/directionReference.js';
import { formatLayerRange } from '../latent/layerRange.js';
import type { DirectionReference } from '../latent/recipe.js';
import type { DirectionSummary, ModelSummary } from './api.js';

interface Entry {
  readonly direction: Direction;
  readonly available: AvailableDirection;
}

/** The directions known for a model, by id. Ids follow from the direction itself, so that adding twice adds once. */
export class DirectionLibrary {
  private readonly entries = new Map<string, Entry>();

  constructor(private readonly model: ModelSummary) {}

  /**
   * @param reference how recipes name it; a recipe's own reference when it came from one
   * @returns its id
   */
  add(direction: Direction, reference = referenceOf(direction, this.model.hash, this.model.numWs)): string {
    const id = directionId(reference);
    if (!this.entries.has(id)) {
      const layers = formatLayerRange(direction.layers, this.model.numWs);
      this.entries.set(id, { direction, available: { reference, name: direction.name, layers } });
    }
    return id;
  }

  /** @throws GanvasError `direction-missing` */
  get(id: string): Direction {
    return this.entry(id).direction;
  }

  available(): ReadonlyMap<string, AvailableDirection> {
    return new Map([...this.entries].map(([id, { available }]) => [id, available]));
  }

  all(): { readonly direction: Direction; readonly reference: DirectionReference }[] {
    return [...this.entries.values()].map(({ direction, available: { reference } }) => ({ direction, reference }));
  }

  summaries(): DirectionSummary[] {
    return [...this.entries.keys()].map((id) => this.summary(id));
  }

  summary(id: string): DirectionSummary {
    const { direction, available } = this.entry(id);
    const { name, space, unit, statistics, provenance } = direction;
    return { id, name, method: provenance.method, space, layers: available.layers, unit, statistics };
  }

  private entry(id: string): Entry {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new GanvasError('direction-missing', `There is no direction ${id} here.`, { id });
    return entry;
  }
}

export function directionId(reference: DirectionReference): string {
  return reference.method === 'sefa'
    ? `sefa ${reference.layers} #${reference.index}`
    : `vector ${reference.space} ${shortHash(reference.data)}`;
}

/** FNV-1a: only tells imported directions apart in a list. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return `${hash.toString(16).padStart(8, '0')} ${text.length}`;
}
