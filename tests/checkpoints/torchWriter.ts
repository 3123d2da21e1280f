/** Writes small torch files by hand, as torch.save does in either of its forms. */
import { deflateSync } from 'fflate';
import { Opcode } from '../../src/checkpoints/pickle/opcodes.js';
import * as p from './pickleWriter.js';
import { joined } from './pickleWriter.js';

/** A storage by its name in torch; `bytes` are its elements, little-endian. */
export interface StorageToWrite {
  readonly type: string;
  readonly key: string;
  readonly elements: number;
  readonly bytes: Uint8Array;
}

/** The object and the storages that it refers to, which the containers keep apart. */
export interface TorchObject {
  readonly root: (form: 'zip' | 'legacy') => p.Pickled;
  readonly storages: readonly StorageToWrite[];
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  DoubleStorage: 8,
  LongStorage: 8,
  FloatStorage: 4,
  IntStorage: 4,
  HalfStorage: 2,
  BFloat16Storage: 2,
  ShortStorage: 2,
  CharStorage: 1,
  ByteStorage: 1,
  BoolStorage: 1,
};

export function storage(key: string, type: string, data: ArrayBufferView): StorageToWrite {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { type, key, elements: bytes.length / (ELEMENT_BYTES[type] ?? 1), bytes };
}

/** Persistent id: five fields in archives; a sixth, a view of the storage, in legacy streams. */
export function reference({ type, key, elements }: StorageToWrite, view?: p.Pickled): p.Pickled {
  const fields = [p.text('storage'), p.global('torch', type), p.text(key), p.text('cpu'), p.int(elements)];
  return (w) => {
    p.tuple(...fields, ...(view ? [view] : []))(w);
    w.op(Opcode.BINPERSID);
  };
}

export interface Placement {
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset?: number;
  readonly rebuild?: string;
}

export function tensorOf(pid: p.Pickled, { shape, strides, offset = 0, rebuild }: Placement): p.Pickled {
  return p.call(
    'torch._utils',
    rebuild ?? '_rebuild_tensor_v2',
    pid,
    p.int(offset),
    p.tuple(...shape.map(p.int)),
    p.tuple(...strides.map(p.int)),
    p.bool(false),
    p.orderedDict({}),
  );
}

export interface TensorSpec {
  readonly type?: string;
  readonly shape: readonly number[];
  readonly data: ArrayBufferView;
}

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

/** A state dict with its `_metadata`, one storage a tensor. */
export function stateDict(tensors: Readonly<Record<string, TensorSpec>>, firstKey = 0): TorchObject {
  const entries = Object.entries(tensors).map(([name, { type = 'FloatStorage', shape, data }], index) => {
    return { name, shape, stored: storage(String(firstKey + index), type, data) };
  });
  return {
    storages: entries.map(({ stored }) => stored),
    root: (form) =>
      p.build(
        p.orderedDict(
          Object.fromEntries(
            entries.map(({ name, shape, stored }) => [
              name,
              tensorOf(reference(stored, form === 'legacy' ? p.none : undefined), { shape, strides: rowMajor(shape) }),
            ]),
          ),
        ),
        p.dict({ _metadata: p.orderedDict({ '': p.dict({ version: p.int(1) }) }) }),
      ),
  };
}

/** A dict of objects, as training checkpoints are, with settings beside them. */
export function dictOf(
  objects: Readonly<Record<string, TorchObject>>,
  settings: Readonly<Record<string, p.Pickled>> = {},
): TorchObject {
  const entries = Object.entries(objects);
  return {
    storages: entries.flatMap(([, { storages }]) => storages),
    root: (form) => p.dict({ ...settings, ...Object.fromEntries(entries.map(([name, o]) => [name, o.root(form)])) }),
  };
}

const utf8 = new TextEncoder();

export function writeTorchZip(
  object: TorchObject,
  options: ZipOptions = {},
  root = 'archive/',
): Uint8Array<ArrayBuffer> {
  return writeZip(
    [
      { name: `${root}data.pkl`, content: p.writePickle(object.root('zip'), 2) },
      { name: `${root}byteorder`, content: utf8.encode('little') },
      ...object.storages.map(({ key, bytes }) => ({ name: `${root}data/${key}`, content: bytes })),
      { name: `${root}version`, content: utf8.encode('3\n') },
    ],
    options,
  );
}

