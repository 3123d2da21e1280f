import { at } from '../engine/shape.js';
import { visibleSide, type FeatureLayer } from '../models/featureLayers.js';
import { checkMask, shrunkMask } from './brushMask.js';
import { layerAgreements, type UnitAgreement } from './unitAgreement.js';
import { UnitTally } from './unitTally.js';

/** What a brushed region is called among concepts. */
export const brushedRegion = 'region';

const bins = 256;
/** Pixels a side at which region and units are compared at most. */
const mostCompared = 128;

/**
 * Ranks a layer's units by agreement with a brushed region of one picture, best first: the search for the units of a
 * watermark or an artifact (Bau et al. 2019, §4.2), which needs no segmenter.
 * @param features of that picture, as far as they lie in it: [channels, side, side] of `visibleSide`
 * @param mask coverage of the brush, one byte a pixel, `size` × `size`
 * @throws GanvasError `mask-size`, `mask-empty`
 */
export function rankByRegion(
  layer: FeatureLayer,
  features: Float32Array,
  mask: Uint8Array,
  size: number,
): UnitAgreement[] {
  checkMask(mask, size);
  const { channels } = layer;
  const side = visibleSide(layer);
  const compared = Math.max(side, Math.min(size, mostCompared));
  const shrunk = shrunkMask(mask, size, compared);
  // By the densest place, so that a stroke thinner than a place is a region, too.
  const half = shrunk.reduce((most, coverage) => Math.max(most, coverage), 0) / 2;
  const region = shrunk.map((coverage) => (coverage > 0 && coverage >= half ? 0 : 1));
  const plane = side ** 2;
  const ranges = Array.from({ length: channels }, (_, unit) =>
    extremes(features.subarray(unit * plane, (unit + 1) * plane)),
  );
  const tally = new UnitTally(layer, ranges, bins, 2, compared, side);
  tally.add(features, region, 1);
  const { iou, threshold, informationQualityRatio } = layerAgreements(tally);
  return Array.from({ length: channels }, (_, unit) => ({
    layer: layer.name,
    unit,
    concept: brushedRegion,
    iou: at(iou, 2 * unit),
    threshold: at(threshold, 2 * unit),
    informationQualityRatio: at(informationQualityRatio, 2 * unit),
  })).sort((a, b) => b.iou - a.iou);
}

function extremes(values: Float32Array): { low: number; high: number } {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}
