/**
 * What dissecting needs beyond a desk: segmenters, counting, searching and painting. Loaded when units are first looked at,
 * because most who open an editor never do.
 */
export { readCheckpoint } from '../checkpoints/open.js';
export { recogniseSegmenter } from '../checkpoints/segmenterFile.js';
export { checkUnits, measureUnits } from '../discovery/ablation.js';
export { searchCauses } from '../discovery/causalSearch.js';
export { lumaConcepts, segmenterConcepts } from '../discovery/conceptReader.js';
export { conceptIndex, dissect } from '../discovery/dissection.js';
export { chosenLayers } from '../discovery/featureSampler.js';
export { checkSampling } from '../discovery/sampledLatents.js';
export { strokeToUnitEdit } from '../discovery/unitPaint.js';
export { rankByRegion } from '../discovery/unitRegion.js';
export { featureLayersOf, visibleSide } from '../models/featureLayers.js';
export { dissectionResult } from './dissectionResult.js';
export { FeatureFrame } from './featureFrame.js';
export { heatMap } from './heatMap.js';
