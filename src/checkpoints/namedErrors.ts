import { GanvasError, asGanvasError } from '../engine/errors.js';
import type { Checkpoint } from './checkpoint.js';

/** Readers do not know the file's name; their errors get it here, and stray ones become typed. */
export function withName(name: string, read: () => Checkpoint): Checkpoint {
  try {
    return read();
  } catch (thrown) {
    const error = asGanvasError(thrown);
    throw new GanvasError(error.code, `${name}: ${error.message}`, { ...error.details, name }, { cause: error });
  }
}
