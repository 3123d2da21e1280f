import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { AdapterDescription } from '../engine/device.js';
import { adapterKey, readKernelTable, type KernelTable } from '../tuning/kernelTable.js';

/** Where `ganvas tune` keeps what it measured on an adapter: `$XDG_CACHE_HOME/ganvas`, else `~/.cache/ganvas`. */
export function kernelCachePath(adapter: AdapterDescription): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? '';
  const folder = cache === '' ? join(homedir(), '.cache') : cache;
  const name = createHash('sha256').update(adapterKey(adapter)).digest('hex').slice(0, 12);
  return join(folder, 'ganvas', `kernels-${name}.json`);
}

/** Empty where nothing was kept, or what was kept is not readable. */
export async function readKernelCache(adapter: AdapterDescription): Promise<KernelTable> {
  const text = await readFile(kernelCachePath(adapter), 'utf8').catch(() => 'null');
  return readKernelTable(parsed(text), adapter);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** @returns the file that was written */
export async function writeKernelCache(adapter: AdapterDescription, table: KernelTable): Promise<string> {
  const path = kernelCachePath(adapter);
  await mkdir(join(path, '..'), { recursive: true });
  // A command that reads meanwhile sees the old file or the new one.
  await writeFile(`${path}.${process.pid}`, `${JSON.stringify(table, null, 2)}\n`);
  await rename(`${path}.${process.pid}`, path);
  return path;
}

export async function forgetKernelCache(adapter: AdapterDescription): Promise<void> {
  await rm(kernelCachePath(adapter), { force: true });
}
