import type { StoredNetwork, StoredTensor } from '../checkpoint.js';
import { callArguments, dictOf, itemsOf } from '../pickle/interpretation.js';
import { scalarOf } from '../pickle/plainValues.js';
import { PickleObject, type PickleValue } from '../pickle/values.js';
import { EntryBudget } from './entryBudget.js';
import { namedEntries } from './modules.js';
import type { TorchContent } from './storages.js';
import { torchTensor } from './tensors.js';

/**
 * The parameters and buffers of a TorchScript program, under the dotted names of its `state_dict()`: they are attributes
 * of its modules, and so are the modules. Tensors in lists have their index for a name. The program's code is not read.
 *
 * @throws GanvasError `checkpoint-too-complex`, `torch-bad-tensor`, `tensor-bad-shape`, `tensor-bad-strides`.
 */
export function readScriptModule({ object, lookup }: TorchContent): StoredNetwork {
  const tensors = new Map<string, StoredTensor>();
  const attributes = new Map<string, string | number | boolean | null>();
  const budget = new EntryBudget();
  const visit = (value: PickleValue, path: readonly string[]): void => {
    const entries = attributesOf(value);
    budget.spend(1 + entries.length, path.length, path.slice(0, 4).join('.'));
    for (const [key, entry] of entries) {
      const name = [...path, key].join('.');
      const tensor = torchTensor(entry, lookup);
      const scalar = scalarOf(entry);
      if (tensor) tensors.set(name, tensor);
      else if (scalar === undefined) visit(entry, [...path, key]);
      else if (!key.startsWith('_')) attributes.set(name, scalar);
    }
  };
  visit(object.value, []);
  const className = object.value instanceof PickleObject ? object.value.name || null : null;
  return { name: '', className, initKwargs: {}, attributes, tensors };
}

/** The tensors that the program's code names, by their numbers in it; `null` when it has none. */
export function readScriptConstants({ object, lookup }: TorchContent): StoredNetwork | null {
  const found = (itemsOf(object.value) ?? []).flatMap((item, index) => {
    const tensor = torchTensor(item, lookup);
    return tensor ? [[String(index), tensor] as const] : [];
  });
  if (found.length === 0) return null;
  return { name: 'constants', className: null, initKwargs: {}, attributes: new Map(), tensors: new Map(found) };
}

/** What a typed list or dict of a program is wrapped in. */
const TYPE_TAGS = ['torch.jit._pickle.build_tensorlist', 'torch.jit._pickle.restore_type_tag'] as const;

function attributesOf(value: PickleValue): readonly (readonly [string, PickleValue])[] {
  const state = value instanceof PickleObject ? dictOf(value.state) : null;
  if (state) return namedEntries(state);
  const content = callArguments(value, ...TYPE_TAGS)?.[0] ?? value;
  return itemsOf(content)?.map((item, index) => [String(index), item] as const) ?? namedEntries(content);
}
