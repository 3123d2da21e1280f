import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { modelHash } from '../../src/checkpoints/modelHash.js';

const stored = (
  values: readonly number[],
  shape: readonly number[],
  strides: readonly number[] | null = null,
): StoredTensor => ({
  dtype: 'f32',
  shape,
  strides,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

describe('modelHash', () => {
  it('is SHA-256 over sorted lines of name, shape and content', async () => {
    const digest = (data: Uint8Array | string): string => createHash('sha256').update(data).digest('hex');
    const lines = `"a" [] ${digest(new Uint8Array(new Float32Array([7]).buffer))}\n"b" [2] ${digest(
      new Uint8Array(new Float32Array([1, 2]).buffer),
    )}\n`;
    const tensors = new Map([
      ['b', stored([1, 2], [2])],
      ['a', stored([7], [])],
    ]);
    expect(await modelHash(tensors)).toBe(digest(lines));
  });

  it('does not depend on order, strides, alignment or exact storage type', async () => {
    const plain = await modelHash(new Map([['w', stored([1, 2, 3, 4], [2, 2])]]));
    expect(await modelHash(new Map([['w', stored([1, 3, 2, 4], [2, 2], [1, 2])]]))).toBe(plain);
    const halves: StoredTensor = {
      dtype: 'f16',
      shape: [2, 2],
      strides: null,
      bytes: new Uint8Array(new Uint16Array([0x3c00, 0x4000, 0x4200, 0x4400]).buffer),
    };
    expect(await modelHash(new Map([['w', halves]]))).toBe(plain);
  });

  it('is told apart by a text, and not by none', async () => {
    const tensors = new Map([['w', stored([1, 2], [2])]]);
    const plain = await modelHash(tensors);
    expect(await modelHash(tensors, null)).toBe(plain);
    expect(new Set([plain, await modelHash(tensors, ''), await modelHash(tensors, 'a')]).size).toBe(3);
    expect(await modelHash(tensors, 'a')).toBe(await modelHash(tensors, 'a'));
  });

  it('depends on names, shapes and values', async () => {
    const all = await Promise.all([
      modelHash(new Map()),
      modelHash(new Map([['w', stored([1, 2], [2])]])),
      modelHash(new Map([['v', stored([1, 2], [2])]])),
      modelHash(new Map([['w', stored([1, 2], [1, 2])]])),
      modelHash(new Map([['w', stored([1, 3], [2])]])),
    ]);
    expect(new Set(all).size).toBe(5);
  });
});
