/**
 * The one error type of the project. `code` is for machines and never changes once released;
 * `message` is for people: what was wrong, what was expected, what to do.
 */
export class GanvasError extends Error {
  override readonly name = 'GanvasError';

  constructor(
    readonly code: string,
    message: string,
    readonly details: Readonly<Record<string, string | number>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Wraps whatever was thrown, so that callers handle one type. A `GanvasError` passes unchanged. */
export function asGanvasError(thrown: unknown): GanvasError {
  if (thrown instanceof GanvasError) return thrown;
  if (thrown instanceof Error) return new GanvasError('unexpected', thrown.message, {}, { cause: thrown });
  return new GanvasError('unexpected', String(thrown));
}
