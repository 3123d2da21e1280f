import type { SerializedError } from './serializedError.js';

/** `failed` has stopped by itself; whatever was found before stays. */
export type JobPhase = 'running' | 'finished' | 'cancelled' | 'failed';

/** How long work stands; every desk sends its own kind whenever something of it changes. */
export interface JobStatus {
  readonly phase: JobPhase;
  /** What is being done, in words: "Rendering samples". */
  readonly label: string;
  /** Of the whole job, 0…1; null when unknown. */
  readonly fraction: number | null;
  readonly secondsLeft: number | null;
  readonly error: SerializedError | null;
}
