import type { StyleEncoder } from '../models/styleEncoder.js';
import type { ModelSummary } from '../workbench/api.js';
import { openedEncoder } from '../workbench/openedEncoder.js';
import { readInput } from './files.js';

/**
 * The style encoder of a file, or null for null.
 * @throws GanvasError of the readers and of `openedEncoder`
 */
export async function readEncoder(
  path: string | null,
  model: Pick<ModelSummary, 'hash'>,
): Promise<StyleEncoder | null> {
  if (path === null) return null;
  return openedEncoder({ name: path, bytes: await readInput(path, 'a style encoder') }, model);
}
