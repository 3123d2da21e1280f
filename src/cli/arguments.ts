import { parseArgs } from 'node:util';
import { GanvasError } from '../engine/errors.js';
import type { CommandSyntax, OptionSpec } from './commandSyntax.js';

/** Options that every command takes. */
export const COMMON_OPTIONS = {
  help: { value: null, help: 'Show this help.' },
  debug: { value: null, help: 'Show where an error came from.' },
} as const;

/** A wrong command line: exit 2. */
export function usageError(message: string): GanvasError {
  return new GanvasError('usage', message);
}

/** The arguments of one command, checked for form: every option is known, given once unless it repeats, and has its value. */
export class Arguments {
  constructor(
    private readonly operands: readonly string[],
    private readonly values: ReadonlyMap<string, readonly string[]>,
    private readonly flags: ReadonlySet<string>,
  ) {}

  /** @throws GanvasError `usage` when the operand is missing; cannot happen for those the command names. */
  operand(index: number): string {
    const found = this.operands[index];
    if (found === undefined) throw usageError(`Operand ${index + 1} is missing.`);
    return found;
  }

  has(name: string): boolean {
    return this.values.has(name) || this.flags.has(name);
  }

  text(name: string): string | null {
    return this.values.get(name)?.[0] ?? null;
  }

  /** The values of an option that repeats, in the order given. */
  texts(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** @throws GanvasError `usage` when the option is not given; `expected` ends the sentence. */
  requiredText(name: string, expected: string): string {
    const value = this.text(name);
    if (value === null) throw usageError(`--${name} is missing. Expected ${expected}.`);
    return value;
  }

  /** @throws GanvasError `usage` unless the value is a finite decimal number. */
  finite(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    if (!Number.isFinite(value)) throw wrongValue(name, text, 'a finite number, such as 0.7');
    return value;
  }

  /** @throws GanvasError `usage` unless the value is a whole number from `min` to `max`. */
  whole(name: string, min: number, max = Number.MAX_SAFE_INTEGER): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (Number.isSafeInteger(value) && value >= min && value <= max) return value;
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw wrongValue(name, text, `a whole number ${range}`);
  }

  /** @throws GanvasError `usage` unless the value is one of `choices`. */
  choice<const T extends string>(name: string, choices: readonly T[]): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const found = choices.find((choice) => choice === text);
    if (found === undefined)
      throw wrongValue(name, text, `${choices.length > 1 ? 'one of ' : ''}${choices.join(', ')}`);
    return found;
  }

  /**
   * The one option given of several that exclude one another; null when none is.
   * @throws GanvasError `usage` for more than one.
   */
  oneOf<const T extends string>(names: readonly T[]): T | null {
    const given = names.filter((name) => this.has(name));
    if (given.length > 1) {
      throw usageError(`--${given.join(' and --')} exclude one another. Give one of them.`);
    }
    return given[0] ?? null;
  }
}

export function wrongValue(name: string, value: string, expected: string): GanvasError {
  return usageError(`--${name} is ${JSON.stringify(value)}. Expected ${expected}.`);
}

/**
 * Reads what follows the command's name. The value of an option is the next argument unless that begins with two
 * dashes, so that `--strength -2` is a number.
 * @throws GanvasError `usage`
 */
export function parseArguments(command: CommandSyntax, argv: readonly string[]): Arguments {
  const specs: Readonly<Record<string, OptionSpec>> = { ...command.options, ...COMMON_OPTIONS };
  const { tokens } = parseArgs({
    args: [...argv],
    strict: false,
    tokens: true,
    options: {
      ...Object.fromEntries(
        Object.entries(specs).map(
          ([name, { value }]) => [name, { type: value === null ? 'boolean' : 'string' }] as const,
        ),
      ),
      help: { type: 'boolean', short: 'h' },
    },
  });
  const operands: string[] = [];
  const values = new Map<string, string[]>();
  const flags = new Set<string>();
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const spec = Object.entries(specs).find(([known]) => known === name)?.[1];
    if (!spec) throw unknownOption(command, rawName, Object.keys(specs));
    const earlier = values.get(name) ?? [];
    if (earlier.length > 0 && spec.repeats !== true) throw usageError(`--${name} is given twice. Expected it once.`);
    if (spec.value === null) {
      if (value !== undefined) throw usageError(`--${name} takes no value, and ${JSON.stringify(value)} was given.`);
      flags.add(name);
    } else {
      if (value === undefined || value === '' || (inlineValue === false && value.startsWith('--'))) {
        throw usageError(`--${name} has no value. Expected --${name} ${spec.value}.`);
      }
      values.set(name, [...earlier, value]);
    }
  }
  if (!flags.has('help')) checkOperands(command, operands);
  return new Arguments(operands, values, flags);
}

function checkOperands({ name, operands: wanted }: CommandSyntax, given: readonly string[]): void {
  const missing = wanted[given.length];
  if (missing !== undefined) {
    throw usageError(`${missing} is missing. Expected "ganvas ${[name, ...wanted].join(' ')} …".`);
  }
  const extra = given[wanted.length];
  if (extra !== undefined) {
    throw usageError(
      `${JSON.stringify(extra)} is one argument too many. Expected "ganvas ${[name, ...wanted].join(' ')} …".`,
    );
  }
}

function unknownOption(command: CommandSyntax, rawName: string, known: readonly string[]): GanvasError {
  const all = known.map((name) => `--${name}`).join(', ');
  return usageError(`"ganvas ${command.name}" has no option ${rawName}. Expected one of ${all}.`);
}
