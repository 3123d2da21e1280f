import { at } from '../engine/shape.js';
import type { UnitTally } from './unitTally.js';

/** How well one unit's threshold mask agrees with a concept. */
export interface UnitAgreement {
  readonly layer: string;
  readonly unit: number;
  readonly concept: string;
  /** Intersection over union at the threshold, over all samples, 0…1. */
  readonly iou: number;
  /** The activation above which the unit is on: where the information quality ratio is greatest. */
  readonly threshold: number;
  /** Mutual information over joint entropy of the two masks, 0…1. */
  readonly informationQualityRatio: number;
}

/** Above both a unit counts as a detector of its concept (gandissect netdissect/dissection.py: score_tally_stats). */
export const reportedAgreement = { iou: 0.05, informationQualityRatio: 0.01 } as const;

/** The agreements of every unit of a layer with every concept, [units, concepts] each. */
export interface LayerAgreements {
  readonly iou: Float64Array<ArrayBuffer>;
  readonly threshold: Float64Array<ArrayBuffer>;
  readonly informationQualityRatio: Float64Array<ArrayBuffer>;
}

/**
 * Every unit's best threshold for every concept: t = argmax I(r > t; s) / H(r > t, s) over the bins' borders (Bau et al.
 * 2019, eq. 2), among those where unit and concept go together; mutual information alone would also take a unit that is on
 * exactly where the concept is not. A concept that was never seen agrees with nothing.
 */
export function layerAgreements({ counts, ranges, bins, concepts }: UnitTally): LayerAgreements {
  const cells = ranges.length * concepts;
  const [iou, threshold, ratio] = [new Float64Array(cells), new Float64Array(cells), new Float64Array(cells)];
  const above = new Float64Array(concepts);
  ranges.forEach(({ low, high }, unit) => {
    const totals = conceptTotals(counts, unit, bins, concepts);
    const all = totals.reduce((sum, count) => sum + count, 0);
    above.fill(0);
    let on = 0;
    for (let bin = bins - 1; bin > 0; bin--) {
      const start = (unit * bins + bin) * concepts;
      for (let concept = 0; concept < concepts; concept++) {
        const count = counts[start + concept] ?? 0;
        above[concept] = at(above, concept) + count;
        on += count;
      }
      for (let concept = 0; concept < concepts; concept++) {
        const [both, total] = [at(above, concept), at(totals, concept)];
        // On where the concept is more often than elsewhere.
        if (both * all <= on * total) continue;
        const cell = unit * concepts + concept;
        const quality = informationQualityRatio(both, on, total, all);
        if (quality <= at(ratio, cell)) continue;
        ratio[cell] = quality;
        iou[cell] = both / (on + total - both);
        threshold[cell] = low + ((high - low) * bin) / bins;
      }
    }
  });
  return { iou, threshold, informationQualityRatio: ratio };
}

/** Of two masks among `all` pixels: `both` in both, `on` in the first, `total` in the second. */
function informationQualityRatio(both: number, on: number, total: number, all: number): number {
  const joint = entropy(both, all) + entropy(on - both, all) + entropy(total - both, all);
  const jointEntropy = joint + entropy(all - on - total + both, all);
  if (jointEntropy <= 0) return 0;
  const single = entropy(on, all) + entropy(all - on, all) + entropy(total, all) + entropy(all - total, all);
  return (single - jointEntropy) / jointEntropy;
}

/** −p log p */
function entropy(count: number, all: number): number {
  const part = count / all;
  return part > 0 ? -part * Math.log(part) : 0;
}

function conceptTotals(counts: Uint32Array, unit: number, bins: number, concepts: number): Float64Array {
  const totals = new Float64Array(concepts);
  for (let cell = 0; cell < bins * concepts; cell++) {
    totals[cell % concepts] = at(totals, cell % concepts) + (counts[unit * bins * concepts + cell] ?? 0);
  }
  return totals;
}

/** The activation that a unit exceeds in one of a hundred pixels, to a bin's width: what painting draws with (ganpaint). */
export function highActivation({ counts, ranges, bins, concepts }: UnitTally, unit: number): number {
  const { low, high } = at(ranges, unit);
  const perBin = Array.from({ length: bins }, (_, bin) => {
    const start = (unit * bins + bin) * concepts;
    return counts.subarray(start, start + concepts).reduce((sum, count) => sum + count, 0);
  });
  const all = perBin.reduce((sum, count) => sum + count, 0);
  let left = all * 0.01;
  for (let bin = bins - 1; bin >= 0; bin--) {
    const inBin = at(perBin, bin);
    if (inBin >= left && inBin > 0) return low + ((high - low) * (bin + 1 - left / inBin)) / bins;
    left -= inBin;
  }
  return low;
}

/** Mean activation of every unit where a concept is, [units, concepts]; 0 where it never was. */
export function meansWherePresent({ counts, sums, ranges, bins, concepts }: UnitTally): Float64Array<ArrayBuffer> {
  // Every unit was counted over the same pixels.
  const totals = ranges.length === 0 ? [] : conceptTotals(counts, 0, bins, concepts);
  return sums.map((sum, cell) => {
    const pixels = totals[cell % concepts] ?? 0;
    return pixels > 0 ? sum / pixels : 0;
  });
}
