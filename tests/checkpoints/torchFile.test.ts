import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Checkpoint, StoredNetwork, StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { encodeHalves } from '../../src/checkpoints/halfFloat.js';
import { readCheckpoint } from '../../src/checkpoints/open.js';
import { Opcode } from '../../src/checkpoints/pickle/opcodes.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import { readTorchLegacy, readZippedCheckpoint } from '../../src/checkpoints/torchFile.js';
import { expectError, expectTypedOutcome } from './expectError.js';
import * as p from './pickleWriter.js';
import {
  dictOf,
  reference,
  scriptModule,
  stateDict,
  storage,
  tensorOf,
  writeTorchLegacy,
  writeTorchScript,
  writeTorchZip,
  writeZip,
  type Placement,
  type StorageToWrite,
  type TensorSpec,
  type TorchObject,
} from './torchWriter.js';

const forms = [
  { form: 'zip', write: (object: TorchObject) => writeTorchZip(object), read: readZippedCheckpoint },
  { form: 'legacy', write: writeTorchLegacy, read: readTorchLegacy },
] as const;

const everyType: Readonly<Record<string, TensorSpec>> = {
  f64: { type: 'DoubleStorage', shape: [2], data: Float64Array.of(1.5, -2) },
  f32: { type: 'FloatStorage', shape: [2, 1], data: Float32Array.of(0.25, 3) },
  f16: { type: 'HalfStorage', shape: [3], data: encodeHalves(Float32Array.of(1, -0.5, 8)) },
  bf16: { type: 'BFloat16Storage', shape: [1], data: Uint16Array.of(0x3fc0) },
  i64: { type: 'LongStorage', shape: [], data: BigInt64Array.of(20n) },
  i32: { type: 'IntStorage', shape: [1], data: Int32Array.of(-7) },
  i16: { type: 'ShortStorage', shape: [1], data: Int16Array.of(-300) },
  i8: { type: 'CharStorage', shape: [1], data: Int8Array.of(-3) },
  u8: { type: 'ByteStorage', shape: [2], data: Uint8Array.of(3, 255) },
  bool: { type: 'BoolStorage', shape: [2], data: Uint8Array.of(0, 1) },
  none: { type: 'FloatStorage', shape: [0, 3], data: new Float32Array() },
};
const everyValue = {
  f64: [1.5, -2],
  f32: [0.25, 3],
  f16: [1, -0.5, 8],
  bf16: [1.5],
  i64: [20],
  i32: [-7],
  i16: [-300],
  i8: [-3],
  u8: [3, 255],
  bool: [0, 1],
  none: [],
};

const small = stateDict({ weight: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } });
const network = (checkpoint: Checkpoint, name = ''): StoredNetwork | undefined =>
  checkpoint.networks.find((candidate) => candidate.name === name);
const tensor = (checkpoint: Checkpoint, key: string): StoredTensor => {
  const found = checkpoint.networks.map(({ tensors }) => tensors.get(key)).find((candidate) => candidate);
  if (!found) throw new Error(`no ${key}`);
  return found;
};

/** One object around tensors that are laid over storages by hand. */
function layout(
  storages: readonly StorageToWrite[],
  tensors: Readonly<Record<string, readonly [StorageToWrite, Placement, p.Pickled?]>>,
): TorchObject {
  return {
    storages,
    root: (form) =>
      p.dict(
        Object.fromEntries(
          Object.entries(tensors).map(([name, [stored, placement, view]]) => [
            name,
            tensorOf(reference(stored, form === 'legacy' ? (view ?? p.none) : undefined), placement),
          ]),
        ),
      ),
  };
}

