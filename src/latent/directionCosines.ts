import type { Direction } from './direction.js';

/**
 * Cosines between directions, row by row. Those of w and w+ are compared over the layers that both act on, layer by layer;
 * 0 where there are none, between z and the others, and where one has no length there.
 */
export function directionCosines(directions: readonly Direction[]): number[][] {
  return directions.map((a) => directions.map((b) => cosine(a, b)));
}

function cosine(a: Direction, b: Direction): number {
  if (a.dim !== b.dim || (a.space === 'z') !== (b.space === 'z')) return 0;
  if (a.space === 'z') return cosineOfRows([[a.vectors, b.vectors]]);
  const shared = a.layers.filter((layer) => b.layers.includes(layer));
  return cosineOfRows(shared.map((layer) => [rowOf(a, layer), rowOf(b, layer)] as const));
}

/** What a direction adds to one layer. */
function rowOf({ space, layers, dim, vectors }: Direction, layer: number): Float32Array {
  if (space !== 'w+') return vectors;
  const row = layers.indexOf(layer);
  return vectors.subarray(row * dim, (row + 1) * dim);
}

function cosineOfRows(pairs: readonly (readonly [Float32Array, Float32Array])[]): number {
  let [dot, squaresA, squaresB] = [0, 0, 0];
  for (const [a, b] of pairs) {
    for (let k = 0; k < a.length; k++) {
      const [x, y] = [a[k] ?? 0, b[k] ?? 0];
      dot += x * y;
      squaresA += x * x;
      squaresB += y * y;
    }
  }
  const lengths = Math.sqrt(squaresA * squaresB);
  return lengths > 0 ? Math.max(-1, Math.min(1, dot / lengths)) : 0;
}
