import { GanvasError } from '../engine/errors.js';
import { at, formatShape } from '../engine/shape.js';
import type { Tensor } from '../engine/tensor.js';
import { concat } from '../ops/concat.js';
import { scale } from '../ops/unary.js';
import type { LayeredNetwork } from './layeredNetwork.js';
import type { PartSegmenter } from './partSegmenter.js';

/** What a network of a single map leaves over. */
const rest = 'rest';

/** A segmenter that is described layer by layer: a square picture in, a map for each part out. */
export class LayeredSegmenter implements PartSegmenter {
  readonly parts: readonly string[];
  readonly resolution: number;
  readonly imgChannels: number;

  /**
   * @param names of its maps, one each
   * @throws GanvasError `layers-shape` when it takes or makes no square maps, `segmenter-parts` for another number of names
   */
  constructor(
    private readonly network: LayeredNetwork,
    names: readonly string[],
  ) {
    const [imgChannels = 0, height = 0, width = 0] = network.description.input;
    const [maps = 0, rows = 0, columns = 0] = network.output;
    if (height !== width || rows !== columns) {
      const found = `${formatShape(network.description.input)} → ${formatShape(network.output)}`;
      throw new GanvasError(
        'layers-shape',
        `The segmenter makes ${found} a sample. Expected square pictures and square maps.`,
        { found },
      );
    }
    checkPartNames(names, maps);
    this.resolution = height;
    this.imgChannels = imgChannels;
    this.parts = maps === 1 ? [...names, rest] : names;
  }

  /** A single map is that of one part against the rest, whose logit is 0: where it is positive there is the part. */
  logits(picture: Tensor): Tensor {
    const maps = this.network.apply(picture);
    return at(maps.shape, 1) === 1 ? concat([maps, scale(maps, 0)], 1) : maps;
  }
}

/** @throws GanvasError `segmenter-parts` unless there is a name for each of the maps, none of them twice */
export function checkPartNames(names: readonly string[], maps: number): void {
  if (names.length === maps && new Set(names).size === maps) return;
  throw new GanvasError(
    'segmenter-parts',
    `The segmenter makes ${maps} maps and names ${new Set(names).size} different parts. Expected one name for each map.`,
    { maps, names: names.length },
  );
}