describe.each(forms)('a torch file, $form', ({ form, write, read }) => {
  it('is recognised by its bytes', () => {
    expect(readCheckpoint(write(small), 'network.pkl').format).toBe(`torch-${form}`);
  });

  it('reads every element type', () => {
    const checkpoint = read(write(stateDict(everyType)));
    const tensors = network(checkpoint)?.tensors ?? new Map<string, StoredTensor>();
    expect(Object.fromEntries([...tensors].map(([name, stored]) => [name, [...readTensor(stored)]]))).toEqual(
      everyValue,
    );
    for (const [name, { dtype, shape, strides }] of tensors) {
      expect(name === 'none' ? 'none' : dtype).toBe(name);
      expect(shape).toEqual(everyType[name]?.shape);
      expect(strides).toBeNull();
    }
    expect(checkpoint.inertGlobals).toEqual([]);
  });

  it('gives tensors as views of the file', () => {
    const file = write(small);
    const { bytes } = tensor(read(file), 'weight');
    expect(bytes.buffer).toBe(file.buffer);
    expect(bytes.length).toBe(16);
  });

  it('honours strides and offsets, and lets tensors share a storage', () => {
    const shared = storage('7', 'FloatStorage', Float32Array.of(0, 1, 2, 3, 4, 5, 6));
    const checkpoint = read(
      write(
        layout([shared], {
          transposed: [shared, { shape: [3, 2], strides: [1, 3], offset: 1 }],
          tail: [shared, { shape: [2], strides: [1], offset: 5 }],
          expanded: [shared, { shape: [2, 2], strides: [0, 1] }],
          old: [shared, { shape: [1], strides: [1], offset: 3, rebuild: '_rebuild_tensor' }],
        }),
      ),
    );
    const values = (key: string): number[] => [...readTensor(tensor(checkpoint, key))];
    expect(values('transposed')).toEqual([1, 4, 2, 5, 3, 6]);
    expect(values('tail')).toEqual([5, 6]);
    expect(values('expanded')).toEqual([0, 1, 0, 1]);
    expect(values('old')).toEqual([3]);
  });

  it('unwraps parameters and tensors with attributes', () => {
    const object: TorchObject = {
      storages: small.storages,
      root: (kind) => {
        const [stored = storage('0', 'FloatStorage', new Float32Array())] = small.storages;
        const pid = reference(stored, kind === 'legacy' ? p.none : undefined);
        const plain = tensorOf(pid, { shape: [4], strides: [1] });
        return p.dict({
          parameter: p.parameter(plain),
          stateful: p.call(
            'torch._utils',
            '_rebuild_parameter_with_state',
            plain,
            p.bool(true),
            p.orderedDict({}),
            p.dict({}),
          ),
          subclass: p.call(
            'torch._tensor',
            '_rebuild_from_type_v2',
            p.global('torch._utils', '_rebuild_tensor_v2'),
            p.global('torch', 'Tensor'),
            p.tuple(pid, p.int(0), p.tuple(p.int(4)), p.tuple(p.int(1)), p.bool(false), p.orderedDict({})),
            p.dict({ tag: p.text('x') }),
          ),
        });
      },
    };
    const { networks, inertGlobals } = read(write(object));
    for (const stored of networks[0]?.tensors.values() ?? []) expect([...readTensor(stored)]).toEqual([1, 2, 3, 4]);
    expect(networks[0]?.tensors.size).toBe(3);
    expect(inertGlobals).toEqual([]);
  });

  it('finds networks wherever training checkpoints keep them', () => {
    const one = (key: number): TorchObject => stateDict({ w: { shape: [1], data: Float32Array.of(key) } }, key);
    const names = (object: TorchObject): string[] => read(write(object)).networks.map(({ name }) => name);
    expect(names(dictOf({ state_dict: one(1) }, { epoch: p.int(3) }))).toEqual(['']);
    expect(names(dictOf({ models: dictOf({ generator: one(1), generator_smooth: one(2) }) }))).toEqual([
      'generator',
      'generator_smooth',
    ]);
    expect(names(dictOf({ model: one(1), model_ema: one(2) }))).toEqual(['', 'model_ema']);
    expect(names(dictOf({ net: dictOf({ trunk: one(1) }) }))).toEqual(['net.trunk']);
    const clash = read(write(dictOf({ model: one(1), state_dict: one(2) })));
    expect(clash.networks.map(({ name, tensors }) => [name, tensors.size])).toEqual([
      ['', 1],
      ['state_dict', 1],
    ]);
  });

  it('puts tensors beside networks into the unnamed one', () => {
    const average = storage('9', 'FloatStorage', Float32Array.of(7));
    const object: TorchObject = {
      storages: [...small.storages, average],
      root: (kind) =>
        p.dict({
          g_ema: small.root(kind),
          latent_avg: tensorOf(reference(average, kind === 'legacy' ? p.none : undefined), {
            shape: [1],
            strides: [1],
          }),
        }),
    };
    const checkpoint = read(write(object));
    expect(checkpoint.networks.map(({ name }) => name)).toEqual(['g_ema', '']);
    expect([...readTensor(tensor(checkpoint, 'latent_avg'))]).toEqual([7]);
  });

  it('leaves out optimiser state, and the prefix of DataParallel', () => {
    const byNumber: TorchObject = {
      storages: small.storages,
      root: (kind) => (w) => {
        p.dict({})(w);
        p.int(0)(w);
        small.root(kind)(w);
        w.op('s'.charCodeAt(0));
      },
    };
    const parallel = stateDict({ 'module.a.b': { shape: [1], data: Float32Array.of(1) } }, 5);
    const { networks } = read(write(dictOf({ optim: dictOf({ state: byNumber }), netG: parallel })));
    expect(networks.map(({ name, tensors }) => [name, [...tensors.keys()]])).toEqual([['netG', ['a.b']]]);
  });

  it('reads whole modules, of NVIDIA’s and of torch’s, and runs nothing of them', () => {
    const [stored = storage('0', 'FloatStorage', new Float32Array())] = small.storages;
    const weight = (kind: string): p.Pickled =>
      p.parameter(tensorOf(reference(stored, kind === 'legacy' ? p.none : undefined), { shape: [4], strides: [1] }));
    const fields = (kind: string): Readonly<Record<string, p.Pickled>> => ({
      _parameters: p.orderedDict({ weight: weight(kind) }),
      _buffers: p.orderedDict({}),
      _modules: p.orderedDict({}),
    });
    const linear: TorchObject = {
      storages: small.storages,
      root: (kind) => p.build(p.call('evil.nets', 'Linear'), p.dict({ ...fields(kind), in_features: p.int(4) })),
    };
    const checkpoint = read(write(linear));
    expect(network(checkpoint)).toMatchObject({ name: '', className: 'Linear' });
    expect(network(checkpoint)?.attributes.get('in_features')).toBe(4);
    expect(checkpoint.inertGlobals).toEqual(['evil.nets.Linear']);
    const nvidia: TorchObject = {
      storages: small.storages,
      root: (kind) => p.persistentModule('Generator', { parameters: { weight: weight(kind) } }),
    };
    expect(network(read(write(nvidia)))?.className).toBe('Generator');
  });

  it('says what it found where there is no network', () => {
    const object: TorchObject = { storages: [], root: () => p.dict({ run: p.call('posix', 'system', p.text('x')) }) };
    const error = expectError('checkpoint-no-generator', () => read(write(object)));
    expect(error.message).toContain('This file asks to run `os.system`. ganvas never runs code from a file');
  });

  it('refuses dicts that contain themselves or share without end', () => {
    const cyclic: TorchObject = {
      storages: [],
      root: () => (w) => {
        w.op('}'.charCodeAt(0)).op('q'.charCodeAt(0)).raw([0]);
        p.text('self')(w);
        w.op('h'.charCodeAt(0)).raw([0]).op('s'.charCodeAt(0));
      },
    };
    expectError('checkpoint-too-complex', () => read(write(cyclic)));
  });

  it('says that a storage is of a type it does not know', () => {
    const strange = { ...storage('0', 'FloatStorage', new Float32Array(2)), type: 'QInt8Storage' };
    const object = layout([strange], { w: [strange, { shape: [2], strides: [1] }] });
    const error = expectError('torch-dtype-unsupported', () => readTensor(tensor(read(write(object)), 'w')));
    expect(error.message).toContain('torch.QInt8Storage');
  });

  it('refuses tensors larger than their storage, and storages that are not there', () => {
    const stored = storage('0', 'FloatStorage', new Float32Array(4));
    const large = layout([stored], { w: [stored, { shape: [5], strides: [1] }] });
    expectError('torch-truncated', () => readTensor(tensor(read(write(large)), 'w')));
    const huge = layout([stored], { w: [stored, { shape: [2 ** 30, 2 ** 22], strides: [0, 0] }] });
    expectError('tensor-too-large', () => readTensor(tensor(read(write(huge)), 'w')));
    const negative = layout([stored], { w: [stored, { shape: [-1], strides: [1] }] });
    expectError('tensor-bad-shape', () => read(write(negative)));
    const missing = layout([], { w: [stored, { shape: [4], strides: [1] }] });
    expectError('torch-bad-storage', () => readTensor(tensor(read(write(missing)), 'w')));
    const claims = { ...stored, elements: 2 ** 30 };
    expectError('torch-truncated', () =>
      readTensor(tensor(read(write(layout([claims], { w: [claims, { shape: [4], strides: [1] }] }))), 'w')),
    );
  });

  it('fails with a typed error or reads, whatever is cut off or flipped', () => {
    const valid = write(dictOf({ G: stateDict(everyType), D: stateDict(everyType, 50) }));
    const readAll = (bytes: Uint8Array): void => {
      for (const { tensors } of readCheckpoint(bytes, 'x').networks) {
        for (const stored of tensors.values()) readTensor(stored);
      }
    };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: valid.length - 1 }), (length) => {
        expect(() => readAll(valid.subarray(0, length))).toThrow();
        expectTypedOutcome(() => readAll(valid.subarray(0, length)));
      }),
    );
    const flip = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 6 }), (flips) => {
        const damaged = valid.slice();
        for (const [at, value] of flips) damaged[at] = value;
        expectTypedOutcome(() => readAll(damaged));
      }),
      { numRuns: 1500 },
    );
  });
});

