import { expect } from 'vitest';
import { GanvasError } from '../../src/engine/errors.js';

/** Runs `action`, which must throw a `GanvasError` with this code, and returns the error. */
export function expectError(code: string, action: () => unknown): GanvasError {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  if (!(thrown instanceof GanvasError)) throw new Error(`expected GanvasError ${code}, got ${String(thrown)}`);
  expect(thrown.code).toBe(code);
  return thrown;
}

/** Runs `action`, which may succeed or throw a typed `GanvasError`, and nothing else. */
export function expectTypedOutcome(action: () => unknown): void {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(GanvasError);
    if (error instanceof GanvasError) expect(error.code).not.toBe('unexpected');
  }
}
