import type { AvailableDirection } from '../editing/changeContext.js';
import { GanvasError } from '../engine/errors.js';
import type { Direction } from '../latent/direction.js';
import { referenceOf } from '../latent/directionReference.js';
import { layersActedOn } from '../latent/layerRange.js';
import type { DirectionReference } from '../latent/recipe.js';
import type { DirectionMeasures } from '../metrics/directionMeasures.js';
import type { ModelSummary } from './api.js';
import type { DirectionSummary } from './directionSummary.js';

/** A direction with all that people have given it. */
export interface KeptDirection {
  readonly id: string;
  readonly direction: Direction;
  /** How recipes name it. */
  readonly reference: DirectionReference;
  readonly starred: boolean;
  readonly measures: DirectionMeasures | null;
}

/**
 * The directions known for a model, by id. Ids follow from the direction that was added first, so that adding twice adds
 * once; one that is fitted again keeps its id.
 */
export class DirectionLibrary {
  private entries = new Map<string, KeptDirection>();

  constructor(private readonly model: ModelSummary) {}

  /**
   * @param reference how recipes name it; a recipe's own reference when it came from one
   * @returns its id
   */
  add(direction: Direction, reference = this.referenceOf(direction)): string {
    const id = this.idOf(reference);
    if (!this.entries.has(id)) this.entries.set(id, { id, direction, reference, starred: false, measures: null });
    return id;
  }

  /** Adds one that was kept, under the id that it had; one that is there already stays as it is. */
  keep(kept: KeptDirection): void {
    const isHere = this.entries.has(kept.id) || this.entries.has(this.idOf(kept.reference));
    if (!isHere) this.entries.set(kept.id, kept);
  }

  has(id: string): boolean {
    return this.entries.has(id);
  }

  /** The id of a direction that is here already, in this very form; else null. */
  idIfKnown(direction: Direction): string | null {
    const id = this.idOf(this.referenceOf(direction));
    return this.entries.has(id) ? id : null;
  }

  /** The id of a recipe's direction; what it would be when it is not here. */
  idOf(reference: DirectionReference): string {
    const id = directionId(reference);
    // A direction that was fitted again goes by the id of its first form.
    const [current] = [...this.entries].find(([, entry]) => directionId(entry.reference) === id) ?? [id];
    return current;
  }

  /** @throws GanvasError `direction-missing` */
  get(id: string): Direction {
    return this.entry(id).direction;
  }

  available(): ReadonlyMap<string, AvailableDirection> {
    return new Map(
      [...this.entries].map(([id, { direction, reference }]) => [
        id,
        { reference, name: direction.name, layers: layersActedOn(direction, this.model.numWs) },
      ]),
    );
  }

  all(): KeptDirection[] {
    return [...this.entries.values()];
  }

  summaries(): DirectionSummary[] {
    return [...this.entries.keys()].map((id) => this.summary(id));
  }

  /** @throws GanvasError `direction-missing` */
  summary(id: string): DirectionSummary {
    const { direction, starred, measures } = this.entry(id);
    const { name, space, unit, statistics, provenance } = direction;
    const layers = layersActedOn(direction, this.model.numWs);
    return { id, name, method: provenance.method, space, layers, unit, statistics, starred, measures };
  }

  /** @throws GanvasError `direction-missing` */
  rename(id: string, name: string): void {
    const entry = this.entry(id);
    this.entries.set(id, { ...entry, direction: { ...entry.direction, name } });
  }

  /** @throws GanvasError `direction-missing` */
  star(id: string, starred: boolean): void {
    this.entries.set(id, { ...this.entry(id), starred });
  }

  /** Adds to its statistics. @throws GanvasError `direction-missing` */
  complete(id: string, statistics: Readonly<Record<string, number>>): void {
    const entry = this.entry(id);
    const { direction } = entry;
    this.entries.set(id, {
      ...entry,
      direction: { ...direction, statistics: { ...direction.statistics, ...statistics } },
    });
  }

  /** @throws GanvasError `direction-missing` */
  measured(id: string, measures: DirectionMeasures): void {
    this.entries.set(id, { ...this.entry(id), measures });
  }

  /**
   * Puts another form of a direction in the place of an earlier one, which keeps its id and star; what was measured of the
   * earlier form is forgotten. @throws GanvasError `direction-missing`
   */
  replace(id: string, direction: Direction): void {
    const { starred } = this.entry(id);
    this.entries.set(id, { id, direction, reference: this.referenceOf(direction), starred, measures: null });
  }

  /** Takes them out of the list; unknown ones are none. */
  remove(ids: Iterable<string>): void {
    for (const id of ids) this.entries.delete(id);
  }

  /** Lays these in this order into the places that they have among all. */
  arrange(ids: readonly string[]): void {
    const known = ids.filter((id) => this.entries.has(id));
    const moved = new Set(known);
    let next = 0;
    const order = [...this.entries.keys()].map((id) => (moved.has(id) ? (known[next++] ?? id) : id));
    this.entries = new Map(order.map((id) => [id, this.entry(id)]));
  }

  private referenceOf(direction: Direction): DirectionReference {
    return referenceOf(direction, this.model.hash, this.model.numWs);
  }

  private entry(id: string): KeptDirection {
    const entry = this.entries.get(id);
    if (entry === undefined) throw new GanvasError('direction-missing', `There is no direction ${id} here.`, { id });
    return entry;
  }
}

function directionId(reference: DirectionReference): string {
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
