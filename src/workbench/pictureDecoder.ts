import { GanvasError } from '../engine/errors.js';
import { smallestPicture } from '../inversion/targetPicture.js';
import type { Pixels } from './pixels.js';

/** A rectangle of a picture in whole pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A decoded picture, upright, in sRGB. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  /** A region's pixels with their alpha, made smaller where it is more than `largest` pixels a side. */
  read(region: Region, largest: number): Pixels;
  /** Lets go of the memory. */
  close(): void;
}

export type DecodePicture = (picture: Blob, name: string) => Promise<DecodedPicture>;

/** What a page may reasonably hold: 400 MB of RGBA. */
const mostPixels = 100_000_000;

/**
 * Decodes whatever the browser can show, with the orientation of its EXIF data applied and CMYK turned into sRGB.
 * @throws GanvasError `picture-undecodable`
 */
export const decodeInBrowser: DecodePicture = async (picture, name) => {
  try {
    return new BitmapPicture(await createImageBitmap(picture, { imageOrientation: 'from-image' }));
  } catch (cause) {
    throw new GanvasError(
      'picture-undecodable',
      `${name} could not be decoded as a picture: it is damaged, too large for this browser, or of a kind it does not show. A JPEG, PNG or WebP was expected.`,
      { name },
      { cause },
    );
  }
};

/** @throws GanvasError `picture-too-small`, `picture-too-large` */
export function checkPictureSize(name: string, width: number, height: number): void {
  if (Math.min(width, height) < smallestPicture) {
    throw new GanvasError(
      'picture-too-small',
      `${name} has ${width} × ${height} pixels. At least ${smallestPicture} a side are needed.`,
      { name, width, height, needed: smallestPicture },
    );
  }
  if (width * height > mostPixels) {
    throw new GanvasError(
      'picture-too-large',
      `${name} has ${width} × ${height} pixels, ${megapixels(width * height)} megapixels; up to ${megapixels(mostPixels)} are taken. Make it smaller first.`,
      { name, width, height, limit: mostPixels },
    );
  }
}

const megapixels = (pixels: number): number => Math.round(pixels / 1e6);

class BitmapPicture implements DecodedPicture {
  constructor(private readonly bitmap: ImageBitmap) {}

  get width(): number {
    return this.bitmap.width;
  }

  get height(): number {
    return this.bitmap.height;
  }

  read({ x, y, width, height }: Region, largest: number): Pixels {
    const scale = Math.min(1, largest / Math.max(width, height));
    const [columns, rows] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
    const canvas = new OffscreenCanvas(columns ?? 1, rows ?? 1);
    const context = canvas.getContext('2d', { willReadFrequently: true });
    if (context === null) throw new RangeError('internal: an OffscreenCanvas has no 2d context');
    context.imageSmoothingQuality = 'high';
    context.drawImage(this.bitmap, x, y, width, height, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    return { width: canvas.width, height: canvas.height, data };
  }

  close(): void {
    this.bitmap.close();
  }
}
