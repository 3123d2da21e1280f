import { GanvasError } from '../engine/errors.js';
import type { Direction } from './direction.js';
import { parseLayerRange } from './layerRange.js';
import { projectOut } from './projectOut.js';

/**
 * A direction that leaves alone what its conditions turn: what it shares with them is projected out, and it keeps its length
 * (Shen et al. 2020, §3.3). Among directions of w, and among those of z, one vector is compared with another, as in
 * InterFaceGAN. Where one of w+ takes part, all are compared as rows of the layers in `layers`, zero where one does not act,
 * and the result is of w+.
 * @param layers the edit's, "0-3,7" or "all"
 * @throws GanvasError `condition-space` between z and the others, `condition-parallel` when nothing is left,
 * `condition-length`, `invalid-layer-range`
 */
export function conditionedDirection(
  direction: Direction,
  conditions: readonly Direction[],
  { layers, numWs }: { readonly layers: string; readonly numWs: number },
): Direction {
  if (conditions.length === 0) return direction;
  const stranger = conditions.find(({ space }) => (space === 'z') !== (direction.space === 'z'));
  if (stranger !== undefined) {
    throw new GanvasError(
      'condition-space',
      `"${direction.name}" moves ${direction.space}, and its condition "${stranger.name}" ${stranger.space}. Expected both in z, or both in w or w+.`,
      { direction: direction.name, condition: stranger.name },
    );
  }
  if ([direction, ...conditions].every(({ space }) => space !== 'w+')) {
    return {
      ...direction,
      vectors: projected(
        direction.vectors,
        conditions.map(({ vectors }) => vectors),
      ),
    };
  }
  const range = parseLayerRange(layers, numWs);
  const rows = (of: Direction): Float32Array => rowsOf(of, range);
  return { ...direction, space: 'w+', layers: range, vectors: projected(rows(direction), conditions.map(rows)) };
}

function projected(primal: Float32Array, conditions: readonly Float32Array[]): Float32Array {
  return Float32Array.from(
    projectOut(
      Float64Array.from(primal),
      conditions.map((condition) => Float64Array.from(condition)),
    ),
  );
}

/** A row for each of `layers`, zero where the direction does not act. */
function rowsOf({ space, layers: own, dim, vectors }: Direction, layers: readonly number[]): Float32Array {
  const rows = new Float32Array(layers.length * dim);
  layers.forEach((layer, place) => {
    const row = own.indexOf(layer);
    if (row < 0) return;
    const start = space === 'w+' ? row * dim : 0;
    rows.set(vectors.subarray(start, start + dim), place * dim);
  });
  return rows;
}
