import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLayerRange, isLayerRangeText, parseLayerRange } from '../../src/latent/layerRange.js';
import { parseSeedRange } from '../../src/latent/seedRange.js';

describe('parseLayerRange', () => {
  it.each([
    ['0-3,7', [0, 1, 2, 3, 7]],
    [' 7 , 0 - 3 ', [0, 1, 2, 3, 7]],
    ['2-4,3-5,4', [2, 3, 4, 5]],
    ['all', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['9', [9]],
  ])('reads %j', (text, layers) => {
    expect(parseLayerRange(text, 10)).toEqual(layers);
    expect(isLayerRangeText(text)).toBe(true);
  });

  it.each(['', '3-1', '10', '0-10', '-1', '1,,2', '1.5', 'none', '0x1', '1-2-3', '99999999999'])(
    'refuses %j',
    (text) => {
      expect(() => parseLayerRange(text, 10)).toThrow(
        expect.objectContaining({ code: 'invalid-layer-range', details: { text, min: 0, max: 9 } }),
      );
    },
  );

  it('names the text and the valid layers', () => {
    expect(() => parseLayerRange('0-12', 10)).toThrow(
      '"0-12" is not a range of layers of this model. Expected layers from 0 to 9, such as "0-3,7", or "all".',
    );
  });

  it('reads back any set of layers', () => {
    const layersOfModel = fc
      .integer({ min: 1, max: 30 })
      .chain((numWs) => fc.tuple(fc.constant(numWs), fc.uniqueArray(fc.nat(numWs - 1), { minLength: 1 })));
    fc.assert(
      fc.property(layersOfModel, ([numWs, layers]) => {
        const text = formatLayerRange(layers, numWs);
        expect(parseLayerRange(text, numWs)).toEqual([...layers].sort((a, b) => a - b));
        expect(formatLayerRange(parseLayerRange(text, numWs), numWs)).toBe(text);
        expect(text === 'all').toBe(layers.length === numWs);
      }),
    );
  });
});

describe('formatLayerRange', () => {
  it.each([[[]], [[10]], [[-1]], [[0.5]]])('refuses %j', (layers) => {
    expect(() => formatLayerRange(layers, 10)).toThrow(expect.objectContaining({ code: 'invalid-layer-range' }));
  });
});

describe('parseSeedRange', () => {
  it('keeps order and repetitions', () => {
    expect(parseSeedRange('7, 0-3, 2')).toEqual([7, 0, 1, 2, 3, 2]);
    expect(parseSeedRange('4294967295')).toEqual([4294967295]);
  });

  it.each(['', 'a', '3-1', '4294967296', '-3', '1;2'])('refuses %j', (text) => {
    expect(() => parseSeedRange(text)).toThrow(expect.objectContaining({ code: 'invalid-seed-range' }));
  });

  it('refuses billions of seeds before making them', () => {
    expect(() => parseSeedRange('0-4294967295')).toThrow('At most 1000000 are made in one go');
  });
});
