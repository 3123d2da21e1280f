import { GanvasError } from '../../engine/errors.js';
import type { PickleValue } from './values.js';

/** The machine's stack with its marks. Nothing below the topmost mark can be reached until the mark is taken. */
export class OperandStack {
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];

  /** @param offset where the opcode in progress begins, for messages. */
  constructor(readonly offset: () => number) {}

  push(value: PickleValue): void {
    this.#values.push(value);
  }

  mark(): void {
    this.#marks.push(this.#values.length);
  }

  top(): PickleValue {
    const value = this.#values.at(-1);
    if (value === undefined || this.#marks.at(-1) === this.#values.length) throw this.#underflow();
    return value;
  }

  pop(): PickleValue {
    const value = this.top();
    this.#values.pop();
    return value;
  }

  /** `POP`: drops the topmost value, or the mark where that comes first, as the standard library does. */
  drop(): void {
    if (this.#marks.at(-1) === this.#values.length) this.#marks.pop();
    else this.pop();
  }

  /** The last `count` values, in the order they were pushed. */
  popMany(count: number): PickleValue[] {
    if (this.#values.length - (this.#marks.at(-1) ?? 0) < count) throw this.#underflow();
    return this.#values.splice(this.#values.length - count, count);
  }

  /** Everything above the topmost mark, and the mark with it. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#underflow();
    return this.#values.splice(mark);
  }

  #underflow(): GanvasError {
    const offset = this.offset();
    return new GanvasError(
      'pickle-stack-underflow',
      `The pickle takes a value that is not there at byte ${offset}. The file is damaged.`,
      { offset },
    );
  }
}
