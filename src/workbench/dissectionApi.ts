import type { UnitAgreement } from '../discovery/unitAgreement.js';
import type { PaintStroke } from '../discovery/unitPaint.js';
import type { FeatureLayer } from '../models/featureLayers.js';
import type { JobStatus } from './jobStatus.js';
import type { Pixels } from './pixels.js';

export type { UnitAgreement } from '../discovery/unitAgreement.js';
export type { PaintStroke } from '../discovery/unitPaint.js';
export type { FeatureLayer } from '../models/featureLayers.js';

/** Where the masks of concepts come from: the open segmenter, or luma where there is none ("light", "dark"). */
export type ConceptSource = 'segmenter' | 'luma';

export interface DissectionRequest {
  /** Names of feature layers; all of them when empty. */
  readonly layers: readonly string[];
  readonly concepts: ConceptSource;
  readonly samples: number;
  readonly seed: number;
}

export interface DissectionResult {
  readonly concepts: readonly string[];
  /** Best concept of every unit of every layer, highest IoU first. */
  readonly best: readonly UnitAgreement[];
  /** Units of each concept, highest IoU first, at most 32 each, over all layers looked at. */
  readonly byConcept: Readonly<Record<string, readonly UnitAgreement[]>>;
}

export interface DissectionStatus extends JobStatus {
  readonly request: DissectionRequest;
  readonly result: DissectionResult | null;
}

/** Units of one layer, by a list, or by the concept they agree with best. */
export interface UnitChoice {
  readonly layer: string;
  readonly units: readonly number[];
}

/** The causal search (ACE): which units of a layer make a concept. */
export interface CausalRequest {
  readonly layer: string;
  readonly concept: string;
  readonly steps: number;
  readonly seed: number;
}

export interface CausalStatus extends JobStatus {
  readonly request: CausalRequest;
  readonly step: number;
  readonly loss: number | null;
  /** Units by α, largest first, at most 32, each 0…1. */
  readonly units: readonly { readonly unit: number; readonly alpha: number }[];
}

/** Looking at and changing single feature channels. Part of `WorkbenchApi`. */
export interface DissectionApi {
  featureLayers(): Promise<readonly FeatureLayer[]>;
  /** Offers a segmenter: the bundled one, or a network described by a layers file. Gives the names of its parts. */
  openSegmenter(network: Blob, description: string | null): Promise<readonly string[]>;
  /** Names of the open segmenter's parts; empty when there is none. */
  segmenterParts(): Promise<readonly string[]>;
  /** @throws GanvasError `job-busy`, `segmenter-missing`, `invalid-dissection` */
  startDissection(request: DissectionRequest): Promise<void>;
  cancelDissection(): Promise<void>;
  /** @throws GanvasError `job-busy`, `segmenter-missing`, `invalid-dissection` */
  startCausalSearch(request: CausalRequest): Promise<void>;
  cancelCausalSearch(): Promise<void>;
  /** Ranks a layer's units by agreement with a brushed region of the present picture, best first; needs no segmenter. */
  unitsOfRegion(layer: string, mask: Uint8Array<ArrayBuffer>, size: number): Promise<readonly UnitAgreement[]>;
  /** Heat maps of units for the present picture, at the layer's resolution, grey from least to most. */
  unitMaps(choice: UnitChoice): Promise<readonly Pixels[]>;
  /** Adds a stroke to the recipe's unit edits: one undo step. @throws GanvasError `not-dissected` */
  paint(stroke: PaintStroke): Promise<void>;
  /**
   * What zeroing units does to the area of each concept, over samples: (after − before) / before, −1 when nothing is left. By
   * luma where there is no segmenter. @throws GanvasError `job-busy`, `invalid-dissection`, `cancelled`
   */
  measureAblation(
    choice: UnitChoice,
    samples: number,
  ): Promise<readonly { readonly concept: string; readonly areaChange: number }[]>;
}