describe('torch archives', () => {
  it('may be compressed again, have zip64 records, or no folder', () => {
    for (const file of [
      writeTorchZip(stateDict(everyType), { deflate: true }),
      writeTorchZip(stateDict(everyType), { zip64: true }),
      writeTorchZip(stateDict(everyType), {}, ''),
      writeTorchZip(stateDict(everyType), {}, 'some/folder/'),
    ]) {
      expect([...readTensor(tensor(readZippedCheckpoint(file), 'f16'))]).toEqual(everyValue.f16);
    }
  });

  it('read the storages of no tensor but those asked for', () => {
    const object = stateDict({
      a: { shape: [1], data: Float32Array.of(1) },
      b: { shape: [1], data: Float32Array.of(2) },
    });
    const file = writeTorchZip(object, { deflate: true, patch: { 'archive/data/1': { method: 99 } } });
    const checkpoint = readZippedCheckpoint(file);
    expect([...readTensor(tensor(checkpoint, 'a'))]).toEqual([1]);
    expect(tensor(checkpoint, 'b').shape).toEqual([1]);
    expectError('zip-unsupported', () => readTensor(tensor(checkpoint, 'b')));
  });

  const text = (name: string, content = ''): { name: string; content: Uint8Array } => ({
    name,
    content: new TextEncoder().encode(content),
  });
  const pickle = { name: 'x/data.pkl', content: p.writePickle(small.root('zip'), 2) };

  it.each([
    ['neither the data.pkl', [text('readme.txt')]],
    ['neither the data.pkl', [text('w.npy'), text('readme.txt')]],
    ['several PyTorch files', [pickle, { ...pickle, name: 'y/data.pkl' }]],
    ['big-endian', [pickle, text('x/byteorder', 'big')]],
  ])('are told from other archives: %s', (words, files) => {
    const error = expectError('checkpoint-format-unsupported', () => readCheckpoint(writeZip(files), 'a.zip'));
    expect(error.message).toContain(words);
  });
});

