/** What people should know about a file that was opened, in sentences. */
import type { Checkpoint, StoredNetwork } from './checkpoint.js';

/** Names some of the tensors that are not in `used`. */
export function ignoredNotes(network: StoredNetwork, used: ReadonlySet<string>): string[] {
  const ignored = [...network.tensors.keys()].filter((name) => !used.has(name));
  if (ignored.length === 0) return [];
  const shown = ignored.slice(0, 3).map((name) => `\`${name}\``);
  const more = ignored.length - shown.length;
  return [
    `Ignored ${ignored.length} tensors that the generator does not use: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`,
  ];
}

/** Says that what the file would run was not run. */
export function inertNotes({ inertGlobals }: Checkpoint): string[] {
  if (inertGlobals.length === 0) return [];
  const names = inertGlobals.slice(0, 5).map((name) => `\`${name}\``);
  return [`The file names ${names.join(', ')}. ganvas never runs code from a file; they were left out.`];
}
