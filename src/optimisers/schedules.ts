/** A number for each step of a run: learning rate, strength of noise. `step` is counted from 0, below `steps`. */
export type Schedule = (step: number, steps: number) => number;

/** The same at every step. */
export function constant(value: number): Schedule {
  return () => value;
}

export interface RampOptions {
  /** Part of the run over which the value rises linearly from 0. */
  readonly rampUp: number;
  /** Part of the run over which it falls to 0 along half a cosine. */
  readonly rampDown: number;
}

/** NVIDIA's projector: 0.05 and 0.25. */
export const projectorRamps: RampOptions = { rampUp: 0.05, rampDown: 0.25 };

/**
 * Rises, stays, falls (stylegan2-ada-pytorch projector.py: project). Step 0 has value 0: with Adam it only gathers
 * moments.
 */
export function ramped(peak: number, { rampUp, rampDown }: RampOptions = projectorRamps): Schedule {
  return (step, steps) => {
    const t = step / steps;
    const fall = rampDown > 0 ? 0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, (1 - t) / rampDown)) : 1;
    const rise = rampUp > 0 ? Math.min(1, t / rampUp) : 1;
    return peak * fall * rise;
  };
}

/**
 * Noise that dies away quadratically over the first `length` of the run: initial · max(0, 1 − t/length)² (same source,
 * which uses length 0.75 and initial 0.05 times the standard deviation of w).
 */
export function fading(initial: number, length = 0.75): Schedule {
  return (step, steps) => (length > 0 ? initial * Math.max(0, 1 - step / steps / length) ** 2 : 0);
}
