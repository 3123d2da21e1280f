/** A StyleGAN2 generator a few channels wide with the common names, and what is asked of it in any dialect. */
import type { StoredNetwork, StoredTensor } from '../../src/checkpoints/checkpoint.js';
import { generatorMetadataKey } from '../../src/checkpoints/generatorFamily.js';
import { recogniseGenerator, type RecognisedGenerator } from '../../src/checkpoints/recognise.js';
import { readSafetensors, writeSafetensors } from '../../src/checkpoints/safetensors.js';
import { readTensor } from '../../src/checkpoints/storedTensor.js';
import type { LabelNormalisation } from '../../src/models/mappingNetwork.js';
import type { StyleGan2Architecture } from '../../src/models/stylegan2.js';
import { RandomState } from '../../src/latent/randomState.js';
import { named, runReference, type F64Inputs } from '../ops/evaluate.js';
import { checkpointWith, storedNetwork } from './storedNetwork.js';

export const resolution = 16;
export const wDim = 5;
export const classes = 3;
const mappingLayers = 2;
const channels: Readonly<Record<number, number>> = { 4: 6, 8: 4, 16: 3 };
export const sizes = [4, 8, 16] as const;

/** Numbers with their shape, as the tests rearrange them. */
export interface Plain {
  readonly shape: readonly number[];
  readonly values: Float32Array<ArrayBuffer>;
}

export interface TinyOptions {
  readonly architecture?: StyleGan2Architecture;
  /** Whether there are classes, and how they are normalised. */
  readonly labels?: LabelNormalisation | null;
}

export type PlainTensors = ReadonlyMap<string, Plain>;

/** Random tensors under the common names: noise, w_avg and the filters that upsampling needs among them. */
export function tinyTensors({ architecture = 'skip', labels = null }: TinyOptions = {}): PlainTensors {
  const random = new RandomState(7);
  const tensors = new Map<string, Plain>();
  const put = (name: string, shape: readonly number[], mean = 0, deviation = 1): void => {
    const count = shape.reduce((product, size) => product * size, 1);
    tensors.set(name, { shape, values: Float32Array.from(random.randn(count), (value) => mean + deviation * value) });
  };
  const modulated = (path: string, out: number, inputs: number, kernel: number): void => {
    put(`${path}.weight`, [out, inputs, kernel, kernel]);
    put(`${path}.bias`, [out], 0, 0.3);
    put(`${path}.affine.weight`, [inputs, wDim], 0, 0.5);
    put(`${path}.affine.bias`, [inputs], 1, 0.2);
  };
  put('mapping.w_avg', [wDim]);
  if (labels !== null) put('mapping.embed.weight', [wDim, classes]);
  if (labels === 'separate') put('mapping.embed.bias', [wDim]);
  for (let layer = 0; layer < mappingLayers; layer++) {
    put(`mapping.fc${layer}.weight`, [wDim, layer === 0 && labels !== null ? 2 * wDim : wDim], 0, 100);
    put(`mapping.fc${layer}.bias`, [wDim], 0, 20);
  }
  put('synthesis.b4.const', [channels[4] ?? 0, 4, 4]);
  for (const size of sizes) {
    const [block, inputs, out] = [`synthesis.b${size}`, channels[size / 2] ?? 0, channels[size] ?? 0];
    if (size > 4) {
      modulated(`${block}.conv0`, out, inputs, 3);
      tensors.set(`${block}.resample_filter`, usualFilter());
    }
    modulated(`${block}.conv1`, out, out, 3);
    for (const conv of size > 4 ? ['conv0', 'conv1'] : ['conv1']) {
      put(`${block}.${conv}.noise_strength`, []);
      put(`${block}.${conv}.noise_const`, [size, size]);
    }
    if (architecture === 'resnet' && size > 4) put(`${block}.skip.weight`, [out, inputs, 1, 1]);
    if (architecture === 'skip' || size === resolution) modulated(`${block}.torgb`, 3, out, 1);
  }
  return tensors;
}

/** [1, 3, 3, 1] by itself, of sum 1. */
function usualFilter(): Plain {
  const taps = [1, 3, 3, 1];
  return { shape: [4, 4], values: Float32Array.from(taps.flatMap((a) => taps.map((b) => (a * b) / 64))) };
}

export function plain(tensors: PlainTensors, name: string): Plain {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new Error(`The test has no tensor ${name}.`);
  return tensor;
}

export function stored({ shape, values }: Plain): StoredTensor {
  return { dtype: 'f32', shape, strides: null, bytes: new Uint8Array(values.buffer) };
}

/** A network as a reader gives it. */
export function networkOf(tensors: PlainTensors, rest: Partial<StoredNetwork> = {}): StoredNetwork {
  return { ...storedNetwork([...tensors].map(([name, tensor]) => [name, stored(tensor)] as const)), ...rest };
}

/** The same generator in its own dialect, with the settings that all other projects have. */
export function commonGenerator(tensors: PlainTensors, labelNormalisation: LabelNormalisation): RecognisedGenerator {
  const settings = {
    convClamp: null,
    activation: 'lrelu',
    mappingActivation: 'lrelu',
    mappingLrMultiplier: 0.01,
    labelNormalisation,
    demodulatedWeights: 'scaled',
  };
  const network = networkOf(tensors);
  const metadata = { [generatorMetadataKey]: JSON.stringify(settings) };
  return recogniseGenerator({ ...checkpointWith(network), metadata }, network);
}

/** What `ganvas convert` writes and opens again. */
export function converted({ tensors, metadata }: RecognisedGenerator): RecognisedGenerator {
  const written = [...tensors].map(
    ([name, tensor]) => [name, { dtype: 'F32' as const, shape: tensor.shape, data: readTensor(tensor) }] as const,
  );
  const checkpoint = readSafetensors(writeSafetensors(new Map(written), metadata));
  const [network] = checkpoint.networks;
  if (network === undefined) throw new Error('The converted file has no network.');
  return recogniseGenerator(checkpoint, network);
}

/** One picture in f64: a fixed z, the second class, psi 0.7, the stored noise. */
export function picture({ generator }: RecognisedGenerator, noise: 'const' | 'none' = 'const'): Float64Array {
  const random = new RandomState(11);
  const inputs: Record<string, F64Inputs[string]> = {
    z: { shape: [1, generator.zDim], values: random.randn(generator.zDim) },
    psi: { shape: [generator.numWs], values: new Float64Array(generator.numWs).fill(0.7) },
  };
  if (generator.cDim > 0) {
    inputs['c'] = { shape: [1, generator.cDim], values: Array.from({ length: generator.cDim }, (_, c) => +(c === 1)) };
  }
  const { img } = runReference((given) => {
    const w = generator.mapping(named(given, 'z'), given['c'] ?? null);
    return { img: generator.synthesis(generator.truncate(w, named(given, 'psi')), { noise }) };
  }, inputs);
  if (img === undefined) throw new Error('no picture');
  return img;
}

/** The largest difference over the largest number. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  const most = (values: ArrayLike<number>): number =>
    Array.from(values).reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  return most(Array.from(actual, (value, index) => value - (expected[index] ?? NaN))) / most(expected);
}
