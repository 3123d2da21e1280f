import { readCheckpoint } from '../checkpoints/open.js';
import { recogniseSegmenter } from '../checkpoints/segmenterFile.js';
import type { PartSegmenter } from '../models/partSegmenter.js';
import { readDescription } from './architecture.js';
import { usageError } from './arguments.js';
import { readBundledFile } from './checkpointSource.js';
import { readInput } from './files.js';

/** The model that comes with a segmenter. */
const bundledFor = 'face64';
const bundled = 'face64/face64-segmenter.safetensors';

/** What the options say about the segmenter. */
export interface SegmenterRequest {
  /** A file, `face64`, or null for the one that comes with the model. */
  readonly segmenter: string | null;
  /** A layers file beside it. */
  readonly arch: string | null;
}

/**
 * The segmenter that was asked for.
 * @param model the CHECKPOINT operand: with face64 comes its own
 * @throws GanvasError `usage` when none comes with the model; those of the readers and of `recogniseSegmenter`
 */
export async function readSegmenter({ segmenter, arch }: SegmenterRequest, model: string): Promise<PartSegmenter> {
  const file = segmenter ?? (model === bundledFor ? bundledFor : null);
  if (file === null) {
    throw usageError(
      'No segmenter comes with this model. Expected --segmenter FILE, face64 for the bundled one, or --concepts luma.',
    );
  }
  const bytes = file === bundledFor ? await readBundledFile(bundled) : await readInput(file, 'a part segmenter');
  const description = arch === null ? null : await readDescription(arch);
  return recogniseSegmenter(readCheckpoint(bytes, file), description);
}
