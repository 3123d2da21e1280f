import { GanvasError } from '../engine/errors.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** How a found value is named in an error: short, and never the whole file. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}

/** Reads untyped JSON strictly; whatever does not fit is one error that names the field, the find and the expectation. */
export class JsonReader {
  /** `subject` opens each message ("recipe"); `code` is the machine's name of the failure. */
  readonly #subject: string;
  readonly #code: string;

  constructor(subject: string, code: string) {
    this.#subject = subject;
    this.#code = code;
  }

  error(path: string, found: unknown, expected: string): GanvasError {
    const place = path === '' ? `The ${this.#subject}` : `"${path}" in the ${this.#subject}`;
    const name = describe(found);
    return new GanvasError(this.#code, `${place} is ${name}. Expected ${expected}.`, {
      field: path,
      found: name,
      expected,
    });
  }

  /** An object with exactly `keys`; a missing or an unknown field is an error. */
  object(value: unknown, path: string, keys: readonly string[]): JsonObject {
    const found = this.#objectOf(value, path);
    for (const key of Object.keys(found)) {
      if (!keys.includes(key)) throw this.#unknownField(path, key, keys);
    }
    for (const key of keys) {
      if (!Object.hasOwn(found, key)) throw this.error(join(path, key), undefined, 'this field to be present');
    }
    return found;
  }

  /** The string field that says which form an object has; its other fields are not looked at. */
  tag<const T extends string>(value: unknown, path: string, key: string, tags: readonly T[]): T {
    return this.oneOf(this.#objectOf(value, path)[key], join(path, key), tags);
  }

  has(value: unknown, path: string, key: string): boolean {
    return Object.hasOwn(this.#objectOf(value, path), key);
  }

  array<T>(value: unknown, path: string, item: (value: unknown, path: string) => T): readonly T[] {
    if (!Array.isArray(value)) throw this.error(path, value, 'an array');
    return value.map((entry: unknown, index) => item(entry, `${path}[${index}]`));
  }

  number(value: unknown, path: string): number {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.error(path, value, 'a finite number');
    return value;
  }

  integer(value: unknown, path: string, min: number, max: number): number {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      throw this.error(path, value, `a whole number ${range}`);
    }
    return value;
  }

  string(value: unknown, path: string): string {
    if (typeof value !== 'string' || value === '') throw this.error(path, value, 'a text that is not empty');
    return value;
  }

  boolean(value: unknown, path: string): boolean {
    if (typeof value !== 'boolean') throw this.error(path, value, 'true or false');
    return value;
  }

  oneOf<const T extends string>(value: unknown, path: string, choices: readonly T[]): T {
    const found = choices.find((choice) => choice === value);
    if (found === undefined)
      throw this.error(path, value, `one of ${choices.map((choice) => `"${choice}"`).join(', ')}`);
    return found;
  }

  #objectOf(value: unknown, path: string): JsonObject {
    if (!isJsonObject(value)) throw this.error(path, value, 'an object');
    return value;
  }

  #unknownField(path: string, key: string, keys: readonly string[]): GanvasError {
    const field = join(path, key);
    const expected = keys.map((known) => `"${known}"`).join(', ');
    return new GanvasError(
      this.#code,
      `"${field}" is not a field of the ${this.#subject}. Fields here are ${expected}; remove it or correct its name.`,
      { field, expected },
    );
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}
