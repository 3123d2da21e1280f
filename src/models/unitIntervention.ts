import type { Tensor } from '../engine/tensor.js';
import { add, mul, sub } from '../ops/binary.js';
import { affine } from '../ops/unary.js';
import type { Intervention } from './featureLayers.js';

/**
 * Units moved to values: r ← r·(1 − m) + m·k (Bau et al. 2019, eq. 3), with m = α times the mask.
 * @param share m, 0…1; anything that stretches to the features' shape, as [1, C, 1, 1] or [N, C, H, W]
 * @param values k, likewise; null for zeros, which erase
 */
export function movedUnits(share: Tensor, values: Tensor | null): Intervention {
  return (features) => {
    const kept = mul(features, affine(share, -1, 1));
    return values === null ? kept : add(kept, mul(share, values));
  };
}

/** The same for rows [N, 1, 1, 1] that are 1 where values are put in and 0 where units are only erased. */
export function movedUnitsWhere(share: Tensor, values: Tensor, inserted: Tensor): Intervention {
  return (features) => sub(features, mul(share, sub(features, mul(values, inserted))));
}
