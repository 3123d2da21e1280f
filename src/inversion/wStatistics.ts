/** Where a model's w lie: what NVIDIA's projector starts from. */
export interface WStatistics {
  readonly count: number;
  /** [wDim] */
  readonly mean: Float32Array<ArrayBuffer>;
  /** One number for all axes: √(Σ‖w − mean‖² / count). */
  readonly std: number;
}
