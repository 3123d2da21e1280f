import type { MethodMeasures, ModelMeasures } from '../metrics/methodMeasures.js';
import type { JobStatus } from './jobStatus.js';

export type { MethodMeasures, ModelMeasures } from '../metrics/methodMeasures.js';

export interface MeasureRequest {
  /** Samples to score; 2000 give a first answer. */
  readonly samples: number;
  readonly seed: number;
  /** Attributes to compare by; all of the predictor's when empty. */
  readonly attributes: readonly string[];
}

export interface MeasureStatus extends JobStatus {
  readonly request: MeasureRequest;
  readonly methods: readonly MethodMeasures[];
  readonly model: ModelMeasures | null;
}

/** Comparing methods on the open model. Part of `WorkbenchApi`. */
export interface MeasureApi {
  /** @throws GanvasError `job-busy`, `predictor-missing`, `invalid-measure` */
  startMeasuring(request: MeasureRequest): Promise<void>;
  cancelMeasuring(): Promise<void>;
}
