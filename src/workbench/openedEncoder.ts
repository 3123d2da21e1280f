import { recogniseEncoder } from '../checkpoints/encoderFile.js';
import { readCheckpoint } from '../checkpoints/open.js';
import { checkEncoderFits, type StyleEncoder } from '../models/styleEncoder.js';
import type { NamedBytes } from './featureLoss.js';
import type { ModelSummary } from './api.js';

/**
 * The style encoder of a file, held to a model.
 * @throws GanvasError `encoder-missing-in-file`, `encoder-mismatch`; those of the readers, `weights-…`
 */
export function openedEncoder({ name, bytes }: NamedBytes, model: Pick<ModelSummary, 'hash'>): StyleEncoder {
  const encoder = recogniseEncoder(readCheckpoint(bytes, name));
  checkEncoderFits(encoder, model);
  return encoder;
}
