import { recogniseEncoder } from '../checkpoints/encoderFile.js';
import { readCheckpoint } from '../checkpoints/open.js';
import type { StyleEncoder } from '../models/styleEncoder.js';
import type { ModelSummary } from '../workbench/api.js';
import { openedEncoder } from '../workbench/openedEncoder.js';
import { readBundledFile } from './checkpointSource.js';
import { readInput } from './files.js';

const bundled = 'face64/face64-encoder.safetensors';

/** In place of a file: no encoder, not even the bundled one. */
const NONE = 'none';

/**
 * The style encoder of a file, for `none` null, and with null the one that comes with face64 where the model is face64.
 * @throws GanvasError of the readers and of `openedEncoder`
 */
export async function readEncoder(
  path: string | null,
  model: Pick<ModelSummary, 'hash'>,
): Promise<StyleEncoder | null> {
  if (path === NONE) return null;
  if (path !== null) return openedEncoder({ name: path, bytes: await readInput(path, 'a style encoder') }, model);
  const encoder = await readBundledEncoder();
  return encoder.modelHash === model.hash ? encoder : null;
}

/**
 * The style encoder that comes with face64.
 * @throws GanvasError `file-missing`, `file-unreadable`; those of `recogniseEncoder`
 */
export async function readBundledEncoder(): Promise<StyleEncoder> {
  return recogniseEncoder(readCheckpoint(await readBundledFile(bundled), bundled));
}
