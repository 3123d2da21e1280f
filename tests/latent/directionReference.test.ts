import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Direction } from '../../src/latent/direction.js';
import { decodeDirectionData, encodeDirectionData } from '../../src/latent/directionData.js';
import { directionOfVector, referenceOf } from '../../src/latent/directionReference.js';

const sizes = { zDim: 4, wDim: 3, numWs: 5 };
const sefa: Direction = {
  name: 'SeFa 1',
  space: 'w',
  layers: [0, 1],
  dim: 3,
  vectors: Float32Array.of(0.6, 0, 0.8),
  unit: 'unit length in w',
  provenance: { method: 'sefa', parameters: { layers: '0-1', index: 0 }, modelHash: 'abc' },
  statistics: {},
};

describe('encodeDirectionData', () => {
  it('writes little-endian f32', () => {
    expect(encodeDirectionData(Float32Array.of(1, -2))).toBe('AACAPwAAAMA=');
  });

  it('is read back exactly', () => {
    fc.assert(
      fc.property(fc.float32Array({ minLength: 1, noNaN: true, noDefaultInfinity: true }), (vectors) => {
        expect(decodeDirectionData(encodeDirectionData(vectors))).toEqual(vectors);
      }),
    );
  });

  it.each(['', 'A', 'AAAA', 'AACAPw', 'not base64', 'AADAfw=='])('refuses to read %j', (data) => {
    expect(() => decodeDirectionData(data)).toThrow(expect.objectContaining({ code: 'invalid-direction-data' }));
  });
});

describe('referenceOf', () => {
  it('names SeFa on its own model and carries the numbers elsewhere', () => {
    expect(referenceOf(sefa, 'abc', 5)).toEqual({ method: 'sefa', layers: '0-1', index: 0 });
    expect(referenceOf(sefa, 'other', 5)).toEqual({
      method: 'vector',
      space: 'w',
      data: encodeDirectionData(sefa.vectors),
    });
  });

  it('gives every layer of w+ its row, zero where the direction does not act', () => {
    const direction: Direction = {
      ...sefa,
      space: 'w+',
      layers: [1, 3],
      vectors: Float32Array.of(1, 2, 3, 4, 5, 6),
      provenance: { method: 'imported', parameters: {}, modelHash: null },
    };
    const reference = referenceOf(direction, 'abc', 5);
    if (reference.method !== 'vector') throw new Error('expected numbers');
    const rebuilt = directionOfVector(reference, 'mine', sizes);
    expect(rebuilt.layers).toEqual([0, 1, 2, 3, 4]);
    expect(Array.from(rebuilt.vectors)).toEqual([0, 0, 0, 1, 2, 3, 0, 0, 0, 4, 5, 6, 0, 0, 0]);
  });

  it('refuses a vector of another size of model', () => {
    const data = encodeDirectionData(Float32Array.of(1, 2));
    expect(() => directionOfVector({ method: 'vector', space: 'z', data }, 'mine', sizes)).toThrow(
      'The direction "mine" of z has 2 numbers. This model expects 1 × 4',
    );
  });
});
