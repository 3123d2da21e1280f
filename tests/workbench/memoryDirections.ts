import type { DirectionStore, StoredDirections } from '../../src/workbench/directionStore.js';

/** A store that outlives the workbench, as the browser's outlives the page; what goes in is cloned, as there. */
export class MemoryDirections implements DirectionStore {
  private readonly stored = new Map<string, StoredDirections>();

  load(modelHash: string): Promise<StoredDirections | null> {
    return Promise.resolve(structuredClone(this.stored.get(modelHash) ?? null));
  }

  save(stored: StoredDirections): Promise<void> {
    this.stored.set(stored.modelHash, structuredClone(stored));
    return Promise.resolve();
  }
}
