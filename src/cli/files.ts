import { constants } from 'node:fs';
import { access, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GanvasError } from '../engine/errors.js';

/**
 * Reads a whole file; `what` says what was expected in it ("a checkpoint").
 * @throws GanvasError `file-missing` or `file-unreadable`
 */
export async function readInput(path: string, what: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { buffer, byteOffset, length } = await readFile(path);
    return new Uint8Array(buffer, byteOffset, length);
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') {
      throw new GanvasError('file-missing', `There is no file ${path}. Expected ${what}.`, { path }, { cause });
    }
    const reason = code === 'EISDIR' ? 'it is a folder' : systemReason(cause);
    throw new GanvasError(
      'file-unreadable',
      `${path} cannot be read: ${reason}. Expected ${what}.`,
      { path },
      { cause },
    );
  }
}

/**
 * Fails before the work rather than after it: the folder of `path` must be there and take new files.
 * @throws GanvasError `output-unwritable`
 */
export async function checkOutputFile(path: string): Promise<void> {
  if ((await kindOf(path)) === 'folder') throw unwritable(path, 'it is a folder. Expected the name of a file');
  const folder = dirname(resolve(path));
  if ((await kindOf(folder)) !== 'folder')
    throw unwritable(path, `there is no folder ${dirname(path)}. Create it first`);
  await checkAccess(path, folder);
}

/**
 * As `checkOutputFile`, for a folder that `writeOutput` may have to create.
 * @throws GanvasError `output-unwritable`
 */
export async function checkOutputFolder(path: string): Promise<void> {
  let existing = resolve(path);
  let kind = await kindOf(existing);
  while (kind === 'nothing' && dirname(existing) !== existing) {
    existing = dirname(existing);
    kind = await kindOf(existing);
  }
  if (kind === 'file') throw unwritable(path, `${existing} is a file. Expected a folder`);
  await checkAccess(path, existing);
}

export async function createFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(path, systemReason(cause), cause);
  });
}

/**
 * Writes beside the target and renames, so that no one ever sees half a file under its name.
 * @throws GanvasError `output-unwritable`; `output-failed` when the disk gives up
 */
export async function writeOutput(path: string, content: Uint8Array | string): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    await writeFile(beside, content);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true }).catch(() => undefined);
    if (['ENOSPC', 'EDQUOT', 'EIO', 'EFBIG'].includes(systemCode(cause))) {
      throw new GanvasError(
        'output-failed',
        `${path} could not be written: ${systemReason(cause)}.`,
        { path },
        { cause },
      );
    }
    throw unwritable(path, systemReason(cause), cause);
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  const info = await stat(path).catch(() => null);
  if (info === null) return 'nothing';
  return info.isDirectory() ? 'folder' : 'file';
}

async function checkAccess(path: string, folder: string): Promise<void> {
  await access(folder, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw unwritable(path, systemReason(cause), cause);
  });
}

function unwritable(path: string, reason: string, cause?: unknown): GanvasError {
  return new GanvasError('output-unwritable', `${path} cannot be written: ${reason}.`, { path }, { cause });
}

function systemCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

/** The system's own words, without the call and the path that Node adds: "ENOSPC: no space left on device". */
function systemReason(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return /^([A-Z0-9]+: [^,]+),/.exec(thrown.message)?.[1] ?? thrown.message;
}
