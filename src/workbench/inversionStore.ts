import type { InversionState } from '../inversion/inversionProgress.js';
import { askDatabase } from './indexedDb.js';
import type { InversionChoices } from './inversionApi.js';

/** What is needed to go on with an inversion after a reload: plain data. */
export interface StoredInversion {
  readonly version: 1;
  readonly modelHash: string;
  /** The picture's name. */
  readonly name: string;
  readonly choices: InversionChoices;
  /** The cropped picture, [imgChannels, resolution, resolution] in −1…1; the picture itself is not stored. */
  readonly target: Float32Array<ArrayBuffer>;
  readonly state: InversionState;
}

/** Keeps one inversion on this computer. Nothing here throws: without storage a reload forgets, that is all. */
export interface InversionStore {
  load(): Promise<StoredInversion | null>;
  save(stored: StoredInversion): Promise<void>;
  clear(): Promise<void>;
}

const [databaseName, storeName, key] = ['ganvas', 'inversion', 'current'];

/** The browser's IndexedDB; private windows and Node refuse it, and then nothing is kept. */
export class IndexedDbInversionStore implements InversionStore {
  async load(): Promise<StoredInversion | null> {
    const found: unknown = await this.request('readonly', (store) => store.get(key));
    return isStored(found) ? found : null;
  }

  async save(stored: StoredInversion): Promise<void> {
    await this.request('readwrite', (store) => store.put(stored, key));
  }

  async clear(): Promise<void> {
    await this.request('readwrite', (store) => store.delete(key));
  }

  private request(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    return askDatabase(databaseName, storeName, mode, ask);
  }
}

/** Only what this version wrote is believed; the rest of the record was written with it. */
function isStored(value: unknown): value is StoredInversion {
  return typeof value === 'object' && value !== null && 'version' in value && value.version === 1;
}
