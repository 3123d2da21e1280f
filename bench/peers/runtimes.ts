/** The runtimes that ganvas is timed beside, as far as they are used here. They are installed apart: `npm ci --ignore-scripts --prefix bench/peers`. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { GanvasError } from '../../src/engine/errors.js';

export interface OrtTensor {
  readonly data: Float32Array;
}

export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** onnxruntime-node */
export interface Ort {
  readonly InferenceSession: {
    create(model: Uint8Array, options: { readonly executionProviders: readonly string[] }): Promise<OrtSession>;
  };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
}

export interface TfTensor {
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Pads = [number, number][];

/** @tensorflow/tfjs-core */
export interface Tfjs {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy(run: () => TfTensor): TfTensor;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  transpose(x: TfTensor, permutation: number[]): TfTensor;
  reshape(x: TfTensor, shape: number[]): TfTensor;
  broadcastTo(x: TfTensor, shape: number[]): TfTensor;
  slice(x: TfTensor, begin: number[], size: number[]): TfTensor;
  pad(x: TfTensor, paddings: Pads): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA: boolean, transposeB: boolean): TfTensor;
  sum(x: TfTensor, axes: number[], keepDims: boolean): TfTensor;
  add(a: TfTensor, b: TfTensor | number): TfTensor;
  sub(a: TfTensor, b: TfTensor | number): TfTensor;
  mul(a: TfTensor, b: TfTensor | number): TfTensor;
  div(a: TfTensor, b: TfTensor | number): TfTensor;
  square(x: TfTensor): TfTensor;
  rsqrt(x: TfTensor): TfTensor;
  tanh(x: TfTensor): TfTensor;
  readonly image: { resizeNearestNeighbor(x: TfTensor, size: [number, number]): TfTensor };
  leakyRelu(x: TfTensor, alpha: number): TfTensor;
  clipByValue(x: TfTensor, least: number, most: number): TfTensor;
  conv2d(x: TfTensor, filter: TfTensor, stride: number, pads: Pads): TfTensor;
  depthwiseConv2d(x: TfTensor, filter: TfTensor, stride: number, pads: 'valid'): TfTensor;
  conv2dTranspose(
    x: TfTensor,
    filter: TfTensor,
    outputShape: [number, number, number, number],
    stride: number,
    pads: 'valid',
  ): TfTensor;
}

export interface Runtimes {
  readonly ort: Ort;
  readonly tf: Tfjs;
  readonly versions: Readonly<Record<string, string>>;
}

/** Of the checkout: `dist/cli` and `bench/peers` lie in it. */
const installed = new URL('../../bench/peers/package.json', import.meta.url);

/**
 * @param gpu where tfjs finds its adapter
 * @throws GanvasError `peers-missing`
 */
export async function loadRuntimes(gpu: GPU, folder = installed): Promise<Runtimes> {
  try {
    const require = createRequire(folder);
    const load = async (name: string): Promise<unknown> => import(pathToFileURL(require.resolve(name)).href);
    lendGpu(gpu);
    const ort = (await load('onnxruntime-node')) as { readonly default: Ort };
    const tf = (await load('@tensorflow/tfjs-core')) as Tfjs;
    await load('@tensorflow/tfjs-backend-webgpu');
    await tf.setBackend('webgpu');
    await tf.ready();
    const { dependencies } = require('./package.json') as { readonly dependencies: Readonly<Record<string, string>> };
    return { ort: ort.default, tf, versions: dependencies };
  } catch (cause) {
    throw new GanvasError(
      'peers-missing',
      `The runtimes to compare with did not load (${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}). Install them with npm ci --ignore-scripts --prefix bench/peers, from a checkout.`,
    );
  }
}

/** tfjs looks for WebGPU where a browser has it; Node has a navigator from version 21 on. */
function lendGpu(gpu: GPU): void {
  if (!('navigator' in globalThis)) Object.defineProperty(globalThis, 'navigator', { value: {}, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
}
