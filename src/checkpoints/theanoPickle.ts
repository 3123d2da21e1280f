/**
 * Networks of the Theano code of Progressive GAN, given the names and layouts of its TensorFlow code, as that does it
 * itself (progressive_growing_of_gans: legacy.py: patch_theano_gan).
 */
import { GanvasError } from '../engine/errors.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';
import { dictOf, itemsOf, textOf } from './pickle/interpretation.js';
import { numpyVariableOf } from './pickle/numpyValues.js';
import { plainValue, scalarOf } from './pickle/plainValues.js';
import type { PickleDict } from './pickle/values.js';
import { elementCount, readTensor } from './storedTensor.js';
import type { EntryBudget } from './torch/entryBudget.js';
import { namedEntries } from './torch/modules.js';
import { translateTensor } from './translatedNetwork.js';

const UNSUPPORTED = 'theano-unsupported';

/** The functions whose networks are Progressive GAN's, and what its TensorFlow code calls them. */
const BUILD_FUNCTIONS: ReadonlyMap<string, string> = new Map([
  ['G_paper', 'G_paper'],
  ['G_progressive_8', 'G_paper'],
  ['D_paper', 'D_paper'],
  ['D_progressive_8', 'D_paper'],
]);

/** Settings that must have these values, or be absent, because the TensorFlow code has nothing else. */
const REQUIRED_SETTINGS: Readonly<Record<string, string | number | boolean | null>> = {
  label_size: 0,
  use_batchnorm: false,
  tanh_at_end: null,
  mbstat_func: 'Tstdeps',
  mbstat_avg: 'all',
  mbdisc_kernels: null,
  use_layernorm: false,
};

/** One layer: its name, the gain of its initialisation, and how its weight is rearranged. */
interface TheanoLayer {
  readonly name: string;
  readonly gain: number;
  readonly arrange: (weight: StoredTensor) => StoredTensor;
}

/**
 * Reads `param_values`, a list without names: per layer the weight, its scale if `use_wscale`, and the bias. Other
 * networks of that code, and settings without counterpart, give the error `theano-unsupported`, which the caller may
 * get over.
 * @throws GanvasError `checkpoint-too-complex`, `pickle-too-complex`.
 */
export function readTheanoNetwork(name: string, state: PickleDict, budget: EntryBudget): StoredNetwork | GanvasError {
  try {
    return translateTheano(name, state, budget);
  } catch (thrown) {
    if (thrown instanceof GanvasError && thrown.code === UNSUPPORTED) return thrown;
    throw thrown;
  }
}

function translateTheano(name: string, state: PickleDict, budget: EntryBudget): StoredNetwork {
  const spec = dictOf(state.get('build_func_spec'));
  const func = textOf(spec?.get('func')) ?? '';
  const className = BUILD_FUNCTIONS.get(func);
  if (!spec || className === undefined) throw unsupported(`it was built by ${JSON.stringify(func.slice(0, 64))}`);
  checkSettings(spec);
  const parameters = itemsOf(state.get('param_values')) ?? [];
  budget.spend(1 + parameters.length, 0, name);
  const resolution = scalarOf(spec.get('resolution') ?? 32);
  const levels = Math.log2(typeof resolution === 'number' ? resolution : NaN);
  if (!Number.isInteger(levels) || levels < 2 || levels > 16) throw unsupported('its resolution is not a power of two');
  const layers = className === 'G_paper' ? generatorLayers(levels) : discriminatorLayers(levels);
  const tensors = readLayers(layers, parameters.map(numpyVariableOf), spec.get('use_wscale') !== false);
  const lod = numpyVariableOf(dictOf(state.get('toplevel_params'))?.get('cur_lod'));
  if (lod) tensors.set('lod', lod);
  const settings = namedEntries(spec).filter(([key]) => key !== 'func' && !Object.hasOwn(REQUIRED_SETTINGS, key));
  const initKwargs = Object.fromEntries([
    ...settings.map(([key, value]) => [key, plainValue(value, budget.settings)] as const),
    ['fused_scale', false],
  ]);
  return { name, className, initKwargs, attributes: new Map([['build_func_name', className]]), tensors };
}

function checkSettings(spec: PickleDict): void {
  for (const [key, expected] of Object.entries(REQUIRED_SETTINGS)) {
    const value = spec.has(key) ? scalarOf(spec.get(key)) : expected;
    // Python counts False equal to 0.
    if (value !== expected && !(Number(expected) === 0 && value === false)) {
      throw unsupported(`its setting \`${key}\` is not ${JSON.stringify(expected)}`);
    }
  }
}

