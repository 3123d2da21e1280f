/** What the stores of the workbench share: a database of one object store, asked one thing at a time. */

/**
 * Null without storage: private windows and Node refuse it, and then nothing is kept.
 * @param ask one request, or several of one transaction, of which the last one's result counts
 */
export async function askDatabase(
  name: string,
  storeName: string,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest,
): Promise<unknown> {
  try {
    const opening = indexedDB.open(name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
    const database = await settled(opening);
    try {
      return await settled(ask(database.transaction(storeName, mode).objectStore(storeName)));
    } finally {
      database.close();
    }
  } catch {
    return null;
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser refused its storage'));
  });
}
