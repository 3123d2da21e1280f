/** What finding and measuring directions needs; loaded when it is first asked for. */
export { checkDirectionsBelong, readAnyDirections, writeBoundaryNpy } from '../checkpoints/foreignDirections.js';
export { readCheckpoint } from '../checkpoints/open.js';
export { recognisePredictor } from '../checkpoints/predictorFile.js';
export { attributeCorrelations } from '../discovery/correlations.js';
export { fitLabels } from '../discovery/labelFit.js';
export { rescore } from '../metrics/rescoring.js';
export { checkPredictorFits } from '../models/attributePredictor.js';
export { checkDiscovery, findDirections } from './findDirections.js';
export { labelDirection, labelGround, latentsOfSeeds } from './labelGround.js';
