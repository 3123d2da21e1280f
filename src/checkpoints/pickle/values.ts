/**
 * What a pickle turns into here: plain data and inert records. Nothing in this module, or built from it, calls
 * anything a file names.
 */

/** A Python global that a file names (`GLOBAL`, `STACK_GLOBAL`): a pair of names, nothing more. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}

  /** `collections.OrderedDict` */
  get qualifiedName(): string {
    return `${this.module}.${this.name}`;
  }
}

/**
 * A call or instance that a file asks for (`REDUCE`, `NEWOBJ`, `NEWOBJ_EX`, `INST`, `OBJ`), written down instead of
 * made. `module` and `name` are those of the callable; both are empty when the callable is itself a record.
 */
export class PickleObject {
  /** Keyword arguments of `NEWOBJ_EX`. */
  kwargs: PickleValue = null;
  /** Operand of `BUILD`. */
  state: PickleValue = null;
  /** Items set on the object (`SETITEM`, `SETITEMS`): the content of dict subclasses. */
  entries: PickleDict | null = null;
  /** Items appended to the object (`APPEND`, `APPENDS`, `ADDITEMS`): the content of list and set subclasses. */
  items: PickleValue[] | null = null;

  constructor(
    readonly module: string,
    readonly name: string,
    readonly args: readonly PickleValue[],
  ) {}

  get qualifiedName(): string {
    return `${this.module}.${this.name}`;
  }
}

/**
 * Text too long to be a name: whole module sources, and tensor bytes that protocol 2 writes as latin-1 text. It is not
 * decoded on the way past, and nothing that looks for names sees it.
 */
export class PickleText {
  constructor(
    readonly bytes: Uint8Array,
    readonly encoding: 'utf-8' | 'latin1',
  ) {}

  toString(): string {
    return decodeText(this.bytes, this.encoding);
  }
}

/** A reference that the container around the pickle resolves (`PERSID`, `BINPERSID`). */
export class PersistentId {
  constructor(readonly id: PickleValue) {}
}

/** Keys are compared as `Map` does; names are strings. A `Map`, so that no key can touch a prototype. */
export class PickleDict extends Map<PickleValue, PickleValue> {}

export class PickleSet extends Set<PickleValue> {}

/** Lists and tuples are both arrays; bytes are views of the file. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleText
  | Uint8Array
  | PickleValue[]
  | PickleDict
  | PickleSet
  | PickleGlobal
  | PickleObject
  | PersistentId;

// `ignoreBOM` keeps a leading U+FEFF, which Python does not strip either.
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const LATIN1_BLOCK = 4096;

/** Decodes UTF-8 (broken sequences become U+FFFD) or latin-1 (byte n is U+00nn, which `TextDecoder` does not offer). */
export function decodeText(bytes: Uint8Array, encoding: 'utf-8' | 'latin1'): string {
  if (encoding === 'utf-8') return utf8.decode(bytes);
  let text = '';
  for (let start = 0; start < bytes.length; start += LATIN1_BLOCK) {
    text += String.fromCharCode(...bytes.subarray(start, start + LATIN1_BLOCK));
  }
  return text;
}