export function writeTorchLegacy(object: TorchObject): Uint8Array<ArrayBuffer> {
  const magic = p.writePickle(
    (w) => w.op(Opcode.LONG1).raw([10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
    2,
  );
  const version = p.writePickle((w) => w.op(Opcode.BININT2).raw([0xe9, 0x03]), 2);
  const system = p.writePickle(p.dict({ protocol_version: p.int(1001), little_endian: p.bool(true) }), 2);
  const root = p.writePickle(object.root('legacy'), 2);
  const keys = p.writePickle(p.list(...object.storages.map(({ key }) => p.text(key))), 2);
  const storages = object.storages.flatMap(({ elements, bytes }) => [
    new Uint8Array(new BigInt64Array([BigInt(elements)]).buffer),
    bytes,
  ]);
  return joined([magic, version, system, root, keys, ...storages]);
}

/** An instance of a TorchScript class: its attributes are its state. */
export const scriptModule = (
  module: string,
  name: string,
  attributes: Readonly<Record<string, p.Pickled>>,
): p.Pickled =>
  p.build((w) => {
    p.global(module, name)(w);
    w.op(Opcode.EMPTY_TUPLE).op(Opcode.NEWOBJ);
  }, p.dict(attributes));

export interface ScriptProgram {
  readonly module: p.Pickled;
  readonly storages: readonly StorageToWrite[];
  readonly constants: p.Pickled;
  readonly constantStorages: readonly StorageToWrite[];
}

/** As torch.jit.save writes it, with source text that nobody should look at. */
export function writeTorchScript(program: ScriptProgram, root = 'net/'): Uint8Array<ArrayBuffer> {
  const entries = (folder: string, storages: readonly StorageToWrite[]): ZipFile[] =>
    storages.map(({ key, bytes }) => ({ name: `${root}${folder}/${key}`, content: bytes }));
  return writeZip([
    { name: `${root}data.pkl`, content: p.writePickle(program.module, 2) },
    { name: `${root}code/__torch__.py`, content: utf8.encode('raise SystemExit\n') },
    ...entries('data', program.storages),
    { name: `${root}constants.pkl`, content: p.writePickle(program.constants, 2) },
    ...entries('constants', program.constantStorages),
    { name: `${root}version`, content: utf8.encode('3\n') },
  ]);
}

export interface ZipFile {
  readonly name: string;
  readonly content: Uint8Array;
}

export interface ZipOptions {
  readonly deflate?: boolean;
  /** Everything that has a zip64 form is written in it. */
  readonly zip64?: boolean;
  /** Put into the directory in place of the true values. */
  readonly patch?: Readonly<Record<string, Partial<Record<'size' | 'packed' | 'header' | 'method' | 'flags', number>>>>;
}

/** torch's archives: 64-byte alignment by an extra field, sizes in the directory only. */
export function writeZip(
  files: readonly ZipFile[],
  { deflate, zip64, patch }: ZipOptions = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  const append = (part: Uint8Array): void => {
    parts.push(part);
    offset += part.length;
  };
  for (const { name, content } of files) {
    const packed = deflate ? deflateSync(content) : content;
    const bytes = utf8.encode(name);
    const header = offset;
    const padding = 64 - ((offset + 30 + bytes.length + 4) % 64);
    append(localHeader(bytes, padding));
    append(packed);
    const stated = { size: content.length, packed: packed.length, header, method: deflate ? 8 : 0, flags: 0x0808 };
    directory.push(directoryEntry(bytes, { ...stated, ...patch?.[name] }, zip64 ?? false));
  }
  const begin = offset;
  for (const entry of directory) append(entry);
  append(endRecords(files.length, begin, offset - begin, zip64 ?? false));
  return joined(parts);
}

function localHeader(name: Uint8Array, padding: number): Uint8Array {
  const header = new Uint8Array(30 + name.length + 4 + padding);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(26, name.length, true);
  view.setUint16(28, 4 + padding, true);
  header.set(name, 30);
  header.set(utf8.encode('FB'), 30 + name.length);
  view.setUint16(30 + name.length + 2, padding, true);
  return header;
}

type Entry = Readonly<Record<'size' | 'packed' | 'header' | 'method' | 'flags', number>>;

function directoryEntry(name: Uint8Array, entry: Entry, zip64: boolean): Uint8Array {
  const { size, packed, header, method, flags } = entry;
  const record = new Uint8Array(46 + name.length + (zip64 ? 28 : 0));
  const view = new DataView(record.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(8, flags, true);
  view.setUint16(10, method, true);
  for (const [at, value] of [
    [20, packed],
    [24, size],
    [42, header],
  ] as const) {
    view.setUint32(at, zip64 ? 0xffffffff : value, true);
  }
  view.setUint16(28, name.length, true);
  record.set(name, 46);
  if (!zip64) return record;
  const extra = 46 + name.length;
  view.setUint16(30, 28, true);
  view.setUint16(extra, 1, true);
  view.setUint16(extra + 2, 24, true);
  [size, packed, header].forEach((value, index) => view.setBigUint64(extra + 4 + 8 * index, BigInt(value), true));
  return record;
}

function endRecords(entries: number, begin: number, bytes: number, zip64: boolean): Uint8Array {
  const end = new Uint8Array(22);
  const view = new DataView(end.buffer);
  view.setUint32(0, 0x06054b50, true);
  view.setUint16(8, zip64 ? 0xffff : entries, true);
  view.setUint16(10, zip64 ? 0xffff : entries, true);
  view.setUint32(12, zip64 ? 0xffffffff : bytes, true);
  view.setUint32(16, zip64 ? 0xffffffff : begin, true);
  return zip64 ? joined([zip64Records(entries, begin, bytes), end]) : end;
}

function zip64Records(entries: number, begin: number, bytes: number): Uint8Array {
  const records = new Uint8Array(56 + 20);
  const view = new DataView(records.buffer);
  view.setUint32(0, 0x06064b50, true);
  view.setBigUint64(4, 44n, true);
  for (const [at, value] of [
    [24, entries],
    [32, entries],
    [40, bytes],
    [48, begin],
  ] as const) {
    view.setBigUint64(at, BigInt(value), true);
  }
  view.setUint32(56, 0x07064b50, true);
  view.setBigUint64(64, BigInt(begin + bytes), true);
  view.setUint32(72, 1, true);
  return records;
}
