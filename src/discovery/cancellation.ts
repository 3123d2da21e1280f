import { GanvasError } from '../engine/errors.js';

/** @throws GanvasError `cancelled` once the signal says so; `work` is what was under way, as a sentence begins */
export function checkNotCancelled(signal: AbortSignal | undefined, work: string): void {
  if (signal?.aborted === true) throw new GanvasError('cancelled', `${work} was cancelled.`);
}