describe('TorchScript programs', () => {
  const weight = storage('0', 'FloatStorage', Float32Array.of(1, 2, 3, 4));
  const constant = storage('0', 'LongStorage', BigInt64Array.of(7n));
  const tensorAt = (stored: StorageToWrite, ...shape: number[]): p.Pickled =>
    tensorOf(reference(stored), { shape, strides: shape.map(() => 1) });
  const layer = scriptModule('__torch__.torch.nn.modules.linear', 'Linear', {
    training: p.bool(false),
    _is_full_backward_hook: p.none,
    weight: tensorAt(weight, 4),
    scales: p.call('torch.jit._pickle', 'build_tensorlist', p.list(tensorAt(weight, 1), tensorAt(weight, 2))),
  });
  const program = writeTorchScript({
    module: scriptModule('__torch__', 'Net', { resolution: p.int(8), layer }),
    storages: [weight],
    constants: p.tuple(tensorAt(constant, 1)),
    constantStorages: [constant],
  });

  it('give their parameters and constants, and their code is not looked at', () => {
    const checkpoint = readCheckpoint(program, 'vgg16.pt');
    expect(checkpoint.format).toBe('torchscript');
    expect(checkpoint.inertGlobals).toEqual([]);
    const [net, constants] = checkpoint.networks;
    expect(net).toMatchObject({ name: '', className: 'Net' });
    expect([...(net?.tensors.keys() ?? [])]).toEqual(['layer.weight', 'layer.scales.0', 'layer.scales.1']);
    expect(Object.fromEntries(net?.attributes ?? [])).toEqual({ resolution: 8, 'layer.training': false });
    expect([...readTensor(tensor(checkpoint, 'layer.weight'))]).toEqual([1, 2, 3, 4]);
    expect(constants?.name).toBe('constants');
    expect([...readTensor(tensor(checkpoint, '0'))]).toEqual([7]);
  });

  it('are refused where modules contain themselves', () => {
    const cyclic: p.Pickled = (w) => {
      p.global('__torch__', 'Net')(w);
      w.op(Opcode.EMPTY_TUPLE).op(Opcode.NEWOBJ).op(Opcode.BINPUT).raw([9]);
      p.dict({ self: (inner) => inner.op(Opcode.BINGET).raw([9]) })(w);
      w.op(Opcode.BUILD);
    };
    const file = writeTorchScript({ module: cyclic, storages: [], constants: p.tuple(), constantStorages: [] });
    expectError('checkpoint-too-complex', () => readCheckpoint(file, 'x.pt'));
  });
});

