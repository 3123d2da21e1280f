/** What comparing methods needs; loaded when it is first asked for. */
export { sampleScored } from '../discovery/scoredSamples.js';
export { compareMethods } from '../metrics/methodComparison.js';
export { measureModel } from '../metrics/modelMeasures.js';
export { comparedModel } from './comparedModel.js';
