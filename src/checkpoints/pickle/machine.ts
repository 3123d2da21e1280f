import { GanvasError } from '../../engine/errors.js';
import { ByteCursor } from './byteCursor.js';
import { GlobalRegistry } from './globalRegistry.js';
import { readLiteral } from './literals.js';
import { HIGHEST_PROTOCOL, Opcode } from './opcodes.js';
import { OperandStack } from './operandStack.js';
import {
  PersistentId,
  PickleDict,
  PickleGlobal,
  PickleObject,
  PickleSet,
  decodeText,
  type PickleValue,
} from './values.js';

/**
 * No checkpoint comes near this: a 1024² snapshot has about 50 000 opcodes. Every opcode adds at most one value, so
 * this one limit also bounds the stack, the memo and every container.
 */
const MOST_OPCODES = 2 ** 19;
/** A byte that makes a container takes much memory, a dict most. A snapshot costs some ten thousand of these units. */
const MOST_CONTAINER_COST = 2 ** 18;
const TABLE_COST = 4;
/** A checkpoint names a few dozen. */
const MOST_GLOBALS = 4096;
const LONGEST_GLOBAL_BYTES = 512;

export interface ReadPickle {
  readonly value: PickleValue;
  /** Offset of the first byte after `STOP`. */
  readonly end: number;
  readonly protocol: number;
  /** Every global the pickle names, once, in order of appearance. */
  readonly globals: readonly PickleGlobal[];
  readonly persistentIds: readonly PersistentId[];
  /** How often each global is asked to be called, by qualified name. */
  readonly calls: ReadonlyMap<string, number>;
}

/**
 * Reads one pickle, protocols 0 to 5, as data. Nothing is imported, constructed or called: globals, calls and
 * instances become inert records (`PickleGlobal`, `PickleObject`), and byte strings stay views of `bytes`.
 * Bytes after `STOP` are left alone.
 *
 * @param mostOpcodes for pickles that are known to be small, of which a file may hold many.
 * @throws GanvasError `pickle-truncated`, `pickle-bad-opcode`, `pickle-protocol-unsupported`, `pickle-bad-operand`,
 *   `pickle-stack-underflow`, `pickle-memo-missing`, `pickle-bad-global`, `pickle-bad-number`, `pickle-bad-string`,
 *   `pickle-out-of-band`, `pickle-too-long`; `details.offset` is the byte in question.
 */
export function readPickle(bytes: Uint8Array, offset = 0, mostOpcodes = MOST_OPCODES): ReadPickle {
  return new PickleMachine(bytes, offset).run(mostOpcodes);
}

class PickleMachine {
  readonly #cursor: ByteCursor;
  readonly #stack = new OperandStack(() => this.#opcodeOffset);
  readonly #memo = new Map<number, PickleValue>();
  readonly #registry = new GlobalRegistry();
  readonly #persistentIds: PersistentId[] = [];
  #protocol = 0;
  #opcodeOffset = 0;
  #containerCost = 0;

  constructor(bytes: Uint8Array, offset: number) {
    this.#cursor = new ByteCursor(bytes, offset);
  }

