import { at } from '../engine/shape.js';
import type { UnitRange } from './unitTally.js';

/** Activations of a unit that are kept to find its range, and of all units together. */
const mostPerUnit = 8192;
const mostTogether = 16_000_000;
/** The part of the activations that is left out at either end, so that one outlier does not widen all bins. */
const tail = 1e-3;

/** Looks at a few samples of a layer to find the range of each unit's activations. */
export class UnitRanges {
  private readonly kept: Float32Array<ArrayBuffer>;
  private readonly perUnit: number;
  private filled = 0;

  /** @param samples that it will see at most */
  constructor(
    private readonly units: number,
    private readonly samples: number,
    allUnits: number,
  ) {
    this.perUnit = Math.max(samples, Math.min(mostPerUnit, Math.floor(mostTogether / allUnits)));
    this.kept = new Float32Array(units * this.perUnit);
  }

  /** @param features [samples, units, …places] */
  add(features: Float32Array, samples: number): void {
    const places = features.length / (samples * this.units);
    const share = Math.floor(this.perUnit / this.samples);
    // An odd stride visits rows and columns alike.
    const stride = Math.max(1, Math.ceil(places / share)) | 1;
    for (let sample = 0; sample < samples; sample++) {
      let taken = 0;
      for (let place = 0; place < places && this.filled + taken < this.perUnit; place += stride) {
        for (let unit = 0; unit < this.units; unit++) {
          const value = features[(sample * this.units + unit) * places + place] ?? 0;
          this.kept[unit * this.perUnit + this.filled + taken] = value;
        }
        taken++;
      }
      this.filled += taken;
    }
  }

  /** From the .1 to the 99.9 % quantile; of a unit that is hardly ever on, all that was seen. */
  ranges(): UnitRange[] {
    return Array.from({ length: this.units }, (_, unit) => {
      const values = this.kept.slice(unit * this.perUnit, unit * this.perUnit + this.filled).sort();
      const last = values.length - 1;
      const low = at(values, Math.floor(tail * last));
      const high = at(values, Math.ceil((1 - tail) * last));
      return high > low ? { low, high } : { low: at(values, 0), high: at(values, last) };
    });
  }
}
