import { at } from '../engine/shape.js';
import type { Pair } from './convGeometry.js';
import type { FilterPass } from './filterPass.js';

/** What one workgroup of `shaders/filteredLrelu.wgsl` computes. Pairs are [y, x]. */
export interface FilteredLreluTile {
  /** Outputs. */
  readonly size: Pair;
  /** Samples of the middle that they are made of. */
  readonly middle: Pair;
  /** Numbers in the workgroup's memory beside those. */
  readonly stage: number;
}

/** Numbers that fit the 16 KiB which WebGPU guarantees a workgroup. */
const workgroupNumbers = 4096;

/** Sides of tiles; small ones are for filters that reach far. Wide ones come last: of two that cost the same, they win. */
const sides = [4, 8, 16, 32, 64];

/**
 * The tile that costs the fewest multiply-adds an output among those that fit; null when none does. Neighbours share
 * much of their middles, which each computes for itself, so that large tiles are cheap. The same for small maps and
 * large ones, so that these share a pipeline.
 * @param upsampling the filters before the middle
 */
export function tileFor(upsampling: readonly FilterPass[], after: FilterPass): FilteredLreluTile | null {
  let best: { readonly tile: FilteredLreluTile; readonly cost: number } | null = null;
  for (const size of sides.flatMap((width) => sides.map((height): Pair => [height, width]))) {
    const tile = tileOf(size, upsampling, after);
    if (tile.stage + tile.middle[0] * tile.middle[1] > workgroupNumbers) continue;
    const cost = multiplyAdds(tile, upsampling, after) / (size[0] * size[1]);
    if (best === null || cost <= best.cost) best = { tile, cost };
  }
  return best?.tile ?? null;
}

export function tilesIn(output: Pair, [height, width]: Pair): number {
  return Math.ceil(output[0] / height) * Math.ceil(output[1] / width);
}

function tileOf(size: Pair, upsampling: readonly FilterPass[], after: FilterPass): FilteredLreluTile {
  const middle = along((axis) => (at(size, axis) - 1) * at(after.down, axis) + at(after.taps, axis));
  const staged = upsampling.map((pass) => {
    const [rows, columns] = samplesFor(middle, pass);
    return rows * columns + (pass.isSeparable ? rows * middle[1] : 0);
  });
  return { size, middle, stage: Math.max(...staged, after.isSeparable ? middle[0] * size[1] : 1) };
}

/** Samples that a filter reads for the middle; the shader counts them likewise. */
function samplesFor(middle: Pair, { taps, up }: FilterPass): Pair {
  return along((axis) => Math.floor((at(middle, axis) + at(taps, axis) - 2) / at(up, axis)) + 1);
}

/** Of one tile. */
export function multiplyAdds(tile: FilteredLreluTile, upsampling: readonly FilterPass[], after: FilterPass): number {
  const { size, middle } = tile;
  const samples = middle[0] * middle[1];
  const before = upsampling.map((pass) => {
    const [tapsY, tapsX] = along((axis) => at(pass.taps, axis) / at(pass.up, axis));
    return pass.isSeparable
      ? samplesFor(middle, pass)[0] * middle[1] * tapsX + samples * tapsY
      : samples * tapsY * tapsX;
  });
  const [tapsY, tapsX] = after.taps;
  const last = after.isSeparable
    ? middle[0] * size[1] * tapsX + size[0] * size[1] * tapsY
    : size[0] * size[1] * tapsY * tapsX;
  return before.reduce((total, each) => total + each, last);
}

const along = (extent: (axis: 0 | 1) => number): Pair => [extent(0), extent(1)];
