import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { psnr } from '../losses/mse.js';
import type { InversionBest, InversionPoint } from './inversionProgress.js';
import type { InversionSettings } from './inversionSettings.js';

/** What is read of a step, all starts of all pictures in order. */
export interface StepReading {
  readonly step: number;
  /** [rows] */
  readonly loss: Float32Array;
  /** [rows] */
  readonly mse: Float32Array;
  /** [rows, …] */
  readonly latents: Float32Array<ArrayBuffer>;
  /** [rows, …] */
  readonly w: Float32Array<ArrayBuffer>;
}

/** Keeps the best latents of every picture and the curve of what was read. */
export class BestSoFar {
  constructor(
    private readonly settings: Pick<InversionSettings, 'starts'>,
    private kept: readonly InversionBest[],
    private points: readonly InversionPoint[],
  ) {}

  get pictures(): readonly InversionBest[] {
    return this.kept;
  }

  get curve(): readonly InversionPoint[] {
    return this.points;
  }

  /**
   * Takes a reading in; gives for each picture whether it has got better. A start is passed over whose loss or latents
   * are not finite.
   * @throws GanvasError `inversion-diverged` when that leaves a picture none; nothing is taken then
   */
  take(reading: StepReading): boolean[] {
    const { starts } = this.settings;
    const found = Array.from({ length: reading.loss.length / starts }, (_, picture) =>
      bestRow(reading, picture * starts, starts),
    );
    const improved = found.map(({ loss }, picture) => loss < (this.kept[picture]?.loss ?? Infinity));
    this.kept = found.map((best, picture) => (at(improved, picture) ? best : at(this.kept, picture)));
    const point = { step: reading.step, loss: found.map(({ loss }) => loss), psnr: found.map(({ psnr }) => psnr) };
    // A resumed run reads its first step again.
    this.points = [...this.points.filter(({ step }) => step < reading.step), point];
    return improved;
  }
}

function bestRow({ step, loss, mse, latents, w }: StepReading, first: number, starts: number): InversionBest {
  const rowOf = (values: Float32Array<ArrayBuffer>, start: number): Float32Array<ArrayBuffer> => {
    const size = values.length / loss.length;
    return values.slice((first + start) * size, (first + start + 1) * size);
  };
  // Clamped activations can make a finite loss of latents that are none.
  const finite = Array.from({ length: starts }, (_, start) => start).filter(
    (start) => Number.isFinite(at(loss, first + start)) && rowOf(w, start).every(Number.isFinite),
  );
  if (finite.length === 0) throw diverged(step);
  const start = finite.reduce((best, other) => (at(loss, first + other) < at(loss, first + best) ? other : best));
  return {
    start,
    step,
    loss: at(loss, first + start),
    psnr: psnr(at(mse, first + start)),
    latents: rowOf(latents, start),
    w: rowOf(w, start),
  };
}

function diverged(step: number): GanvasError {
  return new GanvasError(
    'inversion-diverged',
    `The loss or the latents are no longer finite numbers at step ${step}. The best result before it is kept; a lower learning rate may help.`,
    { step },
  );
}
