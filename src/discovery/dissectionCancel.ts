import { GanvasError } from '../engine/errors.js';

/** @throws GanvasError `cancelled` once the signal has been given */
export function checkNotCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new GanvasError('cancelled', 'Dissecting was cancelled.');
}
