import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { constantTensor, inputTensor, type Tensor } from '../engine/tensor.js';
import type { Generator } from '../models/generator.js';
import type { PartSegmenter } from '../models/partSegmenter.js';
import { equal, mul } from '../ops/binary.js';
import { reduceMax, reduceMean } from '../ops/reduce.js';
import { resize } from '../ops/resample.js';
import { affine } from '../ops/unary.js';

/** Says for every pixel which concept it shows: exactly one. */
export interface ConceptReader {
  readonly concepts: readonly string[];
  /** Pixels a side of its maps. */
  readonly size: number;
  /** Pictures [N, imgChannels, H, W] → a map [N, 1, size, size], of which `labels` makes concepts. */
  trace(picture: Tensor): Tensor;
  /** The traced maps, read back → an index into `concepts` for every pixel, [N · size · size]. */
  labels(maps: Float32Array): Uint8Array;
}

/** Luma needs no detail: units are compared with regions. */
const lumaSize = 64;
/** Pixels a side that a segmenter for pictures of any size gets at most. */
const mostSegmented = 256;

/**
 * The parts that a segmenter sees: at every pixel the one with the largest logit, the first of equals.
 * @throws GanvasError `segmenter-mismatch` when it takes pictures of another number of channels, or has more than 256 parts
 */
export function segmenterConcepts(segmenter: PartSegmenter, generator: Generator): ConceptReader {
  checkSegmenter(segmenter, generator);
  const { parts } = segmenter;
  const side = segmenterSide(segmenter, generator);
  const probe = inputTensor('probe', [1, segmenter.imgChannels, side, side]);
  const size = at(segmenter.logits(probe).shape, 2);
  return {
    concepts: parts,
    size,
    trace: (picture) => largest(segmenterLogits(segmenter, generator, picture)),
    labels: (maps) => Uint8Array.from(maps, Math.round),
  };
}

/** Logits [N, parts, size, size] of a generator's pictures, made as large as the segmenter takes them. */
export function segmenterLogits(segmenter: PartSegmenter, generator: Generator, picture: Tensor): Tensor {
  const side = segmenterSide(segmenter, generator);
  const mode = side < generator.resolution ? 'area' : 'bilinear';
  return segmenter.logits(resize(picture, [side, side], { mode }));
}

function segmenterSide({ resolution }: PartSegmenter, generator: Generator): number {
  return resolution ?? Math.min(generator.resolution, mostSegmented);
}

function checkSegmenter({ imgChannels, parts }: PartSegmenter, generator: Generator): void {
  if (imgChannels !== generator.imgChannels) {
    throw new GanvasError(
      'segmenter-mismatch',
      `The segmenter takes pictures of ${imgChannels} channels, and the model makes ${generator.imgChannels}. Open one that fits.`,
      { segmenter: imgChannels, model: generator.imgChannels },
    );
  }
  if (parts.length > 256) {
    throw new GanvasError(
      'segmenter-mismatch',
      `The segmenter has ${parts.length} parts. At most 256 can be counted.`,
      {
        parts: parts.length,
      },
    );
  }
}

/** Index of the first of the largest along the channels, [N, 1, H, W]. */
function largest(logits: Tensor): Tensor {
  const count = at(logits.shape, 1);
  const order = constantTensor(
    'order of parts',
    [1, count, 1, 1],
    Float32Array.from({ length: count }, (_, index) => count - index),
  );
  return affine(reduceMax(mul(equal(logits, reduceMax(logits, [1])), order), [1]), -1, count);
}

/**
 * "light" and "dark" where there is no segmenter: pixels above the median luma of their own picture, so that a bright
 * background and a bright face both divide.
 */
export function lumaConcepts(generator: Generator): ConceptReader {
  const size = Math.min(generator.resolution, lumaSize);
  return {
    concepts: ['light', 'dark'],
    size,
    trace: (picture) => resize(luma(picture), [size, size], { mode: 'area' }),
    labels: (maps) => {
      const labels = new Uint8Array(maps.length);
      for (let first = 0; first < maps.length; first += size * size) {
        const map = maps.subarray(first, first + size * size);
        const median = at(map.slice().sort(), Math.floor((map.length - 1) / 2));
        map.forEach((value, pixel) => (labels[first + pixel] = value > median ? 0 : 1));
      }
      return labels;
    },
  };
}

/** ITU-R BT.601, as JPEG's; pictures of other than three channels have their mean. */
function luma(picture: Tensor): Tensor {
  if (at(picture.shape, 1) !== 3) return reduceMean(picture, [1]);
  const weights = constantTensor('luma', [1, 3, 1, 1], Float32Array.of(3 * 0.299, 3 * 0.587, 3 * 0.114));
  return reduceMean(mul(picture, weights), [1]);
}
