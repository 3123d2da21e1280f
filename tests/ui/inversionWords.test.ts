import { describe, expect, it } from 'vitest';
import { moveCrop, pullCorner, resizeCrop } from '../../src/ui/crop.js';
import { formatTimeLeft } from '../../src/ui/format.js';
import { decibels } from '../../src/ui/inversionWords.js';
import { logScale } from '../../src/ui/lossScale.js';

const picture = { width: 90, height: 60 };

describe('a crop', () => {
  it('stays a square inside the picture, whatever is done to it', () => {
    const crop = { x: 10, y: 10, size: 40 };
    expect(moveCrop(crop, 100, -100, picture)).toEqual({ x: 50, y: 0, size: 40 });
    expect(resizeCrop(crop, 100, picture)).toEqual({ x: 0, y: 0, size: 60 });
    expect(resizeCrop(crop, -100, picture)).toEqual({ x: 26, y: 26, size: 8 });
    expect(pullCorner(crop, 'se', { x: 200, y: 200 }, picture)).toEqual({ x: 10, y: 10, size: 50 });
    expect(pullCorner(crop, 'nw', { x: 30, y: 25 }, picture)).toEqual({ x: 25, y: 25, size: 25 });
    expect(pullCorner(crop, 'ne', { x: 0, y: 60 }, picture)).toEqual({ x: 10, y: 42, size: 8 });
  });
});

describe('words', () => {
  it.each([
    [0.2, '0:01 left'],
    [75, '1:15 left'],
    [3723, '1:02:03 left'],
  ])('%d seconds are %s', (seconds, words) => expect(formatTimeLeft(seconds)).toBe(words));

  it('prints decibels', () => {
    expect(decibels(31.44)).toBe('31.4 dB');
    expect(decibels(Infinity)).toBe('identical');
  });
});

describe('the axis of the loss', () => {
  it('is logarithmic, and marks powers of ten or what lies between', () => {
    const wide = logScale([1, 0.1, 0.001]);
    expect(wide.place(1)).toBe(1);
    expect(wide.place(0.001)).toBe(0);
    expect(wide.place(Math.sqrt(0.001))).toBeCloseTo(0.5);
    expect(wide.ticks).toEqual([0.001, 0.01, 0.1, 1]);
    expect(logScale([0.4, 0.03]).ticks).toEqual([0.05, 0.1, 0.2]);
  });

  it('has room for a single value, and for none that can be drawn', () => {
    expect(logScale([3]).place(3)).toBeCloseTo(0.5);
    expect(logScale([0, NaN]).place(0)).toBe(0);
  });

  it('does not crowd its marks', () => expect(logScale([1e-9, 1e3]).ticks.length).toBeLessThanOrEqual(6));
});
