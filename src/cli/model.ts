import { openCheckpoint, type OpenedCheckpoint } from '../workbench/openedCheckpoint.js';
import { readCheckpointSource, type CheckpointSource } from './checkpointSource.js';
import type { Terminal } from './terminal.js';

/** A checkpoint that was read and recognised; nothing is on the GPU yet. */
export interface Model extends CheckpointSource {
  readonly opened: OpenedCheckpoint;
}

/** @throws GanvasError for what cannot be found, read or recognised */
export async function readModel(operand: string, terminal: Terminal): Promise<Model> {
  const source = await readCheckpointSource(operand, terminal);
  terminal.progress({ label: `Reading ${source.name}`, fraction: null });
  return { ...source, opened: await openCheckpoint(source.bytes, source.name) };
}
