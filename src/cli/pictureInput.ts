import type Sharp from 'sharp';
import { GanvasError } from '../engine/errors.js';
import { smallestPicture, type SourcePixels } from '../inversion/targetPicture.js';
import { readInput } from './files.js';

/** Most pixels that a picture may have: 16 384 × 16 384, one gigabyte once decoded. */
const mostPixels = 2 ** 28;
const EXPECTED = 'a picture: PNG, JPEG, WebP, AVIF, GIF or TIFF';

/**
 * Reads a picture upright, as 8-bit sRGB with alpha: the orientation that the file states is applied, CMYK and other colour
 * spaces are converted by their profiles, of an animation the first frame is taken.
 * @throws GanvasError `picture-undecodable`, `picture-too-large`, `picture-too-small`, `file-missing`, `file-unreadable`, `no-picture-decoder`
 */
export async function readPicture(path: string): Promise<SourcePixels> {
  const bytes = await readInput(path, EXPECTED);
  const sharp = await loadSharp();
  const open = (): ReturnType<typeof sharp> =>
    sharp(bytes, { limitInputPixels: false, failOn: 'error', autoOrient: true });
  const { width, height } = await decoding(path, open().metadata());
  checkSize(path, width, height);
  const upright = open().toColourspace('srgb').ensureAlpha().raw({ depth: 'uchar' });
  const { data, info } = await decoding(path, upright.toBuffer({ resolveWithObject: true }));
  return { width: info.width, height: info.height, data };
}

async function decoding<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    const reason = cause instanceof Error ? (/^[^\n]+/.exec(cause.message)?.[0] ?? '') : String(cause);
    throw new GanvasError(
      'picture-undecodable',
      `${path} cannot be read as a picture: ${reason.replace(/\.$/, '')}. Expected ${EXPECTED}.`,
      { path },
      { cause },
    );
  }
}

/** Before anything is decoded: a small file can hold a picture that no memory can. */
function checkSize(path: string, width: number, height: number): void {
  if (width * height > mostPixels) {
    throw new GanvasError(
      'picture-too-large',
      `${path} is ${width} × ${height} pixels. Expected at most ${mostPixels} in all; make it smaller first.`,
      { path, width, height, most: mostPixels },
    );
  }
  if (Math.min(width, height) < smallestPicture) {
    throw new GanvasError(
      'picture-too-small',
      `${path} is ${width} × ${height} pixels. Expected at least ${smallestPicture} on each side.`,
      { path, width, height, smallest: smallestPicture },
    );
  }
}

async function loadSharp(): Promise<typeof Sharp> {
  const loaded = await import('sharp').catch((cause: unknown) => {
    throw new GanvasError(
      'no-picture-decoder',
      'The package "sharp", which reads pictures for the command line, is missing or cannot be loaded; install it with "npm install sharp".',
      {},
      { cause },
    );
  });
  return loaded.default;
}
