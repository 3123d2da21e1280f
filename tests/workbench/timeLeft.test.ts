import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { TimeLeft } from '../../src/workbench/timeLeft.js';

let timeLeft: TimeLeft;

beforeEach(() => {
  vi.useFakeTimers();
  timeLeft = new TimeLeft();
});
afterEach(() => void vi.useRealTimers());

function after(seconds: number, phase: string, done: number): number | null {
  vi.advanceTimersByTime(seconds * 1000);
  return timeLeft.after(phase, done);
}

test('time left is not guessed before a job has shown its pace', () => {
  expect(after(0, 'Sampling', 0)).toBeNull();
  expect(after(1, 'Sampling', 0.01)).toBeNull();
  expect(after(4, 'Sampling', 0.05)).toBeCloseTo(95, 6);
});

test('a slower phase counts on by its own pace once it has shown it', () => {
  after(0, 'Sampling', 0);
  after(10, 'Sampling', 0.5);
  expect(after(0.2, 'Ranking', 0.5)).toBeCloseTo(9.8, 6);
  expect(after(1, 'Ranking', 0.51)).toBeCloseTo(8.8, 6);
  // Ten hundredths in ten seconds: forty more take forty.
  expect(after(9, 'Ranking', 0.6)).toBeCloseTo(40, 6);
});

test('a countdown does not go below nothing', () => {
  after(0, 'Sampling', 0);
  after(10, 'Sampling', 0.5);
  expect(after(60, 'Ranking', 0.5)).toBe(0);
});

test('a job that begins again counts anew', () => {
  after(0, 'Sampling', 0);
  after(10, 'Ranking', 0.5);
  after(10, 'Ranking', 0.6);
  after(1, 'Sampling', 0);
  expect(after(5, 'Sampling', 0.1)).toBeCloseTo(45, 6);
});
