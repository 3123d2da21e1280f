import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBytes, formatPlain, formatSigned, parseNumber } from '../../src/ui/format.js';

describe('numbers in the page', () => {
  it.each([
    [1.8, '+1.8'],
    [-0.6, '\u22120.6'],
    [0, '0'],
    [-0.001, '0'],
    [3, '+3'],
  ])('writes %d as %s', (value, text) => expect(formatSigned(value)).toBe(text));

  it('writes plain numbers without a plus', () =>
    expect([formatPlain(0.7), formatPlain(-1)]).toEqual(['0.7', '\u22121']));

  it.each(['abc', '', '1e999', 'NaN', 'Infinity', '1.2.3', '--1', '1 2'])('refuses %j', (text) =>
    expect(parseNumber(text)).toBeNull(),
  );

  it.each([
    ['+1,5', 1.5],
    [' \u22122 ', -2],
    ['.5', 0.5],
    ['1e1', 10],
  ])('reads %j', (text, value) => expect(parseNumber(text)).toBe(value));

  it('reads back what it writes, to the digits it shows', () => {
    fc.assert(
      fc.property(fc.double({ min: -1000, max: 1000, noNaN: true }), (value) => {
        expect(parseNumber(formatSigned(value))).toBeCloseTo(value, 1);
      }),
    );
  });

  it('writes sizes in the unit that fits', () => {
    expect([formatBytes(3.2e9), formatBytes(41.4e6), formatBytes(1500)]).toEqual(['3.2 GB', '41 MB', '2 kB']);
  });
});
