import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { Sha256, sha256Of } from '../../src/ui/library/sha256.js';

const bytes = (length: number): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length }, (_, index) => (index * 37) % 251);
const expected = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

test.each([0, 1, 3, 55, 56, 63, 64, 65, 119, 120, 1000, 100_003])('agrees on %d bytes', (length) => {
  expect(new Sha256().update(bytes(length)).hex()).toBe(expected(bytes(length)));
});

test('does not mind how the bytes are cut', () => {
  const data = bytes(1000);
  const hash = new Sha256();
  for (let from = 0, size = 1; from < data.length; from += size, size += 7)
    hash.update(data.subarray(from, from + size));
  expect(hash.hex()).toBe(expected(data));
});

test('reads a file piece by piece', async () => {
  const data = bytes(300_000);
  const seen: number[] = [];
  expect(await sha256Of(new Blob([data]), (done) => seen.push(done))).toBe(expected(data));
  expect(seen.at(-1)).toBe(300_000);
});
