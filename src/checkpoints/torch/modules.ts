import type { StoredNetwork, StoredTensor } from '../checkpoint.js';
import { callArguments, dictOf, itemsOf, textOf } from '../pickle/interpretation.js';
import { plainValue, scalarOf } from '../pickle/plainValues.js';
import { PickleObject, type PickleDict, type PickleValue } from '../pickle/values.js';
import type { EntryBudget } from './entryBudget.js';
import type { StorageLookup } from './storages.js';
import { torchTensor } from './tensors.js';

/** The entries of a dict that have text for a key. */
export function namedEntries(value: PickleValue | undefined): readonly (readonly [string, PickleValue])[] {
  return [...(dictOf(value) ?? [])].flatMap(([key, item]) => {
    const name = textOf(key);
    return name === null ? [] : [[name, item] as const];
  });
}

export interface Module {
  readonly className: string | null;
  /** The module's attributes, among them `_parameters`, `_buffers` and `_modules`. */
  readonly state: PickleDict;
}

/** A torch module: NVIDIA's persistent object, or an instance whose state has a module's fields. */
export function readModule(value: PickleValue | undefined): Module | null {
  const meta = dictOf(callArguments(value, 'torch_utils.persistence._reconstruct_persistent_obj')?.[0]);
  if (meta) {
    const state = dictOf(meta.get('state'));
    return state?.has('_parameters') ? { className: textOf(meta.get('class_name')), state } : null;
  }
  if (!(value instanceof PickleObject)) return null;
  const state = dictOf(value.state);
  return state?.has('_parameters') ? { className: value.name || null, state } : null;
}

/** @throws GanvasError `checkpoint-too-complex`. */
export function readModuleNetwork(
  name: string,
  root: Module,
  lookup: StorageLookup,
  budget: EntryBudget,
): StoredNetwork {
  const tensors = new Map<string, StoredTensor>();
  const attributes = new Map<string, string | number | boolean | null>();
  const visit = (module: Module, prefix: string, depth: number): void => {
    const parameters = namedEntries(module.state.get('_parameters'));
    const buffers = namedEntries(module.state.get('_buffers'));
    const children = namedEntries(module.state.get('_modules'));
    const entries = 1 + module.state.size + parameters.length + buffers.length + children.length;
    budget.spend(entries, depth, name);
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
  return { name, className: root.className, initKwargs: readInitKwargs(root.state, budget), attributes, tensors };
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
function readInitKwargs(state: PickleDict, { settings }: EntryBudget): Readonly<Record<string, unknown>> {
  const kwargs = namedEntries(state.get('_init_kwargs')).map(
    ([name, value]) => [name, plainValue(value, settings)] as const,
  );
  const args = itemsOf(state.get('_init_args')) ?? [];
  return Object.fromEntries(
    args.length > 0 ? [...kwargs, ['_init_args', plainValue([...args], settings)] as const] : kwargs,
  );
}
