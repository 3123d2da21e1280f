import { smallestPicture, type Crop } from '../inversion/targetPicture.js';

/** What a crop must stay inside, in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

export type Corner = 'nw' | 'ne' | 'sw' | 'se';

export function largestCrop({ width, height }: PictureSize): number {
  return Math.min(width, height);
}

/** Shifts a crop as far as the picture goes. */
export function moveCrop(crop: Crop, dx: number, dy: number, picture: PictureSize): Crop {
  return {
    x: bounded(crop.x + dx, 0, picture.width - crop.size),
    y: bounded(crop.y + dy, 0, picture.height - crop.size),
    size: crop.size,
  };
}

/** Makes a crop larger or smaller about its middle, and moves it back inside where it would leave the picture. */
export function resizeCrop(crop: Crop, by: number, picture: PictureSize): Crop {
  const size = bounded(crop.size + by, smallestPicture, largestCrop(picture));
  const shift = (crop.size - size) / 2;
  return moveCrop({ ...crop, size }, shift, shift, picture);
}

/** Pulls one corner to a point; the opposite one stays where it is and the crop stays a square inside the picture. */
export function pullCorner(
  crop: Crop,
  corner: Corner,
  to: { readonly x: number; readonly y: number },
  picture: PictureSize,
): Crop {
  const [west, north] = [corner.endsWith('w'), corner.startsWith('n')];
  const fixed = { x: crop.x + (west ? crop.size : 0), y: crop.y + (north ? crop.size : 0) };
  const wanted = Math.max(west ? fixed.x - to.x : to.x - fixed.x, north ? fixed.y - to.y : to.y - fixed.y);
  const room = Math.min(west ? fixed.x : picture.width - fixed.x, north ? fixed.y : picture.height - fixed.y);
  const size = bounded(wanted, smallestPicture, room);
  return { x: west ? fixed.x - size : fixed.x, y: north ? fixed.y - size : fixed.y, size };
}

function bounded(value: number, lowest: number, highest: number): number {
  return Math.max(lowest, Math.min(highest, value));
}
