import { GanvasError } from '../engine/errors.js';
import { at } from '../engine/shape.js';
import { axisCoverage, type AxisCoverage } from './axisCoverage.js';

/** 8-bit sRGB picture, RGBA, row by row from the top, alpha not premultiplied. */
export interface SourcePixels {
  readonly width: number;
  readonly height: number;
  /** [height · width · 4] */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A square of the picture in its pixels, from the upper left corner; fractions are fine. */
export interface Crop {
  readonly x: number;
  readonly y: number;
  readonly size: number;
}

export interface TargetOptions {
  /** Pixels a side of the target. */
  readonly resolution: number;
  /** 3, or 1 for grey. */
  readonly imgChannels: number;
  /** What shows through where the picture is transparent, sRGB 0…255; white by default. */
  readonly background?: readonly [red: number, green: number, blue: number];
}

/** Fewer pixels a side than this say nothing about a face. */
export const smallestPicture = 8;
const white = [255, 255, 255] as const;
/** ITU-R BT.601, as PIL's mode L. */
const luma = [0.299, 0.587, 0.114] as const;

/** The largest square in the middle. */
export function centreCrop(width: number, height: number): Crop {
  const size = Math.min(width, height);
  return { x: (width - size) / 2, y: (height - size) / 2, size };
}

/**
 * The crop as a generator would show it: [imgChannels, resolution, resolution] in −1…1 (v / 127.5 − 1). Shrinking
 * averages over the exact area of each target pixel, enlarging interpolates linearly; both act on 8-bit sRGB values, as
 * the tools do with which training sets are made.
 * @throws GanvasError `picture-too-small`, `crop-outside`, `picture-channels`
 */
export function targetPicture(
  pixels: SourcePixels,
  crop: Crop,
  { resolution, imgChannels, background = white }: TargetOptions,
): Float32Array<ArrayBuffer> {
  checkCrop(pixels, crop);
  const columns = axisCoverage({ start: crop.x, length: crop.size, extent: pixels.width, samples: resolution });
  const rows = axisCoverage({ start: crop.y, length: crop.size, extent: pixels.height, samples: resolution });
  const rgb = new Float64Array(3 * resolution * resolution);
  const reduced = new Float64Array(3 * resolution);
  for (let y = rows.first; y <= rows.last; y++) {
    reduceRow(pixels, y, columns, background, reduced);
    addRow(rgb, reduced, rows, y, resolution);
  }
  return inChannels(rgb, resolution, imgChannels);
}

/**
 * @throws GanvasError `picture-too-small` below 8 pixels a side, `crop-outside` when the crop leaves the picture or is
 *   itself below 8 pixels
 */
export function checkCrop({ width, height }: { readonly width: number; readonly height: number }, crop: Crop): void {
  if (Math.min(width, height) < smallestPicture) {
    throw new GanvasError(
      'picture-too-small',
      `The picture is ${width} × ${height} pixels. Expected at least ${smallestPicture} on each side.`,
      { width, height, smallest: smallestPicture },
    );
  }
  const { x, y, size } = crop;
  const fits = x >= 0 && y >= 0 && size >= smallestPicture && x + size <= width && y + size <= height;
  if (fits) return;
  throw new GanvasError(
    'crop-outside',
    `The crop is a square of ${size} pixels at ${x}, ${y}. Expected at least ${smallestPicture}, inside the picture of ${width} × ${height}.`,
    { x, y, size, width, height },
  );
}

/** One row of the source over the background, weighed along x: [3, resolution]. */
function reduceRow(
  { width, data }: SourcePixels,
  y: number,
  columns: AxisCoverage,
  background: readonly [number, number, number],
  reduced: Float64Array,
): void {
  const samples = columns.starts.length;
  const [backRed, backGreen, backBlue] = background;
  for (let sample = 0; sample < samples; sample++) {
    const weights = at(columns.weights, sample);
    let pixel = (y * width + at(columns.starts, sample)) * 4;
    let [red, green, blue] = [0, 0, 0];
    for (const weight of weights) {
      const cover = (weight * (data[pixel + 3] ?? 0)) / 255;
      const through = weight - cover;
      red += cover * (data[pixel] ?? 0) + through * backRed;
      green += cover * (data[pixel + 1] ?? 0) + through * backGreen;
      blue += cover * (data[pixel + 2] ?? 0) + through * backBlue;
      pixel += 4;
    }
    reduced[sample] = red;
    reduced[samples + sample] = green;
    reduced[2 * samples + sample] = blue;
  }
}

/** Adds a reduced source row to the target rows that it reaches. */
function addRow(rgb: Float64Array, reduced: Float64Array, rows: AxisCoverage, y: number, resolution: number): void {
  for (const row of rows.reachedBy(y)) {
    const weight = rows.weightOf(row, y);
    for (let channel = 0; channel < 3; channel++) {
      const start = (channel * resolution + row) * resolution;
      for (let x = 0; x < resolution; x++) {
        rgb[start + x] = at(rgb, start + x) + weight * at(reduced, channel * resolution + x);
      }
    }
  }
}

function inChannels(rgb: Float64Array, resolution: number, imgChannels: number): Float32Array<ArrayBuffer> {
  const plane = resolution * resolution;
  const scaled = (value: number): number => value / 127.5 - 1;
  if (imgChannels === 3) return Float32Array.from(rgb, scaled);
  if (imgChannels === 1) {
    return Float32Array.from({ length: plane }, (_, pixel) =>
      scaled(luma.reduce((sum, weight, channel) => sum + weight * at(rgb, channel * plane + pixel), 0)),
    );
  }
  throw new GanvasError(
    'picture-channels',
    `The model makes pictures of ${imgChannels} channels. Expected 3 or 1; a picture has no others to compare with.`,
    { imgChannels },
  );
}
