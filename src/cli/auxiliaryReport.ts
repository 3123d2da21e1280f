import { auxiliaryKind } from '../checkpoints/auxiliary.js';
import { recogniseFeatureNetwork } from '../checkpoints/featureNetworks.js';
import { recogniseLpipsHeads } from '../checkpoints/lpipsHeads.js';
import { readCheckpoint } from '../checkpoints/open.js';
import type { CheckpointSource } from './checkpointSource.js';
import { describeNetwork, grouped, networkSizes, type NetworkSizes } from './networkSizes.js';
import { printable } from './terminal.js';

/** What `info` says of a file that holds no generator but has a use; scripts rely on these names. */
export interface AuxiliaryReport {
  readonly name: string;
  readonly bytes: number;
  readonly format: string;
  /** "torchvision’s VGG16, a network for perceptual losses" */
  readonly description: string;
  /** The option of `ganvas invert` that takes the file. */
  readonly option: string;
  readonly networks: readonly NetworkSizes[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly inertGlobals: readonly string[];
}

/**
 * `null` for a file that has to be opened as a model.
 * @throws GanvasError what the readers throw, and what is wrong with a network that was recognised.
 */
export function auxiliaryReport({ name, bytes }: CheckpointSource): AuxiliaryReport | null {
  const checkpoint = readCheckpoint(bytes, name);
  const kind = auxiliaryKind(checkpoint);
  if (!kind) return null;
  if (kind.option === '--features') recogniseFeatureNetwork(checkpoint);
  else recogniseLpipsHeads(checkpoint);
  const { format, networks, metadata, inertGlobals } = checkpoint;
  return { name, bytes: bytes.length, format, ...kind, networks: networks.map(networkSizes), metadata, inertGlobals };
}

export function describeAuxiliary(report: AuxiliaryReport): string {
  const rows: readonly (readonly [string, string])[] = [
    ['file', `${report.name}, ${report.format}, ${grouped(report.bytes)} bytes`],
    ['what', `${report.description}: for \`ganvas invert ${report.option}\``],
    ['networks', report.networks.map(describeNetwork).join('; ')],
    ['inert', report.inertGlobals.length === 0 ? 'none' : report.inertGlobals.join(', ')],
  ];
  return rows.map(([label, text]) => `${label.padEnd(12)}${printable(text)}`).join('\n');
}
