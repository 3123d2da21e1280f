/**
 * Writes small pickles by hand, opcode by opcode, in the protocols that checkpoints use: 0 in lines of text, 1 and up in
 * binary, 4 and up in a frame.
 */
import { Opcode } from '../../src/checkpoints/pickle/opcodes.js';

export type Pickled = (writer: PickleWriter) => void;

/** Longer contents are kept as they are: weights go by the hundred megabytes. */
const KEPT_WHOLE = 4096;

export class PickleWriter {
  #bytes: number[] = [];
  readonly #parts: Uint8Array[] = [];

  constructor(readonly protocol: number) {
    if (protocol >= 2) this.op(Opcode.PROTO).raw([protocol]);
  }

  op(opcode: number): this {
    this.#bytes.push(opcode);
    return this;
  }

  raw(bytes: Iterable<number>): this {
    if (bytes instanceof Uint8Array && bytes.length > KEPT_WHOLE) {
      this.#parts.push(Uint8Array.from(this.#bytes), bytes);
      this.#bytes = [];
      return this;
    }
    for (const byte of bytes) this.#bytes.push(byte);
    return this;
  }

  line(text: string): this {
    return this.raw(new TextEncoder().encode(`${text}\n`));
  }

  uint32(value: number): this {
    return this.raw([value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >>> 24) & 0xff]);
  }

  done(): Uint8Array<ArrayBuffer> {
    return joined(this.parts());
  }

  /** The pickle in pieces, to be written one after the other. */
  parts(): readonly Uint8Array[] {
    return [...this.#parts, Uint8Array.from([...this.#bytes, Opcode.STOP])];
  }
}

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function writePickle(value: Pickled, protocol = 4): Uint8Array<ArrayBuffer> {
  const writer = new PickleWriter(protocol);
  value(writer);
  return protocol >= 5 ? framed(writer.done()) : writer.done();
}

/** All that follows PROTO in one frame. */
function framed(pickle: Uint8Array): Uint8Array<ArrayBuffer> {
  const [proto, content] = [pickle.subarray(0, 2), pickle.subarray(2)];
  const length = new Uint8Array(new BigUint64Array([BigInt(content.length)]).buffer);
  return joined([proto, Uint8Array.of(Opcode.FRAME), length, content]);
}

export const none: Pickled = (w) => w.op(Opcode.NONE);

export const bool =
  (value: boolean): Pickled =>
  (w) => {
    if (w.protocol < 2) w.op(Opcode.INT).line(value ? '01' : '00');
    else w.op(value ? Opcode.NEWTRUE : Opcode.NEWFALSE);
  };

export const int =
  (value: number): Pickled =>
  (w) => {
    if (w.protocol < 1) w.op(Opcode.INT).line(String(value));
    else w.op(Opcode.BININT).uint32(value);
  };

export const float =
  (value: number): Pickled =>
  (w) => {
    if (w.protocol < 1) return void w.op(Opcode.FLOAT).line(String(value));
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value);
    w.op(Opcode.BINFLOAT).raw(bytes);
  };

export const text =
  (value: string): Pickled =>
  (w) => {
    if (w.protocol < 1) return void w.op(Opcode.UNICODE).raw(rawUnicodeEscape(value));
    const bytes = new TextEncoder().encode(value);
    if (w.protocol >= 4 && bytes.length < 256) w.op(Opcode.SHORT_BINUNICODE).raw([bytes.length]).raw(bytes);
    else w.op(Opcode.BINUNICODE).uint32(bytes.length).raw(bytes);
  };

