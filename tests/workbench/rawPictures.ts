import { GanvasError } from '../../src/engine/errors.js';
import type { DecodedPicture, DecodePicture } from '../../src/workbench/pictureDecoder.js';
import type { Pixels } from '../../src/workbench/pixels.js';

/** Pixels as a file that `decodeRaw` reads: width and height as u32, then RGBA. */
export function rawPicture({ width, height, data }: Pixels): Blob {
  return new Blob([Uint32Array.of(width, height), data]);
}

/** Stands in for the browser's decoder, which Node lacks; reads no picture smaller than it is. */
export const decodeRaw: DecodePicture = async (picture, name) => {
  const bytes = await picture.arrayBuffer();
  const [width = 0, height = 0] = bytes.byteLength < 8 ? [] : new Uint32Array(bytes, 0, 2);
  if (bytes.byteLength !== 8 + width * height * 4) {
    throw new GanvasError('picture-undecodable', `${name} is not a picture.`);
  }
  const data = new Uint8ClampedArray(bytes, 8);
  const decoded: DecodedPicture = {
    width,
    height,
    read: ({ x, y, width: columns, height: rows }) => ({
      width: columns,
      height: rows,
      data: Uint8ClampedArray.from({ length: columns * rows * 4 }, (_, index) => {
        const [pixel, channel] = [Math.floor(index / 4), index % 4];
        const [left, top] = [x + (pixel % columns), y + Math.floor(pixel / columns)];
        return data[(top * width + left) * 4 + channel] ?? 0;
      }),
    }),
    close: () => undefined,
  };
  return decoded;
};
