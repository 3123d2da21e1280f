import { GanvasError } from '../engine/errors.js';
import type { Checkpoint, StoredNetwork, StoredTensor } from './checkpoint.js';
import { noGenerator } from './generatorChoice.js';
import { callArguments, dictOf, inertGlobalNames, itemsOf, textOf } from './pickle/interpretation.js';
import { readPickle, type ReadPickle } from './pickle/machine.js';
import { plainValue, scalarOf } from './pickle/plainValues.js';
import { PickleObject, type PickleDict, type PickleValue } from './pickle/values.js';
import { REBUILD_TENSOR, embeddedStorages, torchTensor } from './torch/tensors.js';
import type { StorageLookup } from './torch/storages.js';

/** Real networks have some thousand entries and are 8 deep at most; a hostile file can nest or share without end. */
const MOST_ENTRIES = 200_000;
const DEEPEST_MODULE = 64;

/**
 * Reads a snapshot of NVIDIA's StyleGAN2-ADA and StyleGAN3 training code: one plain pickle of a dict whose values are
 * networks (`G`, `D`, `G_ema`) or settings, or of one bare network (named `''`). Networks are persistent objects, whose
 * stored source text is never looked at, or ordinary torch modules.
 *
 * Tensors know their shape at once; `dtype` and `bytes` parse the tensor's storage when first read, so asking for
 * `G_ema` leaves the storages of `G` and `D` alone.
 *
 * @throws GanvasError `checkpoint-no-generator` when no network is in the file, `checkpoint-too-complex`, `pickle-*`;
 *   reading a damaged tensor throws `torch-*`.
 */
export function readNvidiaPickle(bytes: Uint8Array): Checkpoint {
  const pickle = readPickle(bytes);
  const lookup = embeddedStorages();
  const inertGlobals = inertGlobalNames(pickle.globals);
  const networks = namedValues(pickle.value).flatMap(([name, value]) => {
    const module = readModule(value);
    return module ? [readNetwork(name, module, lookup)] : [];
  });
  if (networks.length === 0) throw noGenerator({ networks, inertGlobals, tensorCount: countTensors(pickle) });
  return { format: 'nvidia-pickle', networks, metadata: {}, inertGlobals };
}

function namedValues(value: PickleValue): readonly (readonly [string, PickleValue])[] {
  return readModule(value) ? [['', value]] : namedEntries(value);
}

/** The entries of a dict that have text for a key. */
function namedEntries(value: PickleValue | undefined): readonly (readonly [string, PickleValue])[] {
  return [...(dictOf(value) ?? [])].flatMap(([key, item]) => {
    const name = textOf(key);
    return name === null ? [] : [[name, item] as const];
  });
}

function countTensors(pickle: ReadPickle): number {
  return REBUILD_TENSOR.reduce((sum, name) => sum + (pickle.calls.get(name) ?? 0), 0);
}

interface Module {
  readonly className: string | null;
  /** The module's attributes, among them `_parameters`, `_buffers` and `_modules`. */
  readonly state: PickleDict;
}

/** A torch module: NVIDIA's persistent object, or an instance whose state has a module's fields. */
function readModule(value: PickleValue | undefined): Module | null {
  const meta = dictOf(callArguments(value, 'torch_utils.persistence._reconstruct_persistent_obj')?.[0]);
  if (meta) {
    const state = dictOf(meta.get('state'));
    return state?.has('_parameters') ? { className: textOf(meta.get('class_name')), state } : null;
  }
  if (!(value instanceof PickleObject)) return null;
  const state = dictOf(value.state);
  return state?.has('_parameters') ? { className: value.name || null, state } : null;
}

function readNetwork(name: string, root: Module, lookup: StorageLookup): StoredNetwork {
  const tensors = new Map<string, StoredTensor>();
  const attributes = new Map<string, string | number | boolean | null>();
  let entries = 0;
  const visit = (module: Module, prefix: string, depth: number): void => {
    const parameters = namedEntries(module.state.get('_parameters'));
    const buffers = namedEntries(module.state.get('_buffers'));
    const children = namedEntries(module.state.get('_modules'));
    entries += 1 + module.state.size + parameters.length + buffers.length + children.length;
    if (entries > MOST_ENTRIES || depth > DEEPEST_MODULE) throw tooComplex(name);
    // The order of torch's state_dict(): parameters, buffers, then the children.
    for (const [key, value] of [...parameters, ...buffers]) {
      // A registered but absent buffer is None, and state dicts leave it out.
      const tensor = torchTensor(value, lookup);
      if (tensor) tensors.set(`${prefix}${key}`, tensor);
    }
    collectAttributes(attributes, prefix, module.state);
    for (const [key, value] of children) {
      const child = readModule(value);
      if (child) visit(child, `${prefix}${key}.`, depth + 1);
    }
  };
  visit(root, '', 0);
  return { name, className: root.className, initKwargs: readInitKwargs(root.state), attributes, tensors };
}

/** Names with an underscore are torch's and the persistence decorator's own. */
function collectAttributes(
  attributes: Map<string, string | number | boolean | null>,
  prefix: string,
  state: PickleDict,
): void {
  for (const [key, value] of state) {
    const name = textOf(key);
    const scalar = scalarOf(value);
    if (name !== null && !name.startsWith('_') && scalar !== undefined) attributes.set(`${prefix}${name}`, scalar);
  }
}

/** Keyword arguments under their names; positional ones, which snapshots rarely have, as the list `_init_args`. */
function readInitKwargs(state: PickleDict): Readonly<Record<string, unknown>> {
  const kwargs = namedEntries(state.get('_init_kwargs')).map(([name, value]) => [name, plainValue(value)] as const);
  const args = itemsOf(state.get('_init_args')) ?? [];
  return Object.fromEntries(args.length > 0 ? [...kwargs, ['_init_args', plainValue([...args])] as const] : kwargs);
}

function tooComplex(name: string): GanvasError {
  return new GanvasError(
    'checkpoint-too-complex',
    `Network ${JSON.stringify(name)} has more than ${MOST_ENTRIES} entries or nests modules beyond ${DEEPEST_MODULE} ` +
      'levels. The file is damaged or not a network.',
    { network: name },
  );
}
