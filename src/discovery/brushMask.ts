import { GanvasError } from '../engine/errors.js';

/**
 * @param mask one byte a pixel, `size` × `size`
 * @throws GanvasError `mask-size` for another length, `mask-empty` when nothing is covered
 */
export function checkMask(mask: Uint8Array, size: number): void {
  if (!Number.isInteger(size) || size < 1 || mask.length !== size * size) {
    throw new GanvasError(
      'mask-size',
      `The brush's mask has ${mask.length} bytes for ${size} pixels a side. Expected one byte a pixel.`,
      { given: mask.length, size },
    );
  }
  if (mask.every((coverage) => coverage === 0)) {
    throw new GanvasError('mask-empty', 'The brush covers nothing. Paint over what is meant first.');
  }
}

/** A mask made `to` × `to` by area: every place gets the mean of what it covers; 0…255, rounded. */
export function shrunkMask(mask: Uint8Array, size: number, to: number): Uint8Array<ArrayBuffer> {
  const shares = areaShares(size, to);
  // Rows first: one pass along each axis instead of one over all pairs.
  const rows = new Float64Array(to * size);
  shares.forEach(({ place, pixel, share }) => {
    for (let column = 0; column < size; column++) {
      const cell = place * size + column;
      rows[cell] = (rows[cell] ?? 0) + share * (mask[pixel * size + column] ?? 0);
    }
  });
  const small = new Float64Array(to * to);
  shares.forEach(({ place, pixel, share }) => {
    for (let row = 0; row < to; row++) {
      const cell = row * to + place;
      small[cell] = (small[cell] ?? 0) + share * (rows[row * size + pixel] ?? 0);
    }
  });
  return Uint8Array.from(small, Math.round);
}

/** The part of every place along one axis that each pixel covers. */
function areaShares(size: number, to: number): { place: number; pixel: number; share: number }[] {
  const width = size / to;
  return Array.from({ length: to }, (_, place) => {
    const [start, end] = [place * width, (place + 1) * width];
    const first = Math.floor(start);
    return Array.from({ length: Math.max(1, Math.ceil(end - 1e-9) - first) }, (__, step) => {
      const pixel = Math.min(first + step, size - 1);
      const covered = Math.min(end, pixel + 1) - Math.max(start, pixel);
      return { place, pixel, share: covered / width };
    });
  }).flat();
}
