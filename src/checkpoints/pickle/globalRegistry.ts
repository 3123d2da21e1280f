import { PickleGlobal } from './values.js';

/** Protocols 0 to 2 use Python 2's module names, also when Python 3 writes them. */
const PYTHON3_MODULES: ReadonlyMap<string, string> = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
]);

/** The globals that one pickle names, each as one record, and how often each is asked to be called. */
export class GlobalRegistry {
  readonly #globals = new Map<string, PickleGlobal>();
  readonly #calls = new Map<string, number>();

  /** How many there are. */
  get size(): number {
    return this.#globals.size;
  }

  /** In order of appearance. */
  get globals(): readonly PickleGlobal[] {
    return [...this.#globals.values()];
  }

  /** By qualified name. */
  get calls(): ReadonlyMap<string, number> {
    return this.#calls;
  }

  intern(module: string, name: string): PickleGlobal {
    const key = `${module} ${name}`;
    const known = this.#globals.get(key);
    if (known) return known;
    const added = new PickleGlobal(PYTHON3_MODULES.get(module) ?? module, name);
    this.#globals.set(key, added);
    return added;
  }

  countCall({ qualifiedName }: PickleGlobal): void {
    this.#calls.set(qualifiedName, (this.#calls.get(qualifiedName) ?? 0) + 1);
  }
}
