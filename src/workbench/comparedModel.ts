import { discoverSefa } from '../discovery/sefa.js';
import type { ComparedModel } from '../metrics/methodComparison.js';
import type { OpenedCheckpoint } from './openedCheckpoint.js';
import { sefaRequestOf } from './sefaWeights.js';

/** An open checkpoint as methods are compared on it. */
export function comparedModel(opened: OpenedCheckpoint): ComparedModel {
  const { generator, summary } = opened;
  const layers = generator.wLayers.map(({ index }) => index);
  const sefa = (count: number): ReturnType<typeof discoverSefa> =>
    discoverSefa({ ...sefaRequestOf(opened), layers, count });
  return { generator, modelHash: summary.hash, sefa: summary.lacks.sefa === null ? sefa : null };
}
