import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');

/** Builds `dist/<target>` unless it is newer than its sources. Call it in `beforeAll`, with a minute's timeout. */
export async function ensureBuilt(...targets: readonly ('site' | 'cli' | 'lib' | 'types')[]): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build.mjs'), '--if-stale', ...targets]);
}
