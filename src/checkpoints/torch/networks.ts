import type { StoredNetwork, StoredTensor } from '../checkpoint.js';
import type { ReadPickle } from '../pickle/machine.js';
import type { PickleValue } from '../pickle/values.js';
import { EntryBudget } from './entryBudget.js';
import { namedEntries, readModule, readModuleNetwork } from './modules.js';
import type { StorageLookup } from './storages.js';
import { REBUILD_TENSOR, torchTensor } from './tensors.js';

/** Keys of training checkpoints that say what lies below and not whose it is, so that they leave no trace in names. */
const WRAPPERS: ReadonlySet<string> = new Set(['state_dict', 'model_state_dict', 'models', 'model']);

/** What `DataParallel` puts before every name. */
const PARALLEL_PREFIX = 'module.';

/**
 * Every network of a pickled object, wherever it is: modules, and dicts that hold tensors (state dicts). A network is
 * called after the keys that lead to it: `{ models: { G_ema: … } }` has `G_ema`, a bare state dict or module is `''`,
 * and so are tensors beside networks (`latent_avg`). Entries under numbers, where optimisers keep their state, are left.
 *
 * @throws GanvasError `checkpoint-too-complex`, `torch-bad-tensor`, `tensor-bad-shape`, `tensor-bad-strides`.
 */
export function readNetworks(root: PickleValue, lookup: StorageLookup): StoredNetwork[] {
  const networks = new Map<string, StoredNetwork>();
  const put = (path: readonly string[], network: StoredNetwork): void => {
    const short = path.filter((key) => !WRAPPERS.has(key)).join('.');
    const known = networks.get(short);
    const clashes = known && [...network.tensors.keys()].some((key) => known.tensors.has(key));
    if (!known) networks.set(short, { ...network, name: short });
    else if (clashes) networks.set(path.join('.'), { ...network, name: path.join('.') });
    else networks.set(short, { ...known, tensors: new Map([...known.tensors, ...network.tensors]) });
  };
  const budget = new EntryBudget();
  const visit = (value: PickleValue, path: readonly string[]): void => {
    const module = readModule(value);
    if (module) {
      put(path, readModuleNetwork(path.join('.'), module, lookup, budget));
      return;
    }
    const children = namedEntries(value);
    budget.spend(1 + children.length, path.length, path.slice(0, 4).join('.'));
    const tensors = new Map<string, StoredTensor>();
    for (const [key, child] of children) {
      const tensor = torchTensor(child, lookup);
      if (tensor) tensors.set(key, tensor);
      else visit(child, [...path, key]);
    }
    if (tensors.size > 0) put(path, stateDict(tensors));
  };
  visit(root, []);
  return [...networks.values()];
}

/** Tensors that the pickle describes, networks or not. */
export function countTensors({ calls }: ReadPickle): number {
  return REBUILD_TENSOR.reduce((sum, name) => sum + (calls.get(name) ?? 0), 0);
}

function stateDict(tensors: ReadonlyMap<string, StoredTensor>): StoredNetwork {
  return { name: '', className: null, initKwargs: {}, attributes: new Map(), tensors: withoutParallel(tensors) };
}

function withoutParallel(tensors: ReadonlyMap<string, StoredTensor>): ReadonlyMap<string, StoredTensor> {
  if (![...tensors.keys()].every((key) => key.startsWith(PARALLEL_PREFIX))) return tensors;
  return new Map([...tensors].map(([key, tensor]) => [key.slice(PARALLEL_PREFIX.length), tensor]));
}
