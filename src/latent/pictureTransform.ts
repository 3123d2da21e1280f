/** How the picture of a generator that takes a transform (StyleGAN3) is moved: turned about its centre, then shifted. */
export interface PictureTransform {
  /** To the right, in widths of the picture. */
  readonly x: number;
  /** Downwards, in heights of the picture. */
  readonly y: number;
  /** Degrees, counter-clockwise. */
  readonly angle: number;
}

/** Moves nothing. */
export const identityTransform: PictureTransform = { x: 0, y: 0, angle: 0 };

export function isIdentityTransform({ x, y, angle }: PictureTransform): boolean {
  return x === 0 && y === 0 && angle === 0;
}

/**
 * What `synthesis` takes, [3, 3]: it maps a point of the picture to where it is in the generator's own frame, and is
 * therefore the inverse of the movement, as in the stylegan3 repository (gen_images.py: make_transform, inverted).
 * The movement is p = R q + t with R = [[cos, sin], [−sin, cos]], so this is q = Rᵀ p − Rᵀ t.
 */
export function transformMatrix({ x, y, angle }: PictureTransform): Float32Array<ArrayBuffer> {
  const [sine, cosine] = [Math.sin((angle / 180) * Math.PI), Math.cos((angle / 180) * Math.PI)];
  return Float32Array.from([
    ...[cosine, -sine, sine * y - cosine * x],
    ...[sine, cosine, -sine * x - cosine * y],
    ...[0, 0, 1],
  ]);
}
