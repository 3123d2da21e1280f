import { at } from '../../src/engine/shape.js';
import type { Tensor } from '../../src/engine/tensor.js';
import type { AttributePredictor } from '../../src/models/attributePredictor.js';
import { add, div, mul, sub } from '../../src/ops/binary.js';
import { concat } from '../../src/ops/concat.js';
import { reduceMean, reduceSum } from '../../src/ops/reduce.js';
import { reshape } from '../../src/ops/reshape.js';
import { slice } from '../../src/ops/slice.js';
import { affine, scale } from '../../src/ops/unary.js';
import {
  areaChange,
  blemishWidth,
  gridAlong,
  middleArea,
  objectLuma,
  plantedFactors,
  plantedResolution,
  reach,
  stripHeight,
} from './plantedGenerator.js';

const pixelArea = (2 / plantedResolution) ** 2;

/**
 * Reads the factors back off a planted picture by measuring it: the disc's centroid, area and mean hue, and the greys of the
 * corners. In units of the factors, −1…1; the opacities of second object and blemish as 2·opacity − 1.
 */
export const plantedReadOut: AttributePredictor = {
  attributes: plantedFactors,
  resolution: plantedResolution,
  imgChannels: 3,
  scores(picture: Tensor): Tensor {
    const [red, green, blue] = [0, 1, 2].map((c) => box(picture, c, 0, 0, plantedResolution, plantedResolution)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const disc = scale(sub(add(red, blue), scale(green, 2)), 0.5);
    const area = total(disc);
    const background = mean(box(picture, 1, 0, plantedResolution / 2, stripHeight, plantedResolution / 2));
    const bottom = mean(box(picture, 1, plantedResolution - stripHeight, 0, stripHeight, plantedResolution));
    const corner = mean(box(picture, 1, 0, 0, stripHeight, blemishWidth));
    const readings = [
      scale(div(total(mul(disc, gridAlong(3))), area), 1 / reach),
      scale(div(total(mul(disc, gridAlong(2))), area), 1 / reach),
      affine(area, pixelArea / Math.PI / areaChange, -middleArea / areaChange),
      scale(div(total(sub(red, blue)), area), 1 / 0.6),
      scale(background, 2),
      signedOpacity(bottom, background),
      signedOpacity(corner, background),
    ];
    return concat(readings, 1);
  },
};

function signedOpacity(seen: Tensor, background: Tensor): Tensor {
  return affine(div(sub(seen, background), affine(background, -1, objectLuma)), 2, -1);
}

/** A box of one channel, [N, 1, height, width]. */
function box(picture: Tensor, channel: number, top: number, left: number, height: number, width: number): Tensor {
  return slice(picture, [0, channel, top, left], [at(picture.shape, 0), 1, height, width]);
}

/** [N, 1] */
const total = (x: Tensor): Tensor => reshape(reduceSum(x, [1, 2, 3]), [at(x.shape, 0), 1]);
const mean = (x: Tensor): Tensor => reshape(reduceMean(x, [1, 2, 3]), [at(x.shape, 0), 1]);
