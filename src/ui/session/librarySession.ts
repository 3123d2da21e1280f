import type { KeptModel, StorageRoom } from '../library/keptModels.js';
import type * as keptModels from '../library/keptModels.js';
import { readStored, writeStored } from './stored.js';

/** What the parts draw of the models on this computer: replaced, never changed. */
export interface LibraryView {
  /** Newest first; null until it has been looked. */
  readonly kept: readonly KeptModel[] | null;
  readonly room: StorageRoom | null;
  /** The model that is being copied, and how much of it, 0…1. */
  readonly keeping: { readonly name: string; readonly fraction: number } | null;
  /** The file of the open model, which can be kept. */
  readonly source: ModelFile | null;
}

/** A file that a model was opened from. */
export interface ModelFile {
  readonly name: string;
  readonly file: Blob;
  /** Absolute address; null for a file of the user's own. */
  readonly url: string | null;
  /** Text of the JSON that it was opened with. */
  readonly description: string | null;
}

export const emptyLibrary: LibraryView = { kept: null, room: null, keeping: null, source: null };

/** What the library needs of the session it belongs to. */
export interface LibraryHost {
  readonly update: (part: Partial<LibraryView>) => void;
  readonly report: (title: string, thrown: unknown) => void;
  readonly said: (sentence: string) => void;
}

/** Where the kept models came from, so that nothing has to be loaded to know that there are none. */
const sourcesKey = 'ganvas:kept-models';

/** The models kept on this computer. Its storage is loaded when it is first needed: most visits keep nothing. */
export class LibrarySession {
  constructor(private readonly host: LibraryHost) {}

  /** Looks again at what is kept and how much room there is. */
  async refresh(): Promise<void> {
    const storage = await library();
    const [kept, room] = await Promise.all([storage.keptModels(), storage.storageRoom()]);
    writeStored(
      sourcesKey,
      kept.map(({ url }) => url),
    );
    this.host.update({ kept, room });
  }

  /** Whether there are models that could be opened without a network. */
  get keepsModels(): boolean {
    return storedSources().length > 0;
  }

  /** The kept copy of what is at an address, which spares the network; null when there is none. */
  async fileFrom(url: string): Promise<File | null> {
    if (!storedSources().includes(url)) return null;
    const storage = await library();
    const found = (await storage.keptModels()).find((model) => model.url === url);
    return found === undefined ? null : storage.openKeptModel(found).catch(() => null);
  }

  /** @throws GanvasError `kept-model-missing` */
  async open(model: KeptModel): Promise<File> {
    return (await library()).openKeptModel(model);
  }

  async keep({ name, file, url }: Omit<ModelFile, 'description'>): Promise<void> {
    try {
      const { keepModel } = await library();
      this.host.update({ keeping: { name, fraction: 0 } });
      await keepModel(file, { name, url }, (fraction) => this.host.update({ keeping: { name, fraction } }));
      this.host.said(`${name} is kept on this computer.`);
    } catch (thrown) {
      this.host.report(`${name} was not kept`, thrown);
    }
    this.host.update({ keeping: null });
    await this.refresh();
  }

  async forget(model: KeptModel): Promise<void> {
    await (await library()).forgetModel(model);
    this.host.said(`${model.name} was deleted from this computer.`);
    await this.refresh();
  }
}

function storedSources(): readonly unknown[] {
  const sources = readStored(sourcesKey);
  return Array.isArray(sources) ? sources : [];
}

const library = (): Promise<typeof keptModels> => import('../library/keptModels.js');
