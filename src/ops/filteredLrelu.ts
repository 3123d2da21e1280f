import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { biasAct } from './biasAct.js';
import { defaultAlpha } from './activations.js';
import { upfirdn2d } from './upfirdn2d.js';

export interface FilteredLreluOptions {
  /** [F] (separable), [FH, FW], or null for none. */
  readonly upFilter?: Tensor | null;
  readonly downFilter?: Tensor | null;
  readonly up?: number;
  readonly down?: number;
  /** In samples of the upsampled picture: a number, [x, y] or [x0, x1, y0, y1]; negative values crop. */
  readonly padding?: number | readonly number[];
  /** Default √2. */
  readonly gain?: number;
  /** Below zero; default 0.2. */
  readonly slope?: number;
  /** Activations are limited to ± this, before the second filter; null (the default) for no limit. */
  readonly clamp?: number | null;
  /** False (the default): filters are convolved with; true: correlated. */
  readonly flipFilter?: boolean;
}

/**
 * A leaky ReLU at a higher sampling rate, so that it makes no frequencies that fold back (Karras et al. 2021, §3.2):
 * bias, upsampling FIR, leaky ReLU times gain, clamp, downsampling FIR
 * (stylegan3 torch_utils/ops/filtered_lrelu.py: _filtered_lrelu_ref). x [N, C, H, W], bias [C] or null.
 * The fusion rules make one kernel of all that follows the bias, forward and backward (`fusedFilteredLrelu.ts`): the
 * upsampled picture, 350 million numbers in a layer at 1024², is then never stored.
 */
export function filteredLrelu(x: Tensor, bias: Tensor | null, options: FilteredLreluOptions = {}): Tensor {
  const { upFilter = null, downFilter = null, up = 1, down = 1, padding = 0, flipFilter = false } = options;
  const { gain = Math.SQRT2, slope = defaultAlpha, clamp = null } = options;
  const activation = { act: slope === 1 ? 'linear' : 'lrelu', alpha: slope, gain, clamp } as const;
  const isPlain = upFilter === null && up === 1 && [padding].flat().every((size) => size === 0);
  const active = isPlain
    ? biasAct(x, bias, activation)
    : biasAct(upfirdn2d(biasAct(x, bias), upFilter, { up, padding, gain: up * up, flipFilter }), null, activation);
  return downFilter === null && down === 1 ? active : upfirdn2d(active, downFilter, { down, flipFilter });
}

/** Number of taps along each side of a filter; 1 without one. */
export function filterTaps(filter: Tensor | null): number {
  return filter === null ? 1 : at(filter.shape, 0);
}