function readLayers(
  layers: readonly TheanoLayer[],
  parameters: readonly (StoredTensor | null)[],
  isScaled: boolean,
): Map<string, StoredTensor> {
  const tensors = new Map<string, StoredTensor>();
  let next = 0;
  const take = (what: string): StoredTensor => {
    const parameter = parameters[next++];
    if (!parameter) throw unsupported(`${what} is not among its parameters`);
    return parameter;
  };
  for (const { name, gain, arrange } of layers) {
    const weight = arrange(take(`the weight of \`${name}\``));
    const times = isScaled ? runtimeScale(take(`the scale of \`${name}\``), gain, weight.shape) : 1;
    tensors.set(`${name}/weight`, translateTensor(weight, { times }));
    tensors.set(`${name}/bias`, take(`the bias of \`${name}\``));
  }
  return tensors;
}

/** Theano's code multiplies by a stored scale, TensorFlow's by He's constant gain / √(fan in), output axis last. */
function runtimeScale(scale: StoredTensor, gain: number, shape: readonly number[]): number {
  if (elementCount(scale.shape) !== 1) throw unsupported('the scale of a layer is not one number');
  return ((readTensor(scale)[0] ?? 0) * Math.sqrt(elementCount(shape.slice(0, -1)))) / gain;
}

const RELU_GAIN = Math.SQRT2;

/** Theano convolves, TensorFlow correlates: [out, in, kh, kw] becomes [kh, kw, in, out] with both filter axes reversed. */
const convolution = (name: string): TheanoLayer => ({
  name,
  gain: RELU_GAIN,
  arrange: (weight) => translateTensor(weight, { permute: [2, 3, 1, 0], flip: [0, 1] }),
});

/** A 1×1 convolution stored as [in, out]. */
const pointwise = (name: string, gain: number): TheanoLayer => ({
  name,
  gain,
  arrange: (weight) => translateTensor(weight, { shape: [1, 1, ...weight.shape] }),
});

/** [channels, in, 4, 4] becomes [in, channels · 16]. */
const denseTo4x4: TheanoLayer = {
  name: '4x4/Dense',
  gain: RELU_GAIN / 4,
  arrange: (weight) => {
    const turned = translateTensor(weight, { permute: [1, 0, 2, 3] });
    return translateTensor(turned, { shape: asMatrix(turned.shape) });
  },
};

/** [out, channels, 4, 4], its pixels reversed, becomes [channels · 16, out]. */
const denseFrom4x4: TheanoLayer = {
  name: '4x4/Dense0',
  gain: RELU_GAIN,
  arrange: (weight) => {
    const turned = translateTensor(weight, { flip: [2, 3] });
    return translateTensor(turned, { shape: asMatrix(turned.shape), permute: [1, 0] });
  },
};

const asMatrix = ([first = 1, ...rest]: readonly number[]): number[] => [first, elementCount(rest)];

const sizeName = (level: number): string => `${2 ** level}x${2 ** level}`;

function generatorLayers(levels: number): TheanoLayer[] {
  const layers = [denseTo4x4, convolution('4x4/Conv')];
  for (let level = 3; level <= levels; level++) {
    layers.push(convolution(`${sizeName(level)}/Conv0`), convolution(`${sizeName(level)}/Conv1`));
  }
  for (let lod = 0; lod < levels - 1; lod++) layers.push(pointwise(`ToRGB_lod${lod}`, 1));
  return layers;
}

function discriminatorLayers(levels: number): TheanoLayer[] {
  const layers = [pointwise('FromRGB_lod0', RELU_GAIN)];
  for (let level = levels; level > 2; level--) {
    layers.push(convolution(`${sizeName(level)}/Conv0`), convolution(`${sizeName(level)}/Conv1`));
    layers.push(pointwise(`FromRGB_lod${levels - level + 1}`, RELU_GAIN));
  }
  layers.push(convolution('4x4/Conv'), denseFrom4x4, { name: '4x4/Dense1', gain: 1, arrange: (weight) => weight });
  return layers;
}

function unsupported(reason: string): GanvasError {
  return new GanvasError(
    UNSUPPORTED,
    `The file holds a network of Progressive GAN's Theano code that cannot be read: ${reason}. Its G_paper and D_paper ` +
      'networks without labels can be opened.',
  );
}
