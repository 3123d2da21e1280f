import { asGanvasError } from '../engine/errors.js';

/** An error as it crosses a Worker boundary. */
export interface SerializedError {
  readonly code: string;
  readonly message: string;
  readonly details: Readonly<Record<string, string | number>>;
}

export function serializeError(thrown: unknown): SerializedError {
  const { code, message, details } = asGanvasError(thrown);
  return { code, message, details };
}
