/** Small valid files of every kind that the readers know, and hostile ones: what the fuzzer starts from. */
import { writeDirections } from '../../src/checkpoints/directionFile.js';
import { writeNpy } from '../../src/checkpoints/npy.js';
import { Opcode } from '../../src/checkpoints/pickle/opcodes.js';
import { writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { factorPt, ganspaceNpz, higanBoundary } from './directionWriter.js';
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
  type TensorSpec,
} from './torchWriter.js';

export interface FuzzFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The tensors of a StyleGAN2 generator of 8² pixels and two channels, so that recognition is reached, too. */
function generatorShapes(): Readonly<Record<string, readonly number[]>> {
  const layer = (path: string, out: number, kernel: number): [string, readonly number[]][] => [
    [`${path}.weight`, [out, 2, kernel, kernel]],
    [`${path}.bias`, [out]],
    [`${path}.affine.weight`, [2, 3]],
    [`${path}.affine.bias`, [2]],
  ];
  const synthesis = (path: string, size: number): [string, readonly number[]][] => [
    ...layer(path, 2, 3),
    [`${path}.noise_strength`, []],
    [`${path}.noise_const`, [size, size]],
  ];
  return Object.fromEntries([
    ['mapping.w_avg', [3]],
    ['mapping.fc0.weight', [3, 3]],
    ['mapping.fc0.bias', [3]],
    ['synthesis.b4.const', [2, 4, 4]],
    ...synthesis('synthesis.b4.conv1', 4),
    ...layer('synthesis.b4.torgb', 3, 1),
    ...synthesis('synthesis.b8.conv0', 8),
    ...synthesis('synthesis.b8.conv1', 8),
    ...layer('synthesis.b8.torgb', 3, 1),
    ['synthesis.b8.resample_filter', [4, 4]],
  ]);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

function safetensors(): Uint8Array {
  const tensors = Object.entries(generatorShapes()).map(([name, shape]) => {
    return [name, { dtype: 'F32', shape, data: new Float32Array(sizeOf(shape)).fill(0.5) }] as const;
  });
  return writeSafetensors(new Map(tensors), { title: 'fuzz' });
}

function torchSpecs(): Readonly<Record<string, TensorSpec>> {
  return Object.fromEntries(
    Object.entries(generatorShapes()).map(([name, shape]) => [
      name,
      { shape, data: new Float32Array(sizeOf(shape)).fill(0.25) },
    ]),
  );
}

function tensorflow(protocol: number): Uint8Array {
  const network = (name: string): p.Pickled =>
    p.tensorflowNetwork({
      name,
      kwargs: { resolution: p.int(8), extra: p.easyDict({ gain: p.numpyDouble(0.5) }) },
      components: {
        mapping: p.tensorflowNetwork({
          variables: { 'Dense0/weight': p.numpyArray([2, 3], new Float32Array(6), { fortran: true }) },
        }),
      },
      variables: { lod: p.numpyFloat(0), 'a/bias': p.numpyArray([2], Uint16Array.of(1, 2), { dtype: 'u2' }) },
    });
  return p.writePickle(p.tuple(network('G'), network('D'), network('Gs')), protocol);
}

function theano(): Uint8Array {
  const array = (...shape: number[]): p.Pickled =>
    p.numpyArray(shape, new Float32Array(sizeOf(shape)), { python2: true });
  const network = p.theanoNetwork({ func: p.text2('G_paper'), resolution: p.int(4) }, [
    ...[array(3, 2, 4, 4), array(), array(3)],
    ...[array(3, 3, 3, 3), array(), array(3)],
    ...[array(3, 1), array(), array(1)],
  ]);
  return p.writePickle(p.tuple(network, network, network), 2);
}

function torchScript(): Uint8Array {
  const weight = storage('0', 'HalfStorage', new Uint16Array(6));
  const tensor = tensorOf(reference(weight), { shape: [2, 3], strides: [1, 2] });
  return writeTorchScript({
    module: scriptModule('__torch__', 'Net', { layer: scriptModule('__torch__', 'Linear', { weight: tensor }) }),
    storages: [weight],
    constants: p.tuple(tensor),
    constantStorages: [weight],
  });
}

const repeated = (opcodes: readonly number[], times: number): Uint8Array =>
  Uint8Array.from([Opcode.PROTO, 4, ...Array.from({ length: times }, () => opcodes).flat(), Opcode.STOP]);

/** Lists each holding the one before twice: 2^40 leaves in 40 steps. */
function doubling(): p.Pickled {
  return (w) => {
    w.op(Opcode.EMPTY_LIST).op(Opcode.BINPUT).raw([0]);
    for (let level = 1; level <= 40; level++) {
      w.op(Opcode.EMPTY_LIST)
        .op(Opcode.MARK)
        .op(Opcode.BINGET)
        .raw([level - 1])
        .op(Opcode.BINGET)
        .raw([level - 1]);
      w.op(Opcode.APPENDS).op(Opcode.BINPUT).raw([level]);
    }
  };
}

/** A dict that is its own value, under the names that networks and modules have. */
const cyclicDict: p.Pickled = (w) => {
  w.op(Opcode.EMPTY_DICT).op(Opcode.BINPUT).raw([0]).op(Opcode.MARK);
  for (const key of ['G_ema', '_parameters', '_modules', 'state', '_init_kwargs']) {
    p.text(key)(w);
    w.op(Opcode.BINGET).raw([0]);
  }
  w.op(Opcode.SETITEMS);
};

/** `torch.device` of two devices of two devices … */
const nestedDevices: p.Pickled = (w) => {
  p.text('cpu')(w);
  w.op(Opcode.BINPUT).raw([0]);
  for (let level = 1; level <= 40; level++) {
    p.global('torch', 'device')(w);
    w.op(Opcode.BINGET)
      .raw([level - 1])
      .op(Opcode.BINGET)
      .raw([level - 1])
      .op(Opcode.TUPLE2)
      .op(Opcode.REDUCE);
    w.op(Opcode.BINPUT).raw([level]);
  }
};

const expanded = (): Uint8Array => {
  const one = storage('0', 'FloatStorage', Float32Array.of(1));
  const pid = reference(one);
  const spread = tensorOf(pid, { shape: [2 ** 14, 2 ** 14], strides: [0, 0] });
  return writeTorchZip({ storages: [one], root: () => p.dict({ weight: spread }) });
};

const zeros = (count: number): Uint8Array => new Uint8Array(count);

/** Files that would run something, never end, or become large. Each is to be refused, or to come to nothing. */
export function hostileFiles(): readonly FuzzFile[] {
  const wrap = (kwargs: p.Pickled): Uint8Array =>
    p.writePickle(p.dict({ G_ema: p.persistentModule('Generator', { initKwargs: { all: kwargs } }) }));
  return [
    { name: 'os.system', bytes: p.writePickle(p.call('posix', 'system', p.text('touch ran'))) },
    { name: 'eval', bytes: p.writePickle(p.call('builtins', 'eval', p.text('globalThis.ran = 1'))) },
    { name: 'nested lists', bytes: repeated([Opcode.EMPTY_LIST, Opcode.TUPLE1], 300_000) },
    { name: 'nested dicts', bytes: repeated([Opcode.EMPTY_DICT], 300_000) },
    { name: 'marks', bytes: repeated([Opcode.MARK], 300_000) },
    { name: 'memo entries', bytes: repeated([Opcode.NONE, Opcode.MEMOIZE], 300_000) },
    { name: 'settings that double', bytes: wrap(doubling()) },
    { name: 'devices that double', bytes: wrap(nestedDevices) },
    { name: 'state dicts that double', bytes: p.writePickle(doubling()) },
    { name: 'a dict that holds itself', bytes: p.writePickle(cyclicDict) },
    { name: 'a tensor of one stored element', bytes: expanded() },
    { name: 'a zip bomb', bytes: writeZip([{ name: 'a.npy', content: zeros(2 ** 24) }], { deflate: true }) },
    { name: 'an .npy that claims', bytes: writeZip([{ name: 'a.npy', content: writeNpy([1], Float32Array.of(1)) }]) },
    { name: 'nested JSON', bytes: nestedJson() },
  ];
}

function nestedJson(): Uint8Array {
  const header = new TextEncoder().encode(`{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`);
  const file = new Uint8Array(8 + header.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
}

/** One small valid file of each kind and form. */
export function validFiles(): readonly FuzzFile[] {
  const network = dictOf({ g_ema: stateDict(torchSpecs()) }, { iteration: p.int(7) });
  const small = stateDict({ weight: { shape: [2, 2], data: new Float32Array(4) } });
  const arrays = ['synthesis.b4.const', 'mapping.w_avg'].map((name) => ({
    name: `${name}.npy`,
    content: writeNpy([2, 2], new Float32Array(4)),
  }));
  return [
    { name: 'safetensors', bytes: safetensors() },
    ...[0, 1, 2, 3, 4, 5].map((protocol) => ({
      name: `snapshot, protocol ${protocol}`,
      bytes: p.tinySnapshot(protocol),
    })),
    ...[0, 1, 2, 4, 5].map((protocol) => ({ name: `TensorFlow, protocol ${protocol}`, bytes: tensorflow(protocol) })),
    { name: 'Theano', bytes: theano() },
    { name: 'torch zip', bytes: writeTorchZip(network) },
    { name: 'torch zip64', bytes: writeTorchZip(small, { zip64: true }) },
    { name: 'torch zip, deflated', bytes: writeTorchZip(small, { deflate: true }) },
    { name: 'torch legacy', bytes: writeTorchLegacy(network) },
    { name: 'torch legacy, small', bytes: writeTorchLegacy(small) },
    { name: 'TorchScript', bytes: torchScript() },
    { name: 'npz', bytes: writeZip(arrays) },
    { name: 'npz, deflated', bytes: writeZip(arrays, { deflate: true }) },
    { name: 'npy', bytes: writeNpy([2, 3], new Float32Array(6)) },
  ];
}

/** The sizes of the model that the files below are for. */
export const directionSizes = { name: 'a file', space: 'w', zDim: 4, wDim: 4, numWs: 3 } as const;

/** One small valid file of directions of each kind. */
export function directionFiles(): readonly FuzzFile[] {
  const row = Float32Array.of(0.5, 0.5, 0.5, 0.5);
  const direction = {
    name: 'a direction',
    space: 'w',
    layers: [0, 2],
    dim: 4,
    vectors: row,
    unit: 'unit length',
    provenance: { method: 'sefa', parameters: { layers: '0,2' }, modelHash: 'ab12' },
    statistics: { eigenvalue: 1 },
  } as const;
  const components = Float32Array.from({ length: 8 }, (_, index) => index + 1);
  return [
    { name: 'our own', bytes: writeDirections([direction]) },
    { name: 'a boundary', bytes: writeNpy([1, 4], row) },
    { name: 'a pickled boundary', bytes: higanBoundary(Float64Array.from(row)) },
    { name: 'components', bytes: ganspaceNpz(components, Float32Array.of(2, 3)) },
    { name: 'compressed components', bytes: ganspaceNpz(components, Float32Array.of(2, 3), { deflate: true }) },
    { name: 'a factor', bytes: factorPt(new Float32Array(16).fill(0.25), [4, 4]) },
  ];
}
