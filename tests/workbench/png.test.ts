import { decode, encode } from 'fast-png';
import fc from 'fast-check';
import { zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { encodePng, readPngText, type PngPicture } from '../../src/workbench/png.js';
import { latentFromSeed } from '../../src/latent/randomState.js';

const anyPicture: fc.Arbitrary<PngPicture> = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.constantFrom(3, 4))
  .chain(([width, height, channels]) => {
    const samples = width * height * channels;
    return fc
      .oneof(
        fc.uint8Array({ minLength: samples, maxLength: samples }),
        // A gradient, on which the other filters win.
        fc.nat(255).map((start) => Uint8Array.from({ length: samples }, (_, i) => start + 3 * i)),
      )
      .map((data) => ({ width, height, data }));
  });

const tiny: PngPicture = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };

/** A PNG of one pixel with one more chunk after the header. */
function withChunk(type: string, data: Uint8Array): Uint8Array {
  const png = encodePng(tiny);
  const chunk = Buffer.alloc(data.length + 12);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, data.length + 8)), data.length + 8);
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)]);
}

/** Bit by bit, unlike the table of the encoder. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return (crc ^ 0xffff_ffff) >>> 0;
}

describe('encodePng', () => {
  it('is decoded to the same pixels by another program', () => {
    fc.assert(
      fc.property(anyPicture, (picture) => {
        const { width, height, channels, depth, data } = decode(encodePng(picture), { checkCrc: true });
        expect({ width, height, depth }).toEqual({ width: picture.width, height: picture.height, depth: 8 });
        expect(channels).toBe(picture.data.length / picture.width / picture.height);
        expect(Array.from(data)).toEqual(Array.from(picture.data));
      }),
    );
  });

  it('filters a gradient to almost nothing', () => {
    const side = 64;
    const data = Uint8ClampedArray.from(
      { length: side * side * 4 },
      (_, i) => (i % (side * 4)) + Math.floor(i / side / 4),
    );
    expect(encodePng({ width: side, height: side, data }).length).toBeLessThan(1200);
  });

  it('keeps any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(readPngText(encodePng(tiny, { 'ganvas-recipe': value, Title: 'é' }))).toEqual({
          'ganvas-recipe': value,
          Title: 'é',
        });
      }),
    );
  });

  it('compresses long text', () => {
    const value = JSON.stringify(Array.from(latentFromSeed(0, 512))).repeat(20);
    const png = encodePng(tiny, { 'ganvas-recipe': value });
    expect(png.length).toBeLessThan(value.length);
    expect(readPngText(png)['ganvas-recipe']).toBe(value);
    expect(decode(png, { checkCrc: true }).width).toBe(1);
  });

  it.each(['', ' a', 'a ', 'a'.repeat(80), 'ключ', 'a\nb'])('refuses the keyword %j', (keyword) => {
    expect(() => encodePng(tiny, { [keyword]: 'x' })).toThrow(expect.objectContaining({ code: 'invalid-png-keyword' }));
  });

  it.each([
    [2, 1, 3],
    [0, 0, 0],
    [1, 1, 2],
    [0.5, 2, 3],
  ])('refuses %s × %s with %s samples', (width, height, samples) => {
    const data = new Uint8Array(samples);
    expect(() => encodePng({ width, height, data })).toThrow(expect.objectContaining({ code: 'invalid-picture' }));
  });
});

describe('readPngText', () => {
  it('reads the text of another program', () => {
    const png = encode({
      width: 1,
      height: 1,
      data: Uint8Array.of(0, 0, 0),
      channels: 3,
      text: { Software: 'x', Author: 'é' },
    });
    expect(readPngText(png)).toEqual({ Software: 'x', Author: 'é' });
  });

  it('reads compressed Latin-1 and a language tag', () => {
    const latin = Buffer.concat([Buffer.from('Note\0\0', 'latin1'), zlibSync(Buffer.from('é', 'latin1'))]);
    expect(readPngText(withChunk('zTXt', latin))).toEqual({ Note: 'é' });
    const tagged = Buffer.from('Note\0\0\0de\0Notiz\0für', 'utf8');
    expect(readPngText(withChunk('iTXt', tagged))).toEqual({ Note: 'für' });
  });

  it('takes the first of two and no prototype', () => {
    const png = Buffer.from(withChunk('tEXt', Buffer.from('Note\0first')));
    const second = Buffer.from(withChunk('tEXt', Buffer.from('Note\0second'))).subarray(33, 33 + 23);
    expect(readPngText(Buffer.concat([png.subarray(0, -12), second, png.subarray(-12)]))).toEqual({ Note: 'first' });
    const texts = readPngText(withChunk('tEXt', Buffer.from('__proto__\0x')));
    expect(Object.getPrototypeOf(texts)).toBe(Object.prototype);
    expect(Object.hasOwn(texts, '__proto__')).toBe(true);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array(0)],
    ['a JPEG', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0)],
    ['a text without end of keyword', withChunk('tEXt', Buffer.from('Note'))],
    ['a text without language', withChunk('iTXt', Buffer.from('Note\0\0\0'))],
    ['an unknown compression flag', withChunk('iTXt', Buffer.from('Note\0\x02\0\0\0x'))],
    ['an unknown compression method', withChunk('zTXt', Buffer.from('Note\0\x01x'))],
    ['broken compression', withChunk('zTXt', Buffer.from('Note\0\0xxxxxx'))],
    ['text that is not UTF-8', withChunk('iTXt', Buffer.from('Note\0\0\0\0\0\xff', 'latin1'))],
    ['a bomb', withChunk('zTXt', Buffer.concat([Buffer.from('Note\0\0'), zlibSync(new Uint8Array(32 * 1024 * 1024))]))],
    ['no header', Buffer.concat([encodePng(tiny).subarray(0, 8), encodePng(tiny).subarray(33)])],
  ])('refuses %s', (_, bytes) => {
    expect(() => readPngText(bytes)).toThrow(expect.objectContaining({ code: 'invalid-png' }));
  });

  it('refuses every cut and every flipped byte', () => {
    const png = encodePng(tiny, { Note: 'x' });
    for (let length = 0; length < png.length; length++) {
      expect(() => readPngText(png.subarray(0, length))).toThrow(expect.objectContaining({ code: 'invalid-png' }));
      const flipped = png.map((value, i) => (i === length ? value ^ 0x55 : value));
      expect(() => readPngText(flipped)).toThrow(expect.objectContaining({ code: 'invalid-png' }));
    }
  });
});
