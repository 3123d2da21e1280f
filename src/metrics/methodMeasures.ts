/** One method on one model; null where a measure cannot be had. Higher is better unless it says otherwise. */
export interface MethodMeasures {
  /** "SeFa", "GANSpace", "InterFaceGAN, SVM". */
  readonly method: string;
  /** With linear importances (Lasso), as `dci` says. */
  readonly disentanglement: number | null;
  readonly completeness: number | null;
  readonly informativeness: number | null;
  /** Mutual information gap. */
  readonly mig: number | null;
  readonly sap: number | null;
  /** Mean |Pearson correlation| of each attribute with its best axis. */
  readonly bestCorrelation: number | null;
  /** What else moves per unit of the wanted attribute along its best axis, over all attributes together; lower is better. */
  readonly sideEffect: number | null;
}

/** Of the model itself; lower is better. */
export interface ModelMeasures {
  /** Perceptual path length in w (in z where there is no w), by the features that `features` names; null without any. */
  readonly ppl: number | null;
  readonly features: string | null;
  /** 2^ΣH(Y|X) over the attributes. */
  readonly separability: number | null;
}
