/** W+ of the generators that have a mapping network: from w, and a layer's own out of it. */
import { at } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { add, mul, sub } from '../ops/binary.js';
import { broadcastTo } from '../ops/broadcastTo.js';
import { reshape } from '../ops/reshape.js';
import { sliceAxis } from '../ops/slice.js';

/**
 * The truncation trick (Karras et al. 2019, appendix B): each layer's w goes towards the average by its own psi.
 * @param w [N, wDim], the same for every layer, or W+ [N, numWs, wDim]
 * @param psi [numWs]
 * @param wAvg [wDim], or null where there is none, and nothing to go towards
 * @returns W+ [N, numWs, wDim]
 */
export function truncatedWs(w: Tensor, psi: Tensor, wAvg: Tensor | null): Tensor {
  const [n, numWs, wDim] = [at(w.shape, 0), at(psi.shape, 0), at(w.shape, -1)];
  const ws = w.shape.length === 2 ? broadcastTo(reshape(w, [n, 1, wDim]), [n, numWs, wDim]) : w;
  return wAvg === null ? ws : add(mul(sub(ws, wAvg), reshape(psi, [numWs, 1])), wAvg);
}

/** One layer's w [N, wDim] out of W+ [N, numWs, wDim]. */
export function wOf(ws: Tensor, index: number): Tensor {
  return reshape(sliceAxis(ws, 1, index, 1), [at(ws.shape, 0), at(ws.shape, 2)]);
}
