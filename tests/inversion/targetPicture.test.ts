import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at } from '../../src/engine/shape.js';
import { centreCrop, targetPicture, type Crop, type SourcePixels } from '../../src/inversion/targetPicture.js';

/** A picture whose pixel (x, y) is `rgba(x, y)`. */
function drawn(width: number, height: number, rgba: (x: number, y: number) => readonly number[]): SourcePixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(rgba(x, y), (y * width + x) * 4);
  return { width, height, data };
}

const grey = (value: number): readonly number[] => [value, value, value, 255];
const toLevel = (value: number): number => (value + 1) * 127.5;

/** The same by definition: the integral of the pixels, as squares, over a target pixel. */
function integral(pixels: SourcePixels, { x, y, size }: Crop, resolution: number, row: number, column: number): number {
  const step = size / resolution;
  const overlap = (from: number, pixel: number): number =>
    Math.max(0, Math.min(from + step, pixel + 1) - Math.max(from, pixel));
  let sum = 0;
  for (let py = 0; py < pixels.height; py++) {
    for (let px = 0; px < pixels.width; px++) {
      const area = overlap(x + column * step, px) * overlap(y + row * step, py);
      sum += area * at(pixels.data, (py * pixels.width + px) * 4);
    }
  }
  return sum / (step * step);
}

const options = { resolution: 8, imgChannels: 3 };

describe('a target picture', () => {
  test('of the model’s own size is the picture itself, v / 127.5 − 1', () => {
    const pixels = drawn(8, 8, (x, y) => [x * 30, y * 30, 7, 255]);
    const target = targetPicture(pixels, centreCrop(8, 8), options);
    expect(target).toHaveLength(3 * 64);
    expect(at(target, 3)).toBeCloseTo(90 / 127.5 - 1, 6);
    expect(at(target, 64 + 8 * 3)).toBeCloseTo(90 / 127.5 - 1, 6);
    expect(at(target, 128)).toBeCloseTo(7 / 127.5 - 1, 6);
  });

  test('averages the exact area when it shrinks, fractions of pixels included', () => {
    const arbitrary = fc.record({
      width: fc.integer({ min: 9, max: 30 }),
      height: fc.integer({ min: 9, max: 30 }),
      fractions: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.integer({ min: 1, max: 99 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ width, height, fractions: [fx, fy], part, seed }) => {
        const pixels = drawn(width, height, (x, y) => grey((x * 37 + y * 101 * seed) % 256));
        const size = 8 + part * (Math.min(width, height) - 8);
        const crop = { x: fx * (width - size) * 0.999, y: fy * (height - size) * 0.999, size };
        const target = targetPicture(pixels, crop, options);
        for (const [row, column] of [
          [0, 0],
          [3, 5],
          [7, 7],
        ] as const) {
          expect(toLevel(at(target, row * 8 + column))).toBeCloseTo(integral(pixels, crop, 8, row, column), 3);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is linear between pixel centres when it enlarges, and keeps the edge', () => {
    const pixels = drawn(10, 10, (x) => grey(x * 20));
    const target = targetPicture(pixels, { x: 0, y: 0, size: 10 }, { resolution: 40, imgChannels: 3 });
    expect(toLevel(at(target, 0))).toBeCloseTo(0, 4);
    // Sample 20 has its centre at 20.5 / 4 = 5.125, and pixel 5 at 5.5.
    expect(toLevel(at(target, 20))).toBeCloseTo((5.125 - 0.5) * 20, 4);
    expect(toLevel(at(target, 39))).toBeCloseTo(180, 4);
  });

  test('lays transparent pixels over white, or over the given colour', () => {
    const pixels = drawn(8, 8, () => [10, 20, 30, 51]);
    const over = (value: number, back: number): number => (value * 51 + back * 204) / 255;
    const white = targetPicture(pixels, centreCrop(8, 8), options);
    expect(toLevel(at(white, 0))).toBeCloseTo(over(10, 255), 4);
    const blue = targetPicture(pixels, centreCrop(8, 8), { ...options, background: [0, 0, 200] });
    expect([toLevel(at(blue, 0)), toLevel(at(blue, 128))]).toEqual([
      expect.closeTo(over(10, 0), 4),
      expect.closeTo(over(30, 200), 4),
    ]);
  });

  test('is grey for a model of one channel', () => {
    const pixels = drawn(8, 8, () => [100, 150, 200, 255]);
    const target = targetPicture(pixels, centreCrop(8, 8), { resolution: 8, imgChannels: 1 });
    expect(target).toHaveLength(64);
    expect(toLevel(at(target, 9))).toBeCloseTo(0.299 * 100 + 0.587 * 150 + 0.114 * 200, 4);
  });
});

describe('what cannot be a target', () => {
  const pixels = drawn(20, 10, () => grey(0));

  test.each([
    ['a picture of one pixel', drawn(1, 1, () => grey(0)), { x: 0, y: 0, size: 1 }, 3, 'picture-too-small'],
    ['a crop that leaves the picture', pixels, { x: 12, y: 0, size: 10 }, 3, 'crop-outside'],
    ['a crop left of the picture', pixels, { x: -0.5, y: 0, size: 9 }, 3, 'crop-outside'],
    ['a crop of a few pixels', pixels, { x: 0, y: 0, size: 5 }, 3, 'crop-outside'],
    ['a crop that is no number', pixels, { x: NaN, y: 0, size: 9 }, 3, 'crop-outside'],
    ['a model of two channels', pixels, { x: 0, y: 0, size: 10 }, 2, 'picture-channels'],
  ] as const)('%s', (_, source, crop, imgChannels, code) => {
    expect(() => targetPicture(source, crop, { resolution: 8, imgChannels })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
