import { asGanvasError, type GanvasError } from '../engine/errors.js';
import { printable } from './terminal.js';

export const EXIT_FAILURE = 1;
export const EXIT_BAD_INPUT = 2;

/**
 * Codes of what is not the input's fault: the machine, the driver, the disk, the network, or a defect of ours. Every
 * other code names something wrong with a file or an argument.
 */
const FAILURES =
  /^(unexpected|gpu-.*|shader-.*|profile-.*|bench-.*|shape-mismatch|bad-argument|input-missing|input-size|not-differentiable|invalid-picture|invalid-registry|output-failed|download-failed|inversion-diverged|causal-diverged|no-picture-decoder)$/;

export function exitCodeOf(error: GanvasError): number {
  return FAILURES.test(error.code) ? EXIT_FAILURE : EXIT_BAD_INPUT;
}

/** One line; with `debug` also the code, the details and where it was thrown. */
export function describeFailure(thrown: unknown, debug: boolean): { readonly text: string; readonly exitCode: number } {
  const error = asGanvasError(thrown);
  const line = `ganvas: ${printable(error.message).trim()}`;
  return {
    text: debug ? `${line}\n[${error.code}] ${JSON.stringify(error.details)}\n${traceOf(error)}` : line,
    exitCode: exitCodeOf(error),
  };
}

function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by ${traceOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
