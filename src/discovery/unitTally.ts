import { at } from '../engine/shape.js';
import type { FeatureLayer } from '../models/featureLayers.js';

/** From which value to which a unit's activations are told apart. */
export interface UnitRange {
  readonly low: number;
  readonly high: number;
}

/**
 * How often each unit of a layer had which activation where which concept was: a histogram for every pair, from which the
 * agreement of the two at every threshold follows, so that samples are looked at once and none is kept.
 *
 * Units are compared at the size of the concepts' map: coarser activations are interpolated bilinearly up to it (Bau et
 * al. 2019, §3.1: r↑), because a mask made coarse would have no border left to agree with.
 */
export class UnitTally {
  /** [units, bins, concepts] */
  readonly counts: Uint32Array<ArrayBuffer>;
  /** Sum of a unit's activations where a concept is, [units, concepts]. */
  readonly sums: Float64Array<ArrayBuffer>;
  private readonly scales: Float64Array;
  private readonly axis: Interpolation;

  /**
   * @param ranges one for each unit; what lies outside counts as the first or last bin
   * @param size pixels a side of the concepts' map
   * @param stored pixels a side of the activations given to `add`: the layer's own, or less
   */
  constructor(
    readonly layer: FeatureLayer,
    readonly ranges: readonly UnitRange[],
    readonly bins: number,
    readonly concepts: number,
    private readonly size: number,
    private readonly stored: number,
  ) {
    this.counts = new Uint32Array(ranges.length * bins * concepts);
    this.sums = new Float64Array(ranges.length * concepts);
    this.scales = Float64Array.from(ranges, ({ low, high }) => (high > low ? bins / (high - low) : 0));
    this.axis = interpolation(stored, size);
  }

  /**
   * @param features [samples, units, stored, stored]
   * @param labels the concept at every pixel, [samples, size, size]
   */
  add(features: Float32Array, labels: Uint8Array, samples: number): void {
    const { size, stored } = this;
    const [units, plane, pixels] = [this.ranges.length, stored * stored, size * size];
    for (let sample = 0; sample < samples; sample++) {
      const shown = labels.subarray(sample * pixels, (sample + 1) * pixels);
      for (let unit = 0; unit < units; unit++) {
        const start = (sample * units + unit) * plane;
        this.addUnit(unit, features.subarray(start, start + plane), shown);
      }
    }
  }

  /** The hot loop: every pixel of every unit of every sample comes through here, so typed arrays are read as they are. */
  private addUnit(unit: number, map: Float32Array, labels: Uint8Array): void {
    const { size, stored, concepts, counts, sums, bins, axis } = this;
    const low = at(this.ranges, unit).low;
    const scale = this.scales[unit] ?? 0;
    const base = unit * bins * concepts;
    const last = bins - 1;
    const row = new Float32Array(stored);
    for (let y = 0; y < size; y++) {
      const upper = (axis.first[y] ?? 0) * stored;
      const lower = (axis.second[y] ?? 0) * stored;
      const down = axis.weight[y] ?? 0;
      for (let x = 0; x < stored; x++) {
        const above = map[upper + x] ?? 0;
        row[x] = above + ((map[lower + x] ?? 0) - above) * down;
      }
      for (let x = 0; x < size; x++) {
        const left = row[axis.first[x] ?? 0] ?? 0;
        const value = left + ((row[axis.second[x] ?? 0] ?? 0) - left) * (axis.weight[x] ?? 0);
        const place = (value - low) * scale;
        const bin = place > 0 ? (place < last ? place | 0 : last) : 0;
        const concept = labels[y * size + x] ?? 0;
        const cell = base + bin * concepts + concept;
        counts[cell] = (counts[cell] ?? 0) + 1;
        const sum = unit * concepts + concept;
        sums[sum] = (sums[sum] ?? 0) + value;
      }
    }
  }
}

/** For each of `to` places the two of `from` around it, and the second one's share (torch: bilinear, align_corners=False). */
interface Interpolation {
  readonly first: Uint16Array;
  readonly second: Uint16Array;
  readonly weight: Float32Array;
}

function interpolation(from: number, to: number): Interpolation {
  const places = Array.from({ length: to }, (_, index) =>
    Math.min(Math.max(((index + 0.5) * from) / to - 0.5, 0), from - 1),
  );
  return {
    first: Uint16Array.from(places, Math.floor),
    second: Uint16Array.from(places, (place) => Math.min(Math.floor(place) + 1, from - 1)),
    weight: Float32Array.from(places, (place) => place - Math.floor(place)),
  };
}
