import type { InversionStore, StoredInversion } from '../../src/workbench/inversionStore.js';

/** A store that outlives the workbench, as the browser's outlives the page; what goes in is cloned, as there. */
export class MemoryStore implements InversionStore {
  stored: StoredInversion | null = null;

  load(): Promise<StoredInversion | null> {
    return Promise.resolve(structuredClone(this.stored));
  }

  save(stored: StoredInversion): Promise<void> {
    this.stored = structuredClone(stored);
    return Promise.resolve();
  }

  clear(): Promise<void> {
    this.stored = null;
    return Promise.resolve();
  }
}
