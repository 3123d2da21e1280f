import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planMemory, type Lifetime } from '../../src/engine/memoryPlan.js';

const lifetime: fc.Arbitrary<Lifetime> = fc
  .record({ bytes: fc.integer({ min: 1, max: 64 }).map((n) => n * 4), first: fc.nat(30), length: fc.nat(8) })
  .map(({ bytes, first, length }) => ({ bytes, first, last: first + length }));

const lifetimes = fc.array(lifetime, { maxLength: 60 });

const liveAt = (all: readonly Lifetime[], step: number): number =>
  all.filter(({ first, last }) => first <= step && step <= last).reduce((sum, { bytes }) => sum + bytes, 0);

test('what is alive together never shares a slot, and fits the slot it has', () => {
  fc.assert(
    fc.property(lifetimes, (all) => {
      const { slotOf, slotBytes } = planMemory(all);
      all.forEach((a, i) => {
        expect(slotBytes[slotOf[i] ?? -1]).toBeGreaterThanOrEqual(a.bytes);
        all.slice(0, i).forEach((b, j) => {
          if (a.first <= b.last && b.first <= a.last) expect(slotOf[i]).not.toBe(slotOf[j]);
        });
      });
    }),
  );
});

test('the total is that of the slots, at most the sum of all, at least what is alive at any one step', () => {
  fc.assert(
    fc.property(lifetimes, (all) => {
      const { totalBytes, slotBytes } = planMemory(all);
      expect(totalBytes).toBe(slotBytes.reduce((sum, bytes) => sum + bytes, 0));
      expect(totalBytes).toBeLessThanOrEqual(all.reduce((sum, { bytes }) => sum + bytes, 0));
      const peak = Math.max(0, ...Array.from({ length: 40 }, (_, step) => liveAt(all, step)));
      expect(totalBytes).toBeGreaterThanOrEqual(peak);
    }),
  );
});

test('no slot is larger than its largest tenant', () => {
  fc.assert(
    fc.property(lifetimes, (all) => {
      const { slotOf, slotBytes } = planMemory(all);
      const largest = slotBytes.map((_, slot) =>
        Math.max(...all.filter((_, i) => slotOf[i] === slot).map((a) => a.bytes)),
      );
      expect(slotBytes).toEqual(largest);
    }),
  );
});

test('a chain takes two slots, however long', () => {
  const chain = Array.from({ length: 100 }, (_, step) => ({ bytes: 16, first: step, last: step + 1 }));
  expect(planMemory(chain).totalBytes).toBe(32);
});

test('nothing takes nothing', () => {
  expect(planMemory([])).toEqual({ slotOf: [], slotBytes: [], totalBytes: 0 });
});
