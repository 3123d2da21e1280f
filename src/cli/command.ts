import type { Arguments } from './arguments.js';
import type { CommandSyntax } from './commandSyntax.js';
import type { Terminal } from './terminal.js';

export interface Command extends CommandSyntax {
  /** True when it computes on the GPU. */
  readonly usesGpu: boolean;
  run(args: Arguments, terminal: Terminal): Promise<void>;
}
