export interface OptionSpec {
  /** How its value is written in the help, "0-3,7"; null for an option that takes none. */
  readonly value: string | null;
  readonly help: string;
  /** Whether it may be given several times. */
  readonly repeats?: true;
}

/** What one word of the command line takes, and how its help explains it. */
export interface CommandSyntax {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Names of the operands, all required: `CHECKPOINT`. */
  readonly operands: readonly string[];
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** What the usage line shows after the operands. */
  readonly usage: string;
  /** Paragraphs under the options. */
  readonly notes: readonly string[];
  /** Complete command lines. */
  readonly examples: readonly string[];
}
