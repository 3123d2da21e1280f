import { describe, expect, test } from 'vitest';
import { shrunkMask } from '../../src/discovery/brushMask.js';
import type { Dissection, LayerDissection } from '../../src/discovery/dissection.js';
import { strokeToUnitEdit, type PaintStroke } from '../../src/discovery/unitPaint.js';
import { rankByRegion } from '../../src/discovery/unitRegion.js';
import { base64ToBytes } from '../../src/latent/base64.js';
import { inStamp, stampSize, stampUnits } from '../planted/stamps.js';
import { expectError } from '../checkpoints/expectError.js';

/** A layer of `iou.length / 2` units that agree so with [door, window], and whose unit n is high at 10 + n. */
function layerWith(name: string, resolution: number, iou: readonly number[]): LayerDissection {
  const channels = iou.length / 2;
  const zeros = new Float64Array(iou.length);
  return {
    layer: { name, channels, resolution },
    agreements: { iou: Float64Array.from(iou), threshold: zeros, informationQualityRatio: zeros },
    high: Float64Array.from({ length: channels }, (_, unit) => 10 + unit),
    present: zeros,
  };
}

const dissection: Dissection = {
  concepts: ['door', 'window'],
  samples: 1,
  areas: Float64Array.of(0.1, 0.9),
  layers: [
    layerWith('coarse', 2, [0.1, 0.9, 0.3, 0, 0.2, 0]),
    layerWith('fine', 4, [0.5, 0, 0, 0.8, 0.4, 0.1, 0.6, 0.2]),
  ],
};

/** Covers the upper left quarter of 8² pixels. */
const quarter = Uint8Array.from({ length: 64 }, (_, pixel) => (pixel % 8 < 4 && pixel < 32 ? 255 : 0));
const stroke: PaintStroke = { layer: null, concept: 'door', mode: 'draw', units: 2, mask: quarter, size: 8 };

describe('a stroke', () => {
  test('draws the best units of the concept at its best layer, as high as they get', () => {
    const { mask, ...edit } = strokeToUnitEdit(dissection, stroke);
    expect(edit).toEqual({
      name: 'Draw door',
      layer: 'fine',
      units: [3, 0],
      values: [13, 10],
      strength: 1,
      muted: false,
    });
    const expected = [255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect([...(base64ToBytes(mask ?? '') ?? [])]).toEqual(expected);
  });

  test('erases with zeros, at the layer that is asked for', () => {
    const edit = strokeToUnitEdit(dissection, { ...stroke, layer: 'coarse', mode: 'erase', units: 3 });
    expect(edit).toMatchObject({ name: 'Erase door', layer: 'coarse', units: [1, 2, 0], values: [0, 0, 0] });
    expect([...(base64ToBytes(edit.mask ?? '') ?? [])]).toEqual([255, 0, 0, 0]);
  });

  test('stays within the picture where a layer reaches beyond it', () => {
    const [, fine] = dissection.layers;
    if (fine === undefined) throw new Error('there are two layers');
    const wide = { ...dissection, layers: [{ ...fine, layer: { ...fine.layer, margin: 1 } }] };
    const { mask } = strokeToUnitEdit(wide, { ...stroke, mask: new Uint8Array(64).fill(255) });
    const expected = [0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 0, 0, 0];
    expect([...(base64ToBytes(mask ?? '') ?? [])]).toEqual(expected);
  });

  test.each<[string, Partial<PaintStroke>, string]>([
    ['of an unknown concept', { concept: 'roof' }, 'concept-missing'],
    ['at a layer that was not dissected', { layer: 'other' }, 'not-dissected'],
    ['that covers nothing', { mask: new Uint8Array(64) }, 'mask-empty'],
    ['of another size', { size: 9 }, 'mask-size'],
    ['of no pixel', { mask: new Uint8Array(), size: 0 }, 'mask-size'],
    ['with no unit', { units: 0 }, 'invalid-dissection'],
  ])('%s is refused', (_, wrong, code) => {
    expectError(code, () => strokeToUnitEdit(dissection, { ...stroke, ...wrong }));
  });

  test('on a model that was not dissected is refused', () => {
    expectError('not-dissected', () => strokeToUnitEdit({ ...dissection, layers: [] }, stroke));
  });
});

describe('a mask made coarse', () => {
  test('keeps its area, whatever the ratio', () => {
    const mask = Uint8Array.from({ length: 49 }, (_, pixel) => (pixel % 3 === 0 ? 200 : 10));
    const mean = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    for (const to of [1, 2, 3, 5, 7]) expect(mean(shrunkMask(mask, 7, to))).toBeCloseTo(mean(mask), 0);
    expect(shrunkMask(mask, 7, 7)).toEqual(mask);
  });

  test('counts a place by how much of it is covered, and grows to finer maps', () => {
    expect([...shrunkMask(Uint8Array.of(255, 0, 0, 0), 2, 1)]).toEqual([64]);
    expect([...shrunkMask(Uint8Array.of(7, 9, 1, 3), 2, 4)]).toEqual([7, 7, 9, 9, 7, 7, 9, 9, 1, 1, 3, 3, 1, 1, 3, 3]);
  });
});

describe('units of a brushed region', () => {
  const layer = { name: 'stamps', channels: 256, resolution: stampSize };
  const places = stampSize ** 2;
  const features = Float32Array.from({ length: 256 * places }, (_, index) => {
    const [unit, place] = [Math.floor(index / places), index % places];
    if (unit !== stampUnits.strip) return Math.abs(Math.sin(index * 12.9898) * 43758.5453) % 1;
    return inStamp('strip', Math.floor(place / stampSize), place % stampSize) ? 2 : 0;
  });

  test('the strip’s unit ranks first of 256, by far', () => {
    const brush = Uint8Array.from({ length: 32 * 32 }, (_, pixel) => (pixel >= 30 * 32 ? 255 : 0));
    const ranked = rankByRegion(layer, features, brush, 32);
    expect(ranked).toHaveLength(256);
    expect(ranked[0]).toMatchObject({ unit: stampUnits.strip, layer: 'stamps', concept: 'region' });
    expect(ranked[0]?.iou).toBeGreaterThan(0.9);
    expect(ranked[1]?.iou).toBeLessThan(0.3);
  });

  test('a brush thinner than a place is a region, too', () => {
    const brush = Uint8Array.from({ length: 512 * 512 }, (_, pixel) => (pixel >= 511 * 512 ? 255 : 0));
    expect(rankByRegion(layer, features, brush, 512)[0]?.unit).toBe(stampUnits.strip);
  });

  test('nothing brushed, or a mask of another size, is refused', () => {
    expectError('mask-empty', () => rankByRegion(layer, features, new Uint8Array(16), 4));
    expectError('mask-size', () => rankByRegion(layer, features, new Uint8Array(15), 4));
  });
});
