/** ganvas's methods without a face: finding, keeping and measuring directions, walks, dissecting units, comparing methods. */
export {
  checkDirectionsBelong,
  readAnyDirections,
  writeBoundaryNpy,
  type DirectionSizes,
} from '../checkpoints/foreignDirections.js';
export { readDirections, writeDirections } from '../checkpoints/directionFile.js';
export { recognisePredictor } from '../checkpoints/predictorFile.js';
export { recogniseSegmenter } from '../checkpoints/segmenterFile.js';
export { measureUnits, type ConceptChange, type UnitChange } from '../discovery/ablation.js';
export { fitArtifactBoundary, fitBoundary, type BoundaryEstimator, type BoundaryFit } from '../discovery/boundary.js';
export { searchCauses, type CausalOptions, type CausalReport, type CausalSettings } from '../discovery/causalSearch.js';
export { lumaConcepts, segmenterConcepts, type ConceptReader } from '../discovery/conceptReader.js';
export { measureEffects, type DirectionEffect, type EffectsRequest } from '../discovery/directionEffects.js';
export { dissect, type Dissection, type DissectionOptions, type DissectionSettings } from '../discovery/dissection.js';
export { unitsOfConcept } from '../discovery/dissectionSummary.js';
export { discoverGanspace, type GanspaceRequest } from '../discovery/ganspace.js';
export { discoverInterfaceGan, type InterfaceGanRequest } from '../discovery/interfaceGan.js';
export { fitLabels, labelAxesOf, type LabelAxes, type LabelBoundary } from '../discovery/labelFit.js';
export { latentSigma, type SpreadSamples } from '../discovery/latentSigma.js';
export { sampleSpread } from '../discovery/latentSpread.js';
export { sampleScored, type SampleRequest, type ScoredSamples } from '../discovery/scoredSamples.js';
export { discoverSefa, type LayerWeight, type SefaRequest } from '../discovery/sefa.js';
export { strokeToUnitEdit, type PaintStroke } from '../discovery/unitPaint.js';
export { lerp, pointsBetween, slerp, type Interpolation } from '../latent/interpolation.js';
export { directionCosines } from '../latent/directionCosines.js';
export { measuresAsCsv, measuresAsJson, measuresAsMarkdown, type MeasuredModel } from '../metrics/measureTable.js';
export { compareMethods, type ComparedModel, type ComparisonRequest } from '../metrics/methodComparison.js';
export { measureModel, type ModelMeasuresRequest } from '../metrics/modelMeasures.js';
export { rescore, type MeasuringOptions } from '../metrics/rescoring.js';
export type { AttributePredictor } from '../models/attributePredictor.js';
export { featureLayersOf, type FeatureLayer } from '../models/featureLayers.js';
export type { PartSegmenter } from '../models/partSegmenter.js';
export { geodesic, type Geodesic, type GeodesicOptions, type PictureMap } from '../walks/geodesic.js';
export { GeneratorPictures, type WalkedPictures } from '../walks/generatorPictures.js';
export { randomWalk, type RandomWalkRequest } from '../walks/randomWalk.js';
export { latentArithmetic } from '../walks/seedArithmetic.js';
export { comparedModel } from './comparedModel.js';
export { sefaRequestOf } from './sefaWeights.js';
