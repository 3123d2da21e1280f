/** ganvas without a face: edits, and the workbench that the editor and the command line share. `ganvas/methods` has the methods. */
export { readDirections, writeDirections } from '../checkpoints/directionFile.js';
export { discoverSefa, type LayerWeight, type SefaRequest } from '../discovery/sefa.js';
export { applyEdits, type LatentControls } from '../editing/applyEdits.js';
export type { RecipeChange } from '../editing/recipeChange.js';
export { recipeFromHash, recipeToHash } from '../latent/recipeLink.js';
export type {
  DirectionSummary,
  ModelSource,
  ModelSummary,
  Pixels,
  WorkbenchApi,
  WorkbenchEvent,
  WorkbenchState,
} from './api.js';
export type {
  CurvePoint,
  InversionApi,
  InversionChoices,
  InversionPhase,
  InversionStatus,
  LossSummary,
  PictureSummary,
} from './inversionApi.js';
export type { InversionStore, StoredInversion } from './inversionStore.js';
export type { DirectionStore, StoredDirections } from './directionStore.js';
export type {
  AttributesSummary,
  DirectionMeasuresStatus,
  DiscoveryApi,
  DiscoveryRequest,
  DiscoveryStatus,
  ImportOptions,
  LabelFit,
  LabelledConcept,
  PictureLabel,
} from './discoveryApi.js';
export type {
  CausalRequest,
  CausalStatus,
  ConceptSource,
  DissectionApi,
  DissectionRequest,
  DissectionResult,
  DissectionStatus,
  UnitAgreement,
  UnitChoice,
} from './dissectionApi.js';
export type { JobStatus } from './jobStatus.js';
export type { MeasureApi, MeasureRequest, MeasureStatus, MethodMeasures, ModelMeasures } from './measureApi.js';
export type { WalkApi, WalkFrame, WalkKind, WalkRequest } from './walkApi.js';
export type { DecodedPicture, DecodePicture } from './pictureDecoder.js';
export { toPixels } from './pixels.js';
export { openCheckpoint, type CheckpointOptions, type OpenedCheckpoint } from './openedCheckpoint.js';
export { encodePng, readPngText, recipeKeyword } from './png.js';
export { GeneratorSession } from './session.js';
export { Workbench, type Surroundings } from './workbench.js';
