import { at } from '../engine/shape.js';
import type { WSamples } from './wSamples.js';

/** Where a model's w lie: what NVIDIA's projector starts from. */
export interface WStatistics {
  readonly count: number;
  /** [wDim] */
  readonly mean: Float32Array<ArrayBuffer>;
  /** One number for all axes: √(Σ‖w − mean‖² / count), as stylegan2-ada-pytorch projector.py. */
  readonly std: number;
}

export function wStatistics({ count, wDim, values }: WSamples): WStatistics {
  const mean = new Float64Array(wDim);
  for (const [index, value] of values.entries()) mean[index % wDim] = at(mean, index % wDim) + value / count;
  let squares = 0;
  for (const [index, value] of values.entries()) squares += (value - at(mean, index % wDim)) ** 2;
  return { count, mean: Float32Array.from(mean), std: Math.sqrt(squares / count) };
}
