import type { Engine } from '../engine/engine.js';
import { GanvasError } from '../engine/errors.js';
import type { InversionState } from '../inversion/inversionProgress.js';

/** The state that a run was in when its device was lost. */
export interface Progress {
  state: InversionState | null;
}

/** Devices that one run may use up; a fault of its own would lose every one. */
const mostDevices = 3;

/**
 * Does `work` on an engine of `withEngine`, and when its device is lost once more on a new one, as long as it has got
 * further than it was: `work` keeps the state to go on from in `progress`.
 * @throws GanvasError `device-lost` when that does not help, and whatever `work` throws
 */
export async function overLostDevices<T>(
  withEngine: (work: (engine: Engine) => Promise<T>) => Promise<T>,
  work: (engine: Engine, progress: Progress) => Promise<T>,
): Promise<T> {
  const progress: Progress = { state: null };
  for (let device = 1; ; device++) {
    const before = progress.state?.step ?? 0;
    try {
      return await withEngine((engine) => work(engine, progress));
    } catch (error) {
      const gotFurther = (progress.state?.step ?? 0) > before;
      if (!isDeviceLost(error) || !gotFurther || device === mostDevices) throw error;
    }
  }
}

const isDeviceLost = (error: unknown): boolean => error instanceof GanvasError && error.code === 'device-lost';
