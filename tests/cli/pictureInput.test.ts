import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readPicture } from '../../src/cli/pictureInput.js';
import type { SourcePixels } from '../../src/inversion/targetPicture.js';
import { removeFolder, temporaryFolder } from './ganvas.js';

let folder: string;
beforeAll(() => void (folder = temporaryFolder()));
afterAll(() => removeFolder(folder));

const at = (name: string): string => join(folder, name);

const pixel = ({ width, data }: SourcePixels, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
];

/** 20 × 10: red on the left, blue on the right. */
function twoColours(): Sharp {
  const data = Uint8Array.from({ length: 20 * 10 * 3 }, (_, index) => {
    const left = Math.floor(index / 3) % 20 < 10;
    return (index % 3 === 0 && left) || (index % 3 === 2 && !left) ? 255 : 0;
  });
  return sharp(data, { raw: { width: 20, height: 10, channels: 3 } });
}

describe('a picture is read', () => {
  test('as 8-bit RGBA', async () => {
    await twoColours().png().toFile(at('plain.png'));
    const read = await readPicture(at('plain.png'));
    expect([read.width, read.height, read.data.length]).toEqual([20, 10, 800]);
    expect(pixel(read, 0, 0)).toEqual([255, 0, 0, 255]);
    expect(pixel(read, 19, 9)).toEqual([0, 0, 255, 255]);
  });

  test.each([
    [3, [0, 0, 255, 255], 20],
    [6, [255, 0, 0, 255], 10],
    [8, [0, 0, 255, 255], 10],
  ])('upright, from EXIF orientation %i', async (orientation, topLeft, width) => {
    await twoColours().png().withMetadata({ orientation }).toFile(at('turned.png'));
    const read = await readPicture(at('turned.png'));
    expect(read.width).toBe(width);
    expect(pixel(read, 0, 0)).toEqual(topLeft);
  });

  test('with its alpha', async () => {
    const data = Uint8Array.from({ length: 9 * 9 * 4 }, (_, index) => [200, 100, 50, 64][index % 4] ?? 0);
    await sharp(data, { raw: { width: 9, height: 9, channels: 4 } })
      .png()
      .toFile(at('alpha.png'));
    expect(pixel(await readPicture(at('alpha.png')), 4, 4)).toEqual([200, 100, 50, 64]);
  });

  test('from CMYK, as sRGB', async () => {
    await twoColours().toColourspace('cmyk').jpeg({ quality: 100 }).toFile(at('cmyk.jpg'));
    expect((await sharp(at('cmyk.jpg')).metadata()).space).toBe('cmyk');
    const [red = 0, green = 255, blue = 255, alpha] = pixel(await readPicture(at('cmyk.jpg')), 2, 5);
    expect(red).toBeGreaterThan(200);
    expect(Math.max(green, blue)).toBeLessThan(80);
    expect(alpha).toBe(255);
  });

  test('from grey and from 16 bits', async () => {
    const values = Uint16Array.from({ length: 8 * 8 }, () => 0x8000);
    await sharp(values, { raw: { width: 8, height: 8, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(at('deep.png'));
    expect((await sharp(at('deep.png')).metadata()).depth).toBe('ushort');
    expect(pixel(await readPicture(at('deep.png')), 3, 3)).toEqual([128, 128, 128, 255]);
  });

  test('when it is 20 000 pixels wide', async () => {
    const wide = sharp({ create: { width: 20_000, height: 40, channels: 3, background: '#123456' } });
    await wide.png().toFile(at('wide.png'));
    const read = await readPicture(at('wide.png'));
    expect([read.width, read.height]).toEqual([20_000, 40]);
    expect(pixel(read, 19_999, 39)).toEqual([0x12, 0x34, 0x56, 255]);
  });
});

describe('a picture is refused', () => {
  test('when it is none', async () => {
    writeFileSync(at('notes.png'), 'Dear diary,\n');
    await expect(readPicture(at('notes.png'))).rejects.toMatchObject({ code: 'picture-undecodable' });
  });

  test('when it is cut off', async () => {
    const whole = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#888' } })
      .jpeg()
      .toBuffer();
    writeFileSync(at('cut.jpg'), whole.subarray(0, whole.length - 200));
    await expect(readPicture(at('cut.jpg'))).rejects.toMatchObject({ code: 'picture-undecodable' });
  });

  test('when it is a pixel', async () => {
    await sharp({ create: { width: 1, height: 1, channels: 3, background: 'red' } })
      .png()
      .toFile(at('dot.png'));
    await expect(readPicture(at('dot.png'))).rejects.toMatchObject({ code: 'picture-too-small' });
  });

  test('when no memory would hold it, before it is decoded', async () => {
    writeFileSync(at('vast.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="20000" height="20000"/>');
    await expect(readPicture(at('vast.svg'))).rejects.toMatchObject({ code: 'picture-too-large' });
  });

  test('when it is not there', async () => {
    await expect(readPicture(at('nowhere.png'))).rejects.toMatchObject({ code: 'file-missing' });
  });
});
