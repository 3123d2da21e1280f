import { describe, expect, it } from 'vitest';
import { ZipArchive } from '../../src/checkpoints/zipArchive.js';
import { expectError } from './expectError.js';
import { writeZip, type ZipFile, type ZipOptions } from './torchWriter.js';

const files: readonly ZipFile[] = [
  { name: 'a/first', content: new Uint8Array(1000).map((_, i) => i % 7) },
  { name: 'a/empty', content: new Uint8Array() },
  { name: 'a/größe', content: Uint8Array.of(1, 2, 3) },
];
const firstSize = files[0]?.content.length ?? 0;

function open(options: ZipOptions = {}): ZipArchive {
  return new ZipArchive(writeZip(files, options));
}

describe('a zip archive', () => {
  it.each<[string, ZipOptions]>([
    ['stored', {}],
    ['deflated', { deflate: true }],
    ['zip64', { zip64: true }],
    ['zip64 and deflated', { zip64: true, deflate: true }],
  ])('gives names and contents: %s', (_, options) => {
    const archive = open(options);
    expect(archive.names).toEqual(files.map(({ name }) => name));
    for (const { name, content } of files) expect(archive.read(name)).toEqual(content);
    expect(archive.read('a/none')).toBeNull();
  });

  it('gives stored entries as views, and unpacks deflated ones once', () => {
    const bytes = writeZip(files);
    expect(new ZipArchive(bytes).read('a/first')?.buffer).toBe(bytes.buffer);
    const deflated = open({ deflate: true });
    expect(deflated.read('a/first')).toBe(deflated.read('a/first'));
  });

  it('allows a comment at its end, and no other bytes', () => {
    const bytes = writeZip(files);
    const comment = new Uint8Array([...bytes, 1, 2, 3]);
    expectError('zip-truncated', () => new ZipArchive(comment));
    comment[bytes.length - 2] = 3;
    expect(new ZipArchive(comment).names.length).toBe(3);
  });

  it('says that it is cut off wherever it is', () => {
    const bytes = writeZip(files, { zip64: true });
    for (let length = 0; length < bytes.length; length += 13) {
      expectError('zip-truncated', () => new ZipArchive(bytes.subarray(0, length)));
    }
  });

  it.each<[string, Record<string, number>, RegExp]>([
    ['larger than the file', { packed: 1e6 }, /reaches beyond/],
    ['beyond 4 GiB without the field', { size: 0xffffffff }, /no zip64 field/],
    ['at another place', { header: 1 }, /does not begin at byte 1/],
    ['at a place beyond the end', { header: 1e9 }, /does not begin/],
  ])('refuses an entry %s', (_, patch, words) => {
    const error = expectError('zip-damaged', () => open({ patch: { 'a/first': patch } }));
    expect(error.message).toMatch(words);
  });

  it('refuses entries that share bytes, which is how a small archive becomes a large one', () => {
    expectError('zip-damaged', () => open({ patch: { 'a/größe': { header: 0 } } }));
    expectError(
      'zip-damaged',
      () => new ZipArchive(writeZip([files[0], files[0]].filter((file) => file !== undefined))),
    );
  });

  it.each<[string, Record<string, number>]>([
    ['more than deflate can make', { size: 2 ** 30 }],
    ['too much', { size: firstSize - 1 }],
    ['too little', { size: firstSize + 1 }],
  ])('refuses to unpack %s', (_, patch) => {
    const archive = open({ deflate: true, patch: { 'a/first': patch } });
    expectError('zip-damaged', () => archive.read('a/first'));
  });

  it('refuses to grow beyond three times the file, and a megabyte, all entries together', () => {
    const zeros = new Uint8Array(2 ** 20 - 1);
    const archive = new ZipArchive(
      writeZip(
        [
          { name: 'a', content: zeros },
          { name: 'b', content: zeros },
        ],
        { deflate: true },
      ),
    );
    expect(archive.read('a')?.length).toBe(zeros.length);
    expect(archive.read('a')?.length).toBe(zeros.length);
    expect(expectError('zip-damaged', () => archive.read('b')).message).toContain('may be unpacked');
  });

  it('refuses bytes that are not deflated', () => {
    const archive = open({ patch: { 'a/first': { method: 8 } } });
    expectError('zip-damaged', () => archive.read('a/first'));
  });

  it('says what it does not know: encryption, other methods, several disks', () => {
    expectError('zip-unsupported', () => open({ patch: { 'a/first': { flags: 1 } } }));
    const lzma = open({ patch: { 'a/first': { method: 14 } } });
    expect(expectError('zip-unsupported', () => lzma.read('a/first')).message).toContain('method 14');
    const split = writeZip(files);
    split[split.length - 18] = 1;
    expectError('zip-unsupported', () => new ZipArchive(split));
  });

  it('refuses directories that are not there or claim too much', () => {
    const ending = (at: number, value: number): Uint8Array => {
      const bytes = writeZip(files);
      new DataView(bytes.buffer).setUint16(bytes.length - 22 + at, value, true);
      return bytes;
    };
    expect(expectError('zip-damaged', () => new ZipArchive(ending(10, 60_000))).message).toContain('claim');
    expectError('zip-damaged', () => new ZipArchive(ending(12, 60_000)));
    expectError('zip-damaged', () => new ZipArchive(ending(16, 0)));
    const wide = writeZip(files, { zip64: true });
    new DataView(wide.buffer).setBigUint64(wide.length - 22 - 12, 2n ** 63n, true);
    expectError('zip-damaged', () => new ZipArchive(wide));
  });
});
