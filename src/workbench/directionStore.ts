import { askDatabase } from './indexedDb.js';
import type { KeptDirection } from './directionLibrary.js';
import type { LabelledConcept } from './discoveryApi.js';

/** What is known of one model's directions, as it outlives a reload: plain data. */
export interface StoredDirections {
  readonly version: 1;
  readonly modelHash: string;
  /** Milliseconds since 1970, when it was stored. */
  readonly savedAt: number;
  readonly directions: readonly KeptDirection[];
  readonly labels: readonly LabelledConcept[];
}

/** Keeps directions on this computer, by model. Nothing here throws: without storage a reload forgets, that is all. */
export interface DirectionStore {
  load(modelHash: string): Promise<StoredDirections | null>;
  save(stored: StoredDirections): Promise<void>;
}

/** Models whose directions are kept; the one saved longest ago makes room. */
export const mostModels = 24;

const [databaseName, storeName] = ['ganvas-directions', 'models'];

/** The browser's IndexedDB; private windows and Node refuse it, and then nothing is kept. */
export class IndexedDbDirectionStore implements DirectionStore {
  async load(modelHash: string): Promise<StoredDirections | null> {
    const found = await askDatabase(databaseName, storeName, 'readonly', (store) => store.get(modelHash));
    return isStored(found) && found.modelHash === modelHash ? found : null;
  }

  async save(stored: StoredDirections): Promise<void> {
    await askDatabase(databaseName, storeName, 'readwrite', (store) => store.put(stored, stored.modelHash));
    const all = await askDatabase(databaseName, storeName, 'readonly', (store) => store.getAllKeys());
    if (!Array.isArray(all) || all.length <= mostModels) return;
    await this.makeRoom(all.filter((key) => typeof key === 'string'));
  }

  /** Dates are read one by one: the records together may be large. */
  private async makeRoom(keys: readonly string[]): Promise<void> {
    const dated: { readonly key: string; readonly savedAt: number }[] = [];
    for (const key of keys) {
      // A record of another version goes first.
      dated.push({ key, savedAt: (await this.load(key))?.savedAt ?? 0 });
    }
    dated.sort((a, b) => b.savedAt - a.savedAt);
    for (const { key } of dated.slice(mostModels)) {
      await askDatabase(databaseName, storeName, 'readwrite', (store) => store.delete(key));
    }
  }
}

/** Only what this version wrote is believed; the rest of the record was written with it. */
function isStored(value: unknown): value is StoredDirections {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
}
