interface Kinds {
  readonly number: number;
  readonly boolean: boolean;
}

/** The arguments of a golden case, taken one by one: one that nobody took, or of an odd type, fails the case. */
export class GoldenArguments {
  private readonly left: Map<string, unknown>;

  constructor(args: Readonly<Record<string, unknown>>) {
    this.left = new Map(Object.entries(args));
  }

  /** `{ name: value }`, or nothing where the case leaves the default (also written null). */
  optional<N extends string, K extends keyof Kinds>(name: N, kind: K): { [P in N]?: Kinds[K] } {
    const value = this.take(name);
    if (value === undefined || value === null) return {};
    if (typeof value !== kind) throw this.odd(name, value);
    return { [name]: value } as { [P in N]?: Kinds[K] };
  }

  text(name: string, fallback: string): string {
    const value = this.take(name) ?? fallback;
    if (typeof value !== 'string') throw this.odd(name, value);
    return value;
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback?: T): T {
    const value = this.take(name) ?? fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw this.odd(name, value);
    return found;
  }

  numbers(name: string): number[] {
    const value = this.take(name);
    if (!isNumbers(value)) throw this.odd(name, value);
    return value;
  }

  /** A number or [x, y]. */
  pair<N extends string>(name: N): { [P in N]?: number | readonly [number, number] } {
    const value = this.take(name);
    if (value === undefined) return {};
    const pair = isNumbers(value) && value.length === 2 ? ([value[0] ?? NaN, value[1] ?? NaN] as const) : value;
    if (typeof value !== 'number' && pair === value) throw this.odd(name, value);
    return { [name]: pair } as { [P in N]?: number | readonly [number, number] };
  }

  /** A number, [x, y] or [x0, x1, y0, y1]. */
  padding(): { padding?: number | readonly number[] } {
    const value = this.take('padding');
    if (value === undefined) return {};
    if (typeof value !== 'number' && !isNumbers(value)) throw this.odd('padding', value);
    return { padding: value };
  }

  /** Takes arguments that do not change the result. */
  skip(...names: readonly string[]): void {
    for (const name of names) this.left.delete(name);
  }

  /** @throws Error when an argument of the case was not understood. */
  expectAllTaken(): void {
    if (this.left.size > 0) throw new Error(`Arguments nobody took: ${[...this.left.keys()].join(', ')}.`);
  }

  private take(name: string): unknown {
    const value = this.left.get(name);
    this.left.delete(name);
    return value;
  }

  private odd(name: string, value: unknown): Error {
    return new Error(`The argument ${name} is ${JSON.stringify(value)}, which the test does not understand.`);
  }
}

function isNumbers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'number');
}
