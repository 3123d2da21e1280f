import { describe, expect, test } from 'vitest';
import { identityTransform, transformMatrix, type PictureTransform } from '../../src/latent/pictureTransform.js';

/** gen_images.py of the stylegan3 repository: make_transform, before it is inverted. */
function movement({ x, y, angle }: PictureTransform): number[][] {
  const [sine, cosine] = [Math.sin((angle / 360) * Math.PI * 2), Math.cos((angle / 360) * Math.PI * 2)];
  return [
    [cosine, sine, x],
    [-sine, cosine, y],
    [0, 0, 1],
  ];
}

describe('transformMatrix', () => {
  test('of nothing is the identity', () => {
    expect([...transformMatrix(identityTransform)].map((value) => value + 0)).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  });

  test.each([
    { x: 0.25, y: 0, angle: 0 },
    { x: 0.3, y: -0.7, angle: 37 },
    { x: -1, y: 2, angle: -170 },
  ])('undoes the movement %j', (transform) => {
    const matrix = transformMatrix(transform);
    const moved = movement(transform);
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        const product = [0, 1, 2].reduce(
          (sum, inner) => sum + (matrix[row * 3 + inner] ?? NaN) * (moved[inner]?.[column] ?? NaN),
          0,
        );
        expect(product).toBeCloseTo(row === column ? 1 : 0, 6);
      }
    }
  });
});