/** A line of Latin-1 in which line ends, backslashes and all beyond Latin-1 are escaped. */
function rawUnicodeEscape(value: string): number[] {
  const escaped = value.replace(
    /[\n\r\\\u0100-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return Array.from(`${escaped}\n`, (character) => character.charCodeAt(0));
}

/** Protocol 2 has no bytes: there they are latin-1 text for `_codecs.encode`. */
export const bytes =
  (value: Uint8Array): Pickled =>
  (w) => {
    if (w.protocol >= 3) w.op(Opcode.BINBYTES).uint32(value.length).raw(value);
    else call('_codecs', 'encode', text(String.fromCharCode(...value)), text('latin1'))(w);
  };

export const global =
  (module: string, name: string): Pickled =>
  (w) => {
    if (w.protocol < 4) {
      w.op(Opcode.GLOBAL).line(module).line(name);
      return;
    }
    text(module)(w);
    text(name)(w);
    w.op(Opcode.STACK_GLOBAL);
  };

export const tuple =
  (...items: Pickled[]): Pickled =>
  (w) => {
    w.op(Opcode.MARK);
    for (const item of items) item(w);
    w.op(Opcode.TUPLE);
  };

export const list =
  (...items: Pickled[]): Pickled =>
  (w) => {
    if (w.protocol < 1) {
      w.op(Opcode.MARK).op(Opcode.LIST);
      for (const item of items) {
        item(w);
        w.op(Opcode.APPEND);
      }
      return;
    }
    w.op(Opcode.EMPTY_LIST).op(Opcode.MARK);
    for (const item of items) item(w);
    w.op(Opcode.APPENDS);
  };

function setItems(w: PickleWriter, entries: Readonly<Record<string, Pickled>>): void {
  if (w.protocol < 1) {
    for (const [key, value] of Object.entries(entries)) {
      text(key)(w);
      value(w);
      w.op(Opcode.SETITEM);
    }
    return;
  }
  w.op(Opcode.MARK);
  for (const [key, value] of Object.entries(entries)) {
    text(key)(w);
    value(w);
  }
  w.op(Opcode.SETITEMS);
}

export const dict =
  (entries: Readonly<Record<string, Pickled>>): Pickled =>
  (w) => {
    if (w.protocol < 1) w.op(Opcode.MARK).op(Opcode.DICT);
    else w.op(Opcode.EMPTY_DICT);
    setItems(w, entries);
  };

export const call =
  (module: string, name: string, ...args: Pickled[]): Pickled =>
  (w) => {
    global(module, name)(w);
    tuple(...args)(w);
    w.op(Opcode.REDUCE);
  };

export const orderedDict =
  (entries: Readonly<Record<string, Pickled>>): Pickled =>
  (w) => {
    call('collections', 'OrderedDict')(w);
    setItems(w, entries);
  };

/** dnnlib's dict subclass, made with NEWOBJ. */
export const easyDict =
  (entries: Readonly<Record<string, Pickled>>): Pickled =>
  (w) => {
    global('dnnlib.util', 'EasyDict')(w);
    w.op(Opcode.EMPTY_TUPLE).op(Opcode.NEWOBJ);
    setItems(w, entries);
  };

export const build =
  (object: Pickled, state: Pickled): Pickled =>
  (w) => {
    object(w);
    state(w);
    w.op(Opcode.BUILD);
  };

export const numpyDType = (name: string, byteOrder = '<'): Pickled =>
  build(call('numpy', 'dtype', text(name), bool(false), bool(true)), tuple(int(3), text(byteOrder), none, none, none));

export const numpyDouble = (value: number): Pickled =>
  call('numpy.core.multiarray', 'scalar', numpyDType('f8'), bytes(new Uint8Array(new Float64Array([value]).buffer)));

/** Python 2 wrote text as byte strings. */
export const text2 =
  (value: string): Pickled =>
  (w) => {
    w.op(Opcode.SHORT_BINSTRING).raw([value.length]).raw(new TextEncoder().encode(value));
  };

/** Python 2 wrote bytes as byte strings, too. */
export const bytes2 =
  (value: Uint8Array): Pickled =>
  (w) => {
    w.op(Opcode.BINSTRING).uint32(value.length).raw(value);
  };

export interface ArrayForm {
  readonly dtype?: string;
  readonly byteOrder?: string;
  readonly fortran?: boolean;
  /** As Python 2 writes it. */
  readonly python2?: boolean;
}

/** A NumPy array as pickles below protocol 5 have it; `data` in the order of the file. */
export function numpyArray(shape: readonly number[], data: ArrayBufferView, form: ArrayForm = {}): Pickled {
  const { dtype = 'f4', byteOrder = '<', fortran = false, python2 = false } = form;
  const content = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const string = python2 ? text2 : text;
  const type = build(
    call('numpy', 'dtype', string(dtype), int(0), int(1)),
    tuple(int(3), string(byteOrder), none, none, none, int(-1), int(-1), int(0)),
  );
  const mark = python2 ? text2('b') : bytes(Uint8Array.of(98));
  return build(
    call('numpy.core.multiarray', '_reconstruct', global('numpy', 'ndarray'), tuple(int(0)), mark),
    tuple(int(1), tuple(...shape.map(int)), type, bool(fortran), python2 ? bytes2(content) : bytes(content)),
  );
}

export const numpyFloat = (value: number): Pickled =>
  call('numpy.core.multiarray', 'scalar', numpyDType('f4'), bytes(new Uint8Array(Float32Array.of(value).buffer)));

export interface TensorflowFields {
  readonly module?: string;
  readonly version?: number;
  readonly name?: string;
  readonly function?: string;
  readonly kwargs?: Readonly<Record<string, Pickled>>;
  readonly components?: Readonly<Record<string, Pickled>>;
  readonly variables?: Readonly<Record<string, Pickled>>;
}

/** A network as `dnnlib.tflib.network` writes it (version 4), or `tfutil` (version 2, without components). */
export function tensorflowNetwork(fields: TensorflowFields): Pickled {
  const { module = 'dnnlib.tflib.network', version = 4 } = fields;
  const instance: Pickled = (w) => {
    global(module, 'Network')(w);
    w.op(Opcode.EMPTY_TUPLE).op(Opcode.NEWOBJ);
  };
  const variables = Object.entries(fields.variables ?? {}).map(([name, value]) => tuple(text(name), value));
  return build(
    instance,
    dict({
      version: int(version),
      name: text(fields.name ?? 'Gs'),
      static_kwargs: dict(fields.kwargs ?? {}),
      ...(fields.components ? { components: dict(fields.components) } : {}),
      build_module_src: text('raise SystemExit  # never looked at ö\n'.repeat(60)),
      build_func_name: text(fields.function ?? 'G_main'),
      variables: list(...variables),
    }),
  );
}

/** A network of Progressive GAN's Theano code, as Python 2 wrote it: parameters without names. */
export function theanoNetwork(spec: Readonly<Record<string, Pickled>>, parameters: readonly Pickled[]): Pickled {
  const instance: Pickled = (w) => {
    global('network', 'Network')(w);
    w.op(Opcode.EMPTY_TUPLE).op(Opcode.NEWOBJ);
  };
  return build(
    instance,
    dict({
      build_func_spec: dict(spec),
      param_values: list(...parameters),
      toplevel_params: dict({ cur_lod: float(0) }),
    }),
  );
}

/** A legacy torch stream of one storage, as `torch.storage._load_from_bytes` gets it. */
export function legacyStorage(values: Float32Array, key = '94'): Uint8Array<ArrayBuffer> {
  const magic = writePickle(
    (w) => w.op(Opcode.LONG1).raw([10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]),
    2,
  );
  const version = writePickle((w) => w.op(Opcode.BININT2).raw([0xe9, 0x03]), 2);
  const system = writePickle(dict({ protocol_version: int(1001), little_endian: bool(true) }), 2);
  const object = writePickle((w) => {
    tuple(text('storage'), global('torch', 'FloatStorage'), text(key), text('cpu'), int(values.length), none)(w);
    w.op(Opcode.BINPERSID);
  }, 2);
  const keys = writePickle(list(text(key)), 2);
  const count = new Uint8Array(new BigInt64Array([BigInt(values.length)]).buffer);
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return joined([magic, version, system, object, keys, count, data]);
}

export const tensor = (values: Iterable<number>, shape: readonly number[], strides: readonly number[]): Pickled =>
  call(
    'torch._utils',
    '_rebuild_tensor_v2',
    call('torch.storage', '_load_from_bytes', bytes(legacyStorage(Float32Array.from(values)))),
    int(0),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    bool(false),
    orderedDict({}),
  );

export const parameter = (value: Pickled): Pickled =>
  call('torch._utils', '_rebuild_parameter', value, bool(false), orderedDict({}));

export interface ModuleFields {
  readonly parameters?: Readonly<Record<string, Pickled>>;
  readonly buffers?: Readonly<Record<string, Pickled>>;
  readonly modules?: Readonly<Record<string, Pickled>>;
  readonly attributes?: Readonly<Record<string, Pickled>>;
  readonly initArgs?: readonly Pickled[];
  readonly initKwargs?: Readonly<Record<string, Pickled>>;
}

/** A module as NVIDIA's persistence decorator writes it. */
export function persistentModule(className: string, fields: ModuleFields): Pickled {
  return call(
    'torch_utils.persistence',
    '_reconstruct_persistent_obj',
    dict({
      type: text('class'),
      version: int(6),
      module_src: text('raise SystemExit  # never looked at ö\n'.repeat(60)),
      class_name: text(className),
      state: dict({
        training: bool(false),
        _parameters: orderedDict(fields.parameters ?? {}),
        _buffers: orderedDict(fields.buffers ?? {}),
        _modules: orderedDict(fields.modules ?? {}),
        ...fields.attributes,
        _init_args: tuple(...(fields.initArgs ?? [])),
        _init_kwargs: easyDict(fields.initKwargs ?? {}),
      }),
    }),
  );
}

/** A network with one submodule, a channels-last weight, an absent buffer and settings of several kinds. */
export function tinyGenerator(bias: number): Pickled {
  const layer = persistentModule('FullyConnectedLayer', {
    parameters: {
      weight: parameter(tensor([1, 2, 3, 4, 5, 6], [2, 3], [1, 2])),
      bias: parameter(tensor([bias, -bias], [2], [1])),
    },
    buffers: { missing: none },
    attributes: { activation: text('lrelu'), weight_gain: numpyDouble(0.1), conv_clamp: none, padding: list(int(1)) },
  });
  return persistentModule('Generator', {
    modules: { fc0: layer },
    attributes: { z_dim: int(3) },
    initKwargs: { z_dim: int(3), synthesis_kwargs: easyDict({ architecture: text('skip'), beta: numpyDouble(0.25) }) },
  });
}

export const tinySnapshot = (protocol = 4): Uint8Array<ArrayBuffer> =>
  writePickle(
    dict({
      training_set_kwargs: dict({ path: text('x.zip') }),
      G: tinyGenerator(1),
      G_ema: tinyGenerator(2),
      augment_pipe: none,
    }),
    protocol,
  );
