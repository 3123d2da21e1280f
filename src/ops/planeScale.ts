import { matchOp } from '../engine/graph.js';
import { at, sameShape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { binaryOp } from './binary.js';

/** x · scale with x [N, C, H, W] and one factor a plane, [N, C, 1, 1]: modulation, demodulation and their gradients. */
export function matchPlaneScale(tensor: Tensor): { readonly values: Tensor; readonly scale: Tensor } | null {
  const match = matchOp(tensor, binaryOp);
  if (match?.attributes.kind !== 'mul' || tensor.shape.length !== 4) return null;
  const [values, scale] = [at(match.inputs, 0), at(match.inputs, 1)];
  const [n = 0, c = 0] = tensor.shape;
  return sameShape(values.shape, tensor.shape) && sameShape(scale.shape, [n, c, 1, 1]) ? { values, scale } : null;
}
