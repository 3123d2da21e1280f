import { GanvasError } from '../../engine/errors.js';
import { formatBytes } from '../format.js';
import { sha256Of } from './sha256.js';

/** A model kept on this computer, in the page's own storage (OPFS): it opens without a network. */
export interface KeptModel {
  /** Of the file's bytes: what it is kept under, so that the same file is kept once. */
  readonly sha256: string;
  readonly name: string;
  readonly bytes: number;
  /** Where it came from; null for a file of the user's own. */
  readonly url: string | null;
  /** Milliseconds since 1970. */
  readonly keptAt: number;
}

/** How much the page keeps and how much more the browser would let it, in bytes. */
export interface StorageRoom {
  readonly used: number;
  readonly left: number;
}

const folderName = 'ganvas-models';
const dataName = (sha256: string): string => `${sha256}.bin`;
const labelName = (sha256: string): string => `${sha256}.json`;

/** Newest first. A file without its label was cut off while it was kept, and is removed. */
export async function keptModels(): Promise<KeptModel[]> {
  const folder = await openFolder(false);
  if (folder === null) return [];
  const names: string[] = [];
  for await (const name of folder.keys()) names.push(name);
  const labels = names.filter((name) => name.endsWith('.json'));
  const models = await Promise.all(labels.map((name) => readLabel(folder, name)));
  const complete = models.filter((model) => model !== null && names.includes(dataName(model.sha256)));
  const stray = names.filter((name) => !complete.some((model) => model !== null && name.startsWith(model.sha256)));
  await Promise.all(stray.map((name) => folder.removeEntry(name).catch(() => undefined)));
  return complete.filter((model) => model !== null).sort((a, b) => b.keptAt - a.keptAt);
}

/** @throws GanvasError `kept-model-missing` */
export async function openKeptModel({ sha256, name }: KeptModel): Promise<File> {
  try {
    const folder = await openFolder(false);
    if (folder === null) throw new Error('there is no folder');
    const file = await (await folder.getFileHandle(dataName(sha256))).getFile();
    return new File([file], name);
  } catch (cause) {
    throw new GanvasError(
      'kept-model-missing',
      `${name} is no longer kept: the browser may have made room. Fetch it again.`,
      { name },
      { cause },
    );
  }
}

/**
 * Keeps a copy of a file; one that is kept already is not written again.
 * @param onProgress told which part is done, 0…1: the file is read twice, for its hash and to be copied
 * @throws GanvasError `storage-full`, `storage-unavailable`
 */
export async function keepModel(
  file: Blob,
  { name, url }: Pick<KeptModel, 'name' | 'url'>,
  onProgress: (fraction: number) => void = () => undefined,
): Promise<KeptModel> {
  const sha256 = await sha256Of(file, (done) => onProgress((0.7 * done) / Math.max(1, file.size)));
  const model: KeptModel = { sha256, name, bytes: file.size, url, keptAt: Date.now() };
  const known = (await keptModels()).find((kept) => kept.sha256 === sha256);
  const folder = await openFolder(true);
  if (folder === null) throw unavailable(name);
  try {
    if (known === undefined) await write(folder, dataName(sha256), file);
    await write(folder, labelName(sha256), new Blob([JSON.stringify(model)]));
  } catch (cause) {
    if (known === undefined) await folder.removeEntry(dataName(sha256)).catch(() => undefined);
    throw await refusal(name, file.size, cause);
  }
  onProgress(1);
  return model;
}

export async function forgetModel({ sha256 }: KeptModel): Promise<void> {
  const folder = await openFolder(false);
  for (const name of [labelName(sha256), dataName(sha256)]) await folder?.removeEntry(name).catch(() => undefined);
}

/** Null where the browser does not say. */
export async function storageRoom(): Promise<StorageRoom | null> {
  const estimate = await navigator.storage.estimate().catch(() => null);
  if (estimate?.quota === undefined || estimate.usage === undefined) return null;
  return { used: estimate.usage, left: Math.max(0, estimate.quota - estimate.usage) };
}

/** Null where the browser has no such storage, as in private windows, or nothing is kept and none is to be made. */
async function openFolder(create: boolean): Promise<FileSystemDirectoryHandle | null> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(folderName, { create });
  } catch {
    return null;
  }
}

/** What is written shows up only when it is complete. */
async function write(folder: FileSystemDirectoryHandle, name: string, data: Blob): Promise<void> {
  const handle = await folder.getFileHandle(name, { create: true });
  await data.stream().pipeTo(await handle.createWritable());
}

async function readLabel(folder: FileSystemDirectoryHandle, name: string): Promise<KeptModel | null> {
  try {
    const label: unknown = JSON.parse(await (await (await folder.getFileHandle(name)).getFile()).text());
    return isLabel(label) && labelName(label.sha256) === name ? label : null;
  } catch {
    return null;
  }
}

function isLabel(value: unknown): value is KeptModel {
  return (
    typeof value === 'object' &&
    value !== null &&
    'sha256' in value &&
    typeof value.sha256 === 'string' &&
    'name' in value &&
    typeof value.name === 'string' &&
    'bytes' in value &&
    typeof value.bytes === 'number' &&
    'keptAt' in value &&
    typeof value.keptAt === 'number' &&
    'url' in value &&
    (value.url === null || typeof value.url === 'string')
  );
}

function unavailable(name: string, cause?: unknown): GanvasError {
  return new GanvasError(
    'storage-unavailable',
    `${name} was not kept: this browser gives the page no storage, as in a private window. The model stays open all the same.`,
    { name },
    { cause },
  );
}

async function refusal(name: string, bytes: number, cause: unknown): Promise<GanvasError> {
  if (!(cause instanceof DOMException && cause.name === 'QuotaExceededError')) return unavailable(name, cause);
  const room = await storageRoom();
  const left = room === null ? 'has no more room' : `lets this page keep only ${formatBytes(room.left)} more`;
  return new GanvasError(
    'storage-full',
    `${name} was not kept: it has ${formatBytes(bytes)}, and the browser ${left}. Delete a kept model, or free space on the disk. The model stays open all the same.`,
    { name, bytes },
    { cause },
  );
}
