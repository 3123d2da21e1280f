/**
 * Pickles of NVIDIA's TensorFlow code (Progressive GAN, StyleGAN, StyleGAN2), and of the Theano code before it.
 *
 * How the networks and their tensors are called here:
 *
 * - The three networks of a snapshot, a tuple, are `G`, `D` and `Gs` in that order, whatever they call themselves. A bare
 *   network is `''`; networks of a dict have its keys; those of a longer tuple the names that they were given.
 * - A tensor has the name of its TensorFlow variable within its network, without `:0`: `lod`, `dlatent_avg`,
 *   `4x4/Dense/weight`, `ToRGB_lod0/bias`. Variables of a component come behind the key of the component, as in
 *   stylegan2-ada-pytorch: legacy.py: _collect_tf_params: `mapping/Dense0/weight`, `synthesis/4x4/Const/const`,
 *   `synthesis/noise3`, `synthesis/8x8/Conv0_up/mod_bias`.
 * - Layouts are TensorFlow's, with nothing rearranged: dense weights [in, out], convolutions [kh, kw, in, out] (PGGAN's
 *   fused `Conv0_up` [kh, kw, out, in]); strides where NumPy kept the array in Fortran order. Variables that are one number
 *   (`lod`, `noise_strength`) have shape [].
 * - `initKwargs` are the network's `static_kwargs`; `className` is its `build_func_name` (`G_main`, `G_style`, `G_paper`).
 *   `attributes` has `version` (2 for PGGAN, 3 for StyleGAN, 4 for StyleGAN2), and of each component `build_func_name` and the
 *   scalar static_kwargs, dotted: `synthesis.architecture`, `mapping.mapping_layers`.
 */
import { GanvasError } from '../engine/errors.js';
import type { Checkpoint, StoredNetwork, StoredTensor } from './checkpoint.js';
import { dictOf, inertGlobalNames, itemsOf, textOf } from './pickle/interpretation.js';
import type { ReadPickle } from './pickle/machine.js';
import { numpyVariableOf } from './pickle/numpyValues.js';
import { plainValue, scalarOf } from './pickle/plainValues.js';
import { PickleObject, type PickleDict, type PickleValue } from './pickle/values.js';
import { readTheanoNetwork } from './theanoPickle.js';
import { EntryBudget } from './torch/entryBudget.js';
import { namedEntries } from './torch/modules.js';

/** The order of `pickle.dump((G, D, Gs))` in all of NVIDIA's training loops. */
const SNAPSHOT_NAMES = ['G', 'D', 'Gs'];

/**
 * The networks of a TensorFlow or Theano snapshot, or `null` when the pickle holds none. Tensors know their shape and
 * type at once and are views of the file (copies, made when read, where protocol 2 wrote bytes as text).
 *
 * @throws GanvasError `checkpoint-too-complex`, `pickle-too-complex`, `tensor-bad-shape`, `theano-unsupported`.
 */
export function readTensorflowPickle({ value, globals }: ReadPickle): Checkpoint | null {
  const budget = new EntryBudget();
  const networks: StoredNetwork[] = [];
  let refusal: GanvasError | null = null;
  for (const { name, state } of membersOf(value)) {
    const network = readNetwork(name, state, budget);
    if (network instanceof GanvasError) refusal ??= network;
    else networks.push(network);
  }
  // A discriminator that cannot be read need not keep people from their generator.
  if (networks.length === 0 && refusal) throw refusal;
  if (networks.length === 0) return null;
  return { format: 'tensorflow-pickle', networks, metadata: {}, inertGlobals: inertGlobalNames(globals) };
}

interface Member {
  readonly name: string;
  readonly state: PickleDict;
}

function membersOf(root: PickleValue): readonly Member[] {
  const bare = networkState(root);
  if (bare) return [{ name: '', state: bare }];
  const items = itemsOf(root);
  const entries = items?.map((item, index) => [String(index), item] as const) ?? namedEntries(root);
  return entries.flatMap(([key, value], index) => {
    const state = networkState(value);
    if (!state) return [];
    if (!items) return [{ name: key, state }];
    const position = items.length === SNAPSHOT_NAMES.length ? SNAPSHOT_NAMES[index] : undefined;
    return [{ name: position ?? textOf(state.get('name')) ?? key, state }];
  });
}

/** The state of an instance that has the fields of a network, of whichever module's class. */
function networkState(value: PickleValue | undefined): PickleDict | null {
  if (!(value instanceof PickleObject)) return null;
  const state = dictOf(value.state);
  return state?.has('variables') || state?.has('param_values') ? state : null;
}

function readNetwork(name: string, state: PickleDict, budget: EntryBudget): StoredNetwork | GanvasError {
  if (!state.has('variables')) return readTheanoNetwork(name, state, budget);
  const tensors = new Map<string, StoredTensor>();
  const attributes = new Map<string, string | number | boolean | null>();
  const visit = (part: PickleDict, path: readonly string[]): void => {
    const variables = itemsOf(part.get('variables')) ?? [];
    const components = namedEntries(part.get('components'));
    budget.spend(1 + variables.length + components.length, path.length, name);
    for (const variable of variables) {
      const [key, content] = itemsOf(variable) ?? [];
      const local = textOf(key);
      const tensor = local === null ? null : numpyVariableOf(content);
      if (local !== null && tensor) tensors.set([...path, local].join('/'), tensor);
    }
    collectAttributes(attributes, part, path);
    for (const [key, component] of components) {
      const inner = networkState(component);
      if (inner) visit(inner, [...path, key]);
    }
  };
  visit(state, []);
  const className = textOf(state.get('build_func_name'));
  return { name, className, initKwargs: staticKwargs(state, budget), attributes, tensors };
}

/** Of the network itself the settings are `initKwargs` already. */
function collectAttributes(
  attributes: Map<string, string | number | boolean | null>,
  state: PickleDict,
  path: readonly string[],
): void {
  const settings = path.length > 0 ? namedEntries(state.get('static_kwargs')) : [];
  const own = ['version', 'build_func_name'].map((key) => [key, state.get(key)] as const);
  for (const [key, value] of [...own, ...settings]) {
    const scalar = value === undefined ? undefined : scalarOf(value);
    if (scalar !== undefined) attributes.set([...path, key].join('.'), scalar);
  }
}

function staticKwargs(state: PickleDict, { settings }: EntryBudget): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    namedEntries(state.get('static_kwargs')).map(([key, value]) => [key, plainValue(value, settings)] as const),
  );
}
