import { adapterKey, type KernelTable } from '../tuning/kernelTable.js';
import type { AdapterDescription } from '../engine/device.js';
import { askDatabase } from './indexedDb.js';

/** Keeps which kernels are the fastest on this machine. Nothing here throws: without storage they are measured again. */
export interface KernelStore {
  /** What was saved for the adapter, unchecked; null where nothing was. */
  load(adapter: AdapterDescription): Promise<unknown>;
  save(table: KernelTable): Promise<void>;
}

const [databaseName, storeName] = ['ganvas-kernels', 'adapters'];

/** The browser's IndexedDB; private windows and Node refuse it, and then nothing is kept. */
export class IndexedDbKernelStore implements KernelStore {
  load(adapter: AdapterDescription): Promise<unknown> {
    return askDatabase(databaseName, storeName, 'readonly', (store) => store.get(adapterKey(adapter)));
  }

  async save(table: KernelTable): Promise<void> {
    await askDatabase(databaseName, storeName, 'readwrite', (store) => store.put(table, table.adapter));
  }
}
