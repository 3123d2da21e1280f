import { openCheckpoint, type OpenedCheckpoint } from '../workbench/openedCheckpoint.js';
import { configBeside, readDescription } from './architecture.js';
import type { Arguments } from './arguments.js';
import { readCheckpointSource, type CheckpointSource } from './checkpointSource.js';
import type { Terminal } from './terminal.js';

/** A checkpoint that was read and recognised; nothing is on the GPU yet. */
export interface Model extends CheckpointSource {
  readonly opened: OpenedCheckpoint;
}

/**
 * The checkpoint of the first operand, as `--arch` describes it and `--network` chooses from it, if they do.
 * @throws GanvasError for what cannot be found, read or recognised
 */
export async function readModel(args: Arguments, terminal: Terminal): Promise<Model> {
  return openModel(await readCheckpointSource(args.operand(0), terminal), args, terminal);
}

/** The same, of a source that has been read. */
export async function openModel(source: CheckpointSource, args: Arguments, terminal: Terminal): Promise<Model> {
  const arch = args.text('arch');
  const network = args.text('network');
  terminal.progress({ label: `Reading ${source.name}`, fraction: null });
  const description =
    arch === null ? await configBeside(args.operand(0), source, network) : await readDescription(arch);
  return { ...source, opened: await openCheckpoint(source.bytes, source.name, { description, network }) };
}