  run(mostOpcodes: number): ReadPickle {
    for (let count = 0; count < mostOpcodes; count++) {
      this.#opcodeOffset = this.#cursor.offset;
      const opcode = this.#cursor.uint8();
      if (opcode === Opcode.STOP) return this.#finish();
      const literal = readLiteral(opcode, this.#cursor);
      if (literal !== undefined) this.#stack.push(literal);
      else if (!this.#runStackOpcode(opcode) && !this.#runObjectOpcode(opcode)) throw this.#badOpcode(opcode);
    }
    throw this.#tooLong(`more than ${mostOpcodes} opcodes`);
  }

  #finish(): ReadPickle {
    return {
      value: this.#stack.pop(),
      end: this.#cursor.offset,
      protocol: this.#protocol,
      globals: this.#registry.globals,
      persistentIds: this.#persistentIds,
      calls: this.#registry.calls,
    };
  }

  /** Containers, stack and memo. */
  #runStackOpcode(opcode: number): boolean {
    const stack = this.#stack;
    switch (opcode) {
      case Opcode.PROTO:
        this.#readProtocol();
        return true;
      case Opcode.FRAME:
        this.#checkFrame(this.#cursor.length64());
        return true;
      case Opcode.MARK:
        stack.mark();
        return true;
      case Opcode.POP:
        stack.drop();
        return true;
      case Opcode.POP_MARK:
        this.#stack.popToMark();
        return true;
      case Opcode.DUP:
        stack.push(this.#stack.top());
        return true;
      case Opcode.EMPTY_TUPLE:
      case Opcode.EMPTY_LIST:
        this.#pushList([]);
        return true;
      case Opcode.TUPLE1:
      case Opcode.TUPLE2:
      case Opcode.TUPLE3:
        this.#pushList(stack.popMany(opcode - Opcode.TUPLE1 + 1));
        return true;
      case Opcode.TUPLE:
      case Opcode.LIST:
        this.#pushList(stack.popToMark());
        return true;
      case Opcode.EMPTY_DICT:
        stack.push(this.#newDict());
        return true;
      case Opcode.DICT: {
        const pairs = this.#stack.popToMark();
        stack.push(this.#newDict());
        this.#setItems(pairs);
        return true;
      }
      case Opcode.EMPTY_SET:
        this.#pushSet(new PickleSet());
        return true;
      case Opcode.FROZENSET:
        this.#pushSet(new PickleSet(stack.popToMark()));
        return true;
      case Opcode.APPEND:
        this.#append([this.#stack.pop()]);
        return true;
      case Opcode.APPENDS:
      case Opcode.ADDITEMS:
        this.#append(this.#stack.popToMark());
        return true;
      case Opcode.SETITEM:
        this.#setItems(this.#stack.popMany(2));
        return true;
      case Opcode.SETITEMS:
        this.#setItems(this.#stack.popToMark());
        return true;
      default:
        return this.#runMemoOpcode(opcode);
    }
  }

  #runMemoOpcode(opcode: number): boolean {
    const cursor = this.#cursor;
    switch (opcode) {
      case Opcode.MEMOIZE:
        this.#memo.set(this.#memo.size, this.#stack.top());
        return true;
      case Opcode.PUT:
        this.#memo.set(this.#decimalIndex(), this.#stack.top());
        return true;
      case Opcode.BINPUT:
        this.#memo.set(cursor.uint8(), this.#stack.top());
        return true;
      case Opcode.LONG_BINPUT:
        this.#memo.set(cursor.uint32(), this.#stack.top());
        return true;
      case Opcode.GET:
        this.#stack.push(this.#recall(this.#decimalIndex()));
        return true;
      case Opcode.BINGET:
        this.#stack.push(this.#recall(cursor.uint8()));
        return true;
      case Opcode.LONG_BINGET:
        this.#stack.push(this.#recall(cursor.uint32()));
        return true;
      default:
        return false;
    }
  }

  /** What would import or run something elsewhere. Here it is written down. */
  #runObjectOpcode(opcode: number): boolean {
    const stack = this.#stack;
    switch (opcode) {
      case Opcode.GLOBAL:
        stack.push(this.#global(this.#nameLine(), this.#nameLine()));
        return true;
      case Opcode.STACK_GLOBAL: {
        const [module, name] = this.#stack.popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string') throw this.#badGlobal();
        stack.push(this.#global(module, name));
        return true;
      }
      case Opcode.EXT1:
        stack.push(this.#global('copyreg', `extension_${this.#cursor.uint8()}`));
        return true;
      case Opcode.EXT2:
        stack.push(this.#global('copyreg', `extension_${this.#cursor.uint16()}`));
        return true;
      case Opcode.EXT4:
        stack.push(this.#global('copyreg', `extension_${this.#cursor.uint32()}`));
        return true;
      case Opcode.REDUCE:
      case Opcode.NEWOBJ: {
        const [callable, args] = this.#stack.popMany(2);
        stack.push(this.#record(callable, args));
        return true;
      }
      case Opcode.NEWOBJ_EX: {
        const [callable, args, kwargs] = this.#stack.popMany(3);
        const object = this.#record(callable, args);
        object.kwargs = kwargs ?? null;
        stack.push(object);
        return true;
      }
      case Opcode.INST:
        stack.push(this.#record(this.#global(this.#nameLine(), this.#nameLine()), this.#stack.popToMark()));
        return true;
      case Opcode.OBJ: {
        const [callable, ...args] = this.#stack.popToMark();
        stack.push(this.#record(callable, args));
        return true;
      }
      case Opcode.BUILD:
        this.#build();
        return true;
      case Opcode.PERSID:
        this.#pushPersistentId(decodeText(this.#cursor.line(), 'latin1'));
        return true;
      case Opcode.BINPERSID:
        this.#pushPersistentId(this.#stack.pop());
        return true;
      case Opcode.NEXT_BUFFER:
      case Opcode.READONLY_BUFFER:
        throw this.#error(
          'pickle-out-of-band',
          `The pickle keeps its data outside the file (out-of-band buffer at byte ${this.#opcodeOffset}). ` +
            'Write it again without a buffer callback.',
        );
      default:
        return false;
    }
  }

  #readProtocol(): void {
    this.#protocol = this.#cursor.uint8();
    if (this.#protocol > HIGHEST_PROTOCOL) {
      throw this.#error(
        'pickle-protocol-unsupported',
        `The file asks for pickle protocol ${this.#protocol}; protocols 0 to ${HIGHEST_PROTOCOL} are known.`,
      );
    }
  }

  /** A frame says how many bytes follow at least, so a cut file is found at its beginning, before any work is done. */
  #checkFrame(length: number): void {
    const { offset, remaining } = this.#cursor;
    if (length > remaining) {
      throw this.#error(
        'pickle-truncated',
        `The pickle is truncated: the frame at byte ${offset} has ${length} bytes, and ${remaining} are left. ` +
          'Download or copy the file again.',
      );
    }
  }

  #record(callable: PickleValue | undefined, args: PickleValue | undefined): PickleObject {
    this.#spend(1);
    if (!Array.isArray(args)) throw this.#badOperand('arguments that are a tuple');
    if (callable instanceof PickleGlobal) {
      this.#registry.countCall(callable);
      return new PickleObject(callable.module, callable.name, args);
    }
    // Legacy torch files of whole modules name the class by a persistent id.
    if (callable instanceof PickleObject || callable instanceof PersistentId) return new PickleObject('', '', args);
    throw this.#badOperand('a global to call');
  }

  #build(): void {
    const state = this.#stack.pop();
    const target = this.#stack.top();
    if (!(target instanceof PickleObject)) throw this.#badOperand('an object to give its state to');
    target.state = state;
  }

  #pushPersistentId(id: PickleValue): void {
    const reference = new PersistentId(id);
    this.#persistentIds.push(reference);
    this.#stack.push(reference);
  }

  #append(values: readonly PickleValue[]): void {
    const target = this.#stack.top();
    if (target instanceof PickleSet) {
      for (const value of values) target.add(value);
      return;
    }
    const list = target instanceof PickleObject ? (target.items ??= []) : target;
    if (!Array.isArray(list)) throw this.#badOperand('a list to append to');
    for (const value of values) list.push(value);
  }

