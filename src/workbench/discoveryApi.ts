import type { BoundaryEstimator } from '../discovery/boundary.js';
import type { DirectionMeasures } from '../metrics/directionMeasures.js';
import type { DirectionSummary } from './directionSummary.js';
import type { JobStatus } from './jobStatus.js';

export type { AttributeEffect, DirectionMeasures } from '../metrics/directionMeasures.js';

export type { BoundaryEstimator };

/** What to look for by sampling, and how. Layers are "0-3,7" or "all". */
export type DiscoveryRequest =
  /** SeFa, from the weights; only its ranking by what the directions do to pictures takes time. */
  | { readonly method: 'sefa'; readonly layers: string; readonly count: number }
  /** Principal components of w (`at` null), or of the activations of a feature layer, regressed to the latent. */
  | {
      readonly method: 'ganspace';
      readonly layers: string;
      readonly count: number;
      readonly samples: number;
      readonly seed: number;
      readonly at: string | null;
    }
  /** InterFaceGAN: samples scored by the open predictor, a boundary between the extremes of each attribute. */
  | {
      readonly method: 'interfacegan';
      readonly attributes: readonly string[];
      readonly space: 'z' | 'w';
      readonly estimator: BoundaryEstimator;
      readonly samples: number;
      readonly seed: number;
      /** Part of the samples taken as positives, and as many as negatives: 0.02 in the official code. */
      readonly chosen: number;
      readonly layers: string;
    };

export interface DiscoveryStatus extends JobStatus {
  readonly request: DiscoveryRequest;
  /** Ids of the directions found so far, best first; interim ones give way to better ones as samples come in. */
  readonly found: readonly string[];
  readonly samplesDone: number;
}

/** What is known of the open predictor and of its attributes among the samples of the last run. */
export interface AttributesSummary {
  readonly names: readonly string[];
  /** Pearson correlation of the scores over the last run's samples, row by row; null before any run. */
  readonly correlations: readonly (readonly number[])[] | null;
}

/** A picture that the user has judged. */
export interface PictureLabel {
  readonly seed: number;
  readonly positive: boolean;
}

/** What has been judged for a direction, as it is kept with the model. */
export interface LabelledConcept {
  readonly concept: string;
  readonly labels: readonly PictureLabel[];
}

/** What labels have come to. */
export interface LabelFit {
  /** Id of the direction; null while there are too few labels, or all on one side. */
  readonly directionId: string | null;
  /** Of leaving labels out and guessing them, 0…1; null without a direction. */
  readonly accuracy: number | null;
  readonly positives: number;
  readonly negatives: number;
  /** Labels that are still wanted for a direction to rely on; 0 when there are enough. */
  readonly moreClicks: number;
  /** Why there is no direction, or what is wrong with it, in a sentence; null when all is well. */
  readonly advice: string | null;
}

export interface DirectionMeasuresStatus extends JobStatus {
  readonly directionId: string;
  readonly measures: DirectionMeasures | null;
}

export interface ImportOptions {
  /** The file's name, for messages. */
  readonly name: string;
  /** Take directions of another model or of unknown origin, as far as their lengths fit. */
  readonly anyway?: boolean;
  /** Space of formats that do not say it (`.npy` of InterFaceGAN); `w` where the model has it. */
  readonly space?: 'z' | 'w';
}

/** Finding, naming, conditioning and measuring directions. Part of `WorkbenchApi`; jobs tell of themselves by events. */
export interface DiscoveryApi {
  /**
   * Offers an attribute predictor: the bundled one, or a network described by a layers file.
   * @throws GanvasError of the readers, `predictor-mismatch` when it does not take this model's pictures
   */
  openPredictor(network: Blob, description: string | null): Promise<AttributesSummary>;
  attributes(): Promise<AttributesSummary | null>;
  /** Finds `count` SeFa directions over `layers` ("0-3", "all") at once, from the weights, and adds them to the list. */
  discoverSefa(layers: string, count: number): Promise<readonly DirectionSummary[]>;
  /**
   * Starts to look for directions; they show up in the state as they are found.
   * @throws GanvasError `job-busy`, `predictor-missing`, `invalid-discovery`, `invalid-layer-range`
   */
  startDiscovery(request: DiscoveryRequest): Promise<void>;
  /** Ends it; what was found stays. */
  cancelDiscovery(): Promise<void>;
  /** Fits a direction named after `concept` to the labels, all of them each time, within the strongest axes of w. */
  fitLabels(concept: string, labels: readonly PictureLabel[]): Promise<LabelFit>;
  /** The labels of every concept, as they were fitted last; they outlive a reload. */
  labels(): Promise<readonly LabelledConcept[]>;
  /**
   * Cosines between directions, row by row, over the layers both act on: 0 where there are none, and between z and the
   * others. Those of w+ are compared layer by layer.
   * @throws GanvasError `direction-missing`
   */
  directionCosines(ids: readonly string[]): Promise<readonly (readonly number[])[]>;
  /** Measures on pictures what a direction does: side effects and the layers that carry it. The result joins its summary. */
  startMeasuringDirection(id: string): Promise<void>;
  cancelMeasuringDirection(): Promise<void>;
  renameDirection(id: string, name: string): Promise<void>;
  starDirection(id: string, starred: boolean): Promise<void>;
  /** Directions that edits use stay. */
  removeDirections(ids: readonly string[]): Promise<void>;
  /** Directions as one `.safetensors` file, or one of them as InterFaceGAN's `.npy`. */
  exportDirections(ids: readonly string[], format?: 'safetensors' | 'npy'): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Reads ganvas's own files, InterFaceGAN's and HiGAN's `.npy`, GANSpace's `.npz`, rosinality's `factor.pt`.
   * @throws GanvasError `direction-other-model` unless `anyway`; `direction-length` whatever is asked; those of the readers
   */
  importDirections(bytes: ArrayBuffer, options?: ImportOptions): Promise<readonly DirectionSummary[]>;
}