describe('legacy streams', () => {
  it('read views of storages', () => {
    const stored = storage('0', 'FloatStorage', Float32Array.of(0, 1, 2, 3));
    const view = p.tuple(p.text('1'), p.int(1), p.int(3));
    const object = layout([stored], { w: [stored, { shape: [2], strides: [1], offset: 1 }, view] });
    expect([...readTensor(tensor(readTorchLegacy(writeTorchLegacy(object)), 'w'))]).toEqual([2, 3]);
  });

  it('read whole modules whose class is a persistent id with its source', () => {
    const module: TorchObject = {
      storages: small.storages,
      root: () => (w) => {
        const [stored = storage('0', 'FloatStorage', new Float32Array())] = small.storages;
        p.tuple(p.text('module'), p.global('nets', 'Net'), p.text('nets.py'), p.text('import os'))(w);
        w.op('Q'.charCodeAt(0)).op(')'.charCodeAt(0)).op(0x81);
        const weight = tensorOf(reference(stored, p.none), { shape: [4], strides: [1] });
        p.dict({ _parameters: p.orderedDict({ weight }), _buffers: p.dict({}), _modules: p.dict({}) })(w);
        w.op('b'.charCodeAt(0));
      },
    };
    expect([...readTensor(tensor(readTorchLegacy(writeTorchLegacy(module)), 'weight'))]).toEqual([1, 2, 3, 4]);
  });

  it('refuse another magic number, version or byte order, and storages nobody uses', () => {
    const valid = writeTorchLegacy(small);
    const changed = (at: number, value: number): Uint8Array => {
      const bytes = valid.slice();
      bytes[at] = value;
      return bytes;
    };
    expectError('torch-bad-stream', () => readTorchLegacy(changed(5, 0)));
    expectError('torch-bad-stream', () => readTorchLegacy(changed(18, 0)));
    const order = new TextDecoder('latin1').decode(valid).indexOf('little_endian') + 'little_endian'.length;
    expectError('torch-bad-stream', () => readTorchLegacy(changed(order, 0x89)));
    const unused = { ...small, storages: [...small.storages, storage('8', 'FloatStorage', new Float32Array(1))] };
    expectError('torch-bad-stream', () => readTorchLegacy(writeTorchLegacy(unused)));
  });

  it('say that they are cut off', () => {
    const valid = writeTorchLegacy(small);
    for (const lost of [1, 15, 17, 23]) {
      expectError('torch-truncated', () => readTorchLegacy(valid.subarray(0, valid.length - lost)));
    }
    expect(readTorchLegacy(p.joined([valid, Uint8Array.of(0)])).networks.length).toBe(1);
  });
});
