import { readCheckpoint } from '../checkpoints/open.js';
import { nearestFamily, type NearestFamily } from '../checkpoints/nearestFamily.js';
import { tensorTree } from '../checkpoints/tensorTree.js';
import { GanvasError } from '../engine/errors.js';
import type { CheckpointSource } from './checkpointSource.js';
import { describeNetwork, grouped, networkSizes, type NetworkSizes } from './networkSizes.js';
import { printable } from './terminal.js';

interface UnknownNetwork extends NetworkSizes {
  readonly nearest: NearestFamily | null;
  readonly tree: readonly string[];
}

/** What `info` says of a file that can be read and holds no generator that is known; scripts rely on these names. */
export interface UnknownReport {
  readonly name: string;
  readonly bytes: number;
  readonly format: string;
  readonly family: null;
  readonly networks: readonly UnknownNetwork[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly inertGlobals: readonly string[];
}

/** Null when the file failed for another reason, or holds no tensors at all. */
export function unknownReport({ name, bytes }: CheckpointSource, thrown: unknown): UnknownReport | null {
  const isUnknown =
    thrown instanceof GanvasError && /^(unsupported-architecture|checkpoint-no-generator)$/.test(thrown.code);
  if (!isUnknown) return null;
  const checkpoint = readable(bytes, name);
  if (checkpoint === null || checkpoint.networks.length === 0) return null;
  const { format, metadata, inertGlobals } = checkpoint;
  const networks = checkpoint.networks.map((network) => ({
    ...networkSizes(network),
    nearest: nearestFamily(network),
    tree: tensorTree(network),
  }));
  return { name, bytes: bytes.length, format, family: null, networks, metadata, inertGlobals };
}

/** A file without networks is refused by its reader. */
function readable(bytes: Uint8Array, name: string): ReturnType<typeof readCheckpoint> | null {
  try {
    return readCheckpoint(bytes, name);
  } catch {
    return null;
  }
}

export function describeUnknown({ name, bytes, format, networks, inertGlobals }: UnknownReport): string {
  const rows: readonly (readonly [string, string])[] = [
    ['file', `${name}, ${format}, ${grouped(bytes)} bytes`],
    ['family', 'none that is known'],
    ['inert', inertGlobals.length === 0 ? 'none' : inertGlobals.join(', ')],
  ];
  return [
    ...rows.map(([label, text]) => `${label.padEnd(12)}${printable(text)}`),
    ...networks.flatMap((network) => [
      '',
      printable(describeNetwork(network)),
      `nearest     ${likeness(network.nearest)}`,
      ...network.tree.map((line) => printable(`  ${line}`)),
    ]),
  ].join('\n');
}

function likeness(nearest: NearestFamily | null): string {
  if (nearest === null) return 'none: no telling tensor of any family is there';
  const { title, found, telling, firstDifference } = nearest;
  return printable(`${title}, ${found} of ${telling} telling tensors; first difference: ${firstDifference}`);
}
