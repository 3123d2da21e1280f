import { describe, expect, it } from 'vitest';
import { bytesOf, dictOf, inertGlobalNames, itemsOf, textOf } from '../../src/checkpoints/pickle/interpretation.js';
import { readPickle } from '../../src/checkpoints/pickle/machine.js';
import { Opcode } from '../../src/checkpoints/pickle/opcodes.js';
import { plainValue } from '../../src/checkpoints/pickle/plainValues.js';
import {
  PickleDict,
  PickleObject,
  PickleSet,
  PickleText,
  type PickleValue,
} from '../../src/checkpoints/pickle/values.js';
import { expectError } from './expectError.js';
import * as p from './pickleWriter.js';

const fromText = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const read = (bytes: Uint8Array): PickleValue => readPickle(bytes).value;

describe('readPickle', () => {
  // Each is what pickle.dumps writes, or writes for Python 2, of the value on the right.
  it.each<[string, string, unknown]>([
    ['protocol 0 list', '(lp0\nI1\naF2.5\naVh\\u00e9\np1\naI01\naNa.', [1, 2.5, 'hé', true, null]],
    ['protocol 0 dict', "(dp0\nS'it\\'s'\np1\nL12345678901234567890L\ns.", { "it's": '12345678901234567890' }],
    ['protocol 1', ']q\x00(K\x01M\x00\x01J\xff\xff\xff\xffG?\xf8\x00\x00\x00\x00\x00\x00e.', [1, 256, -1, 1.5]],
    ['protocol 2 tuple', '\x80\x02\x88\x89\x8a\x02\xff\x7f\x87.', [true, false, 32767]],
    ['protocol 2 long', '\x80\x02\x8a\x01\xff.', -1],
    ['protocol 2 zero', '\x80\x02\x8a\x00.', 0],
    ['protocol 4 frame', '\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00\x8c\x01a\x94.', 'a'],
    ['protocol 4 set', '\x80\x04\x8f\x94(K\x01K\x02\x90.', [1, 2]],
    ['protocol 4 frozenset', '\x80\x04(K\x01K\x02\x91\x94.', [1, 2]],
    ['memo', '\x80\x04\x8c\x01a\x94h\x00\x86.', ['a', 'a']],
    ['dup and pop', ']2a0N.', null],
  ])('reads %s', (_, bytes, expected) => {
    expect(plainValue(read(fromText(bytes)))).toEqual(expected);
  });

  it('keeps long integers exact', () => {
    expect(read(fromText('\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.'))).toBe(0x1950a86a20f9469cfc6cn);
  });

  it('keeps bytes as views of the file', () => {
    const file = p.writePickle(p.bytes(new Uint8Array([1, 2, 3])));
    const value = read(file);
    expect(value).toBeInstanceOf(Uint8Array);
    expect(value instanceof Uint8Array && value.buffer === file.buffer).toBe(true);
  });

  it('reads protocol 5 byte arrays and 8-byte lengths', () => {
    expect(bytesOf(read(fromText('\x80\x05\x96\x02\x00\x00\x00\x00\x00\x00\x00ab.')))).toEqual(fromText('ab'));
    expect(bytesOf(read(fromText('\x80\x04\x8e\x02\x00\x00\x00\x00\x00\x00\x00ab.')))).toEqual(fromText('ab'));
    expect(textOf(read(fromText('\x80\x04\x8d\x02\x00\x00\x00\x00\x00\x00\x00ab.')))).toBe('ab');
  });

  it('reads the bytes of protocol 2, every value of a byte', () => {
    const every = Uint8Array.from({ length: 4096 }, (_, i) => i & 0xff);
    expect(bytesOf(read(p.writePickle(p.bytes(every), 2)))).toEqual(every);
    expect(bytesOf(read(p.writePickle(p.bytes(every.subarray(100, 200)), 2)))).toEqual(every.subarray(100, 200));
    expect(bytesOf(read(p.writePickle(p.call('_codecs', 'encode', p.text('€'), p.text('latin1')))))).toBeNull();
  });

  it('leaves long text undecoded, and decodes it as a key', () => {
    const long = 'ö'.repeat(2000);
    const value = read(p.writePickle(p.dict({ [long]: p.text(long) })));
    const [key, text] = [...(dictOf(value) ?? [])][0] ?? [];
    expect(key).toBeInstanceOf(PickleText);
    expect(text).toBeInstanceOf(PickleText);
    expect(textOf(text)).toBeNull();
    expect(text instanceof PickleText && text.toString()).toBe(long);
  });

  it('reads dict subclasses, with items or with Python 2 pairs', () => {
    const entries = { a: p.int(1), __proto__x: p.none };
    expect(plainValue(read(p.writePickle(p.orderedDict(entries), 2)))).toEqual({ a: 1, __proto__x: null });
    expect(plainValue(read(p.writePickle(p.easyDict(entries))))).toEqual({ a: 1, __proto__x: null });
    const pairs = p.call('collections', 'OrderedDict', p.list(p.list(p.text('a'), p.int(1))));
    expect(plainValue(read(p.writePickle(pairs)))).toEqual({ a: 1 });
    const namespace = p.build(p.call('argparse', 'Namespace'), p.dict({ size: p.int(256) }));
    expect(plainValue(read(p.writePickle(namespace)))).toEqual({ size: 256 });
  });

  it('reads sets of every protocol', () => {
    expect(itemsOf(read(p.writePickle(p.call('__builtin__', 'set', p.list(p.int(3))), 2)))).toEqual([3]);
    expect(read(fromText('\x80\x04\x8f.'))).toBeInstanceOf(PickleSet);
  });

  it('reads NumPy scalars and arrays', () => {
    const array = (order: string, bytes: number[], fortran = false): p.Pickled =>
      p.build(
        p.call(
          'numpy.core.multiarray',
          '_reconstruct',
          p.global('numpy', 'ndarray'),
          p.tuple(p.int(0)),
          p.bytes(fromText('b')),
        ),
        p.tuple(
          p.int(1),
          p.tuple(p.int(2)),
          p.numpyDType('i2', order),
          p.bool(fortran),
          p.bytes(Uint8Array.from(bytes)),
        ),
      );
    const values = p.dict({
      gain: p.numpyDouble(0.1),
      little: array('<', [1, 0, 255, 255]),
      big: array('>', [0, 1, 255, 255]),
      flag: p.call('numpy._core.multiarray', 'scalar', p.numpyDType('b1', '|'), p.bytes(new Uint8Array([1]))),
      buffer: p.call(
        'numpy._core.numeric',
        '_frombuffer',
        p.bytes(new Uint8Array([7, 0, 0, 0])),
        p.numpyDType('i4'),
        p.tuple(p.int(1)),
        p.text('C'),
      ),
    });
    const expected = { gain: 0.1, little: [1, -1], big: [1, -1], flag: true, buffer: [7] };
    for (const protocol of [2, 3, 4]) expect(plainValue(read(p.writePickle(values, protocol)))).toEqual(expected);
  });

  it('never lets a key reach a prototype', () => {
    const value = read(p.writePickle((w) => p.dict({ ['__proto__']: p.dict({ polluted: p.bool(true) }) })(w)));
    expect(value).toBeInstanceOf(PickleDict);
    const plain = plainValue(value);
    expect(Object.keys(plain as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(plain)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });
});

describe('what a pickle asks to run', () => {
  const evil: [string, Uint8Array][] = [
    ['protocol 0', fromText("cposix\nsystem\n(S'echo ran'\ntR.")],
    ['INST', fromText("(S'echo ran'\nios\nsystem\n.")],
    ['OBJ', fromText("(cos\nsystem\nS'echo ran'\no.")],
    ['STACK_GLOBAL', p.writePickle(p.call('os', 'system', p.text('echo ran')))],
    ['NEWOBJ', fromText('\x80\x02cos\nsystem\n(X\x08\x00\x00\x00echo rant\x81.')],
  ];
  it.each(evil)('stays a record: %s', (_, bytes) => {
    const { value, globals, calls } = readPickle(bytes);
    expect(value).toBeInstanceOf(PickleObject);
    expect(value instanceof PickleObject && value.args).toEqual(['echo ran']);
    expect(inertGlobalNames(globals)).toEqual(['os.system']);
    expect([...calls.values()]).toEqual([1]);
  });

  it('stays a record through getattr, partial application and BUILD', () => {
    const inner = p.call('builtins', 'getattr', p.global('os', 'path'), p.text('x'));
    const value = p.build(
      (w) => {
        inner(w);
        p.tuple(p.int(1))(w);
        w.op(Opcode.REDUCE);
      },
      p.dict({ a: p.none }),
    );
    const { value: record, globals } = readPickle(p.writePickle(value));
    expect(record).toBeInstanceOf(PickleObject);
    expect(inertGlobalNames(globals)).toEqual(['builtins.getattr', 'os.path']);
  });

  it('runs nothing, though the names are real ones of this runtime', () => {
    const marker = globalThis as { ganvasPickleRan?: boolean };
    const code = p.text('globalThis.ganvasPickleRan = true');
    for (const name of ['eval', 'Function', 'exec']) read(p.writePickle(p.call('builtins', name, code)));
    expect(marker.ganvasPickleRan).toBeUndefined();
  });
});

describe('damaged pickles', () => {
  it.each<[string, string]>([
    ['pickle-truncated', ''],
    ['pickle-truncated', '\x80'],
    ['pickle-truncated', '\x80\x04X\xff\xff\xff\x7fabc.'],
    ['pickle-truncated', '\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\xff.'],
    ['pickle-truncated', '\x80\x04\x95\xff\xff\xff\xff\xff\xff\xff\xffN.'],
    ['pickle-truncated', 'cos\nsystem'],
    ['pickle-bad-opcode', '\x80\x04\xff.'],
    ['pickle-protocol-unsupported', '\x80\x06N.'],
    ['pickle-stack-underflow', '\x80\x04.'],
    ['pickle-stack-underflow', '\x80\x04R.'],
    ['pickle-stack-underflow', '\x80\x04t.'],
    ['pickle-stack-underflow', '\x80\x04K\x01(\x85.'],
    ['pickle-memo-missing', '\x80\x04h\x07.'],
    ['pickle-memo-missing', 'g12\n.'],
    ['pickle-bad-operand', 'gx\n.'],
    ['pickle-bad-operand', '\x80\x04NNb.'],
    ['pickle-bad-operand', '\x80\x04K\x01)R.'],
    ['pickle-bad-operand', '\x80\x04cos\nsystem\nK\x01R.'],
    ['pickle-bad-operand', '\x80\x04NK\x01a.'],
    ['pickle-bad-operand', '\x80\x04](K\x01K\x02u.'],
    ['pickle-bad-operand', '\x80\x04}(K\x01u.'],
    ['pickle-bad-global', '\x80\x04K\x01K\x02\x93.'],
    ['pickle-bad-global', `c${'a'.repeat(600)}\nb\n.`],
    ['pickle-bad-number', 'Iabc\n.'],
    ['pickle-bad-number', `L${'9'.repeat(5000)}L\n.`],
    ['pickle-bad-number', 'Fwhat\n.'],
    ['pickle-bad-string', 'Sabc\n.'],
    ['pickle-out-of-band', '\x80\x05\x97.'],
  ])('%s: %j', (code, bytes) => {
    const error = expectError(code, () => read(fromText(bytes)));
    expect(error.details['offset']).toBeTypeOf('number');
  });

  it('says how far it got', () => {
    const file = p.tinySnapshot();
    const error = expectError('pickle-truncated', () => readPickle(file.subarray(0, 1000)));
    expect(error.message).toMatch(/^The pickle is truncated: at byte \d+/);
  });

  it('refuses an endless run of opcodes', () => {
    expectError('pickle-too-long', () => readPickle(new Uint8Array(2 ** 19 + 1).fill(Opcode.EMPTY_TUPLE)));
    expectError('pickle-too-long', () => readPickle(new Uint8Array(2 ** 16 + 1).fill(Opcode.EMPTY_DICT)));
  });

  it('refuses settings that refer to themselves or grow without end', () => {
    expectError('pickle-too-complex', () => plainValue(read(fromText(']\x94h\x00a.'))));
    // Thirty lists, each holding the one before twice: 2^30 leaves.
    const doubling = `]\x94${Array.from({ length: 30 }, (_, i) => `]\x94(h${String.fromCharCode(i)}h${String.fromCharCode(i)}e`).join('')}.`;
    expectError('pickle-too-complex', () => plainValue(read(fromText(doubling))));
  });
});