  #setItems(pairs: readonly PickleValue[]): void {
    const target = this.#stack.top();
    const dict = target instanceof PickleObject ? (target.entries ??= this.#newDict()) : target;
    if (!(dict instanceof PickleDict) || pairs.length % 2 !== 0)
      throw this.#badOperand('a dict and pairs to set in it');
    for (let i = 0; i + 1 < pairs.length; i += 2) {
      dict.set(pairs[i] ?? null, pairs[i + 1] ?? null);
    }
  }

  #newDict(): PickleDict {
    this.#spend(TABLE_COST);
    return new PickleDict();
  }

  #spend(cost: number): void {
    this.#containerCost += cost;
    if (this.#containerCost > MOST_CONTAINER_COST) throw this.#tooLong('too many lists and dicts');
  }

  #pushList(list: PickleValue[]): void {
    this.#spend(1);
    this.#stack.push(list);
  }

  #pushSet(set: PickleSet): void {
    this.#spend(TABLE_COST);
    this.#stack.push(set);
  }

  #global(module: string, name: string): PickleGlobal {
    const global = this.#registry.intern(module, name);
    if (this.#registry.size > MOST_GLOBALS) throw this.#tooLong(`more than ${MOST_GLOBALS} globals`);
    return global;
  }

  #nameLine(): string {
    const line = this.#cursor.line();
    if (line.length > LONGEST_GLOBAL_BYTES) throw this.#badGlobal();
    return decodeText(line, 'utf-8');
  }

  #decimalIndex(): number {
    const index = Number(decodeText(this.#cursor.line().subarray(0, 32), 'latin1'));
    if (!Number.isSafeInteger(index) || index < 0) throw this.#badOperand('a memo index');
    return index;
  }

  #recall(index: number): PickleValue {
    const value = this.#memo.get(index);
    if (value === undefined) {
      throw this.#error(
        'pickle-memo-missing',
        `The pickle refers back to entry ${index} at byte ${this.#opcodeOffset}, which it never stored. The file is damaged.`,
      );
    }
    return value;
  }

  #badOpcode(opcode: number): GanvasError {
    const hex = `0x${opcode.toString(16).padStart(2, '0')}`;
    return new GanvasError(
      'pickle-bad-opcode',
      `Byte ${this.#opcodeOffset} is ${hex}, which is no pickle opcode. The file is damaged, or it is not a pickle.`,
      { offset: this.#opcodeOffset, opcode },
    );
  }

  #badOperand(expected: string): GanvasError {
    return this.#error(
      'pickle-bad-operand',
      `The pickle lacks ${expected} at byte ${this.#opcodeOffset}. The file is damaged.`,
    );
  }

  #badGlobal(): GanvasError {
    return this.#error(
      'pickle-bad-global',
      `The pickle names a global without a proper name at byte ${this.#opcodeOffset}.`,
    );
  }

  #tooLong(what: string): GanvasError {
    return this.#error('pickle-too-long', `The pickle has ${what}, more than any checkpoint.`);
  }

  #error(code: string, message: string): GanvasError {
    return new GanvasError(code, message, { offset: this.#opcodeOffset });
  }
}
