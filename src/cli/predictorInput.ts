import { readCheckpoint } from '../checkpoints/open.js';
import { recognisePredictor } from '../checkpoints/predictorFile.js';
import type { AttributePredictor } from '../models/attributePredictor.js';
import { readBundledFile } from './checkpointSource.js';
import { readInput } from './files.js';

const bundled = 'face64/face64-predictor.safetensors';

/**
 * The predictor of a file, or with null the one that comes with face64.
 * @throws GanvasError of the readers and of `recognisePredictor`
 */
export async function readPredictor(path: string | null): Promise<AttributePredictor> {
  const bytes = path === null ? await readBundledFile(bundled) : await readInput(path, 'an attribute predictor');
  return recognisePredictor(readCheckpoint(bytes, path ?? bundled), null);
}
