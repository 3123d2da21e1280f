/** The runtimes that ganvas is timed beside, as far as they are used here. They are installed apart: `npm ci --ignore-scripts --prefix bench/peers`. */
import { GanvasError } from '../../src/engine/errors.js';

export interface OrtTensor {
  readonly data: Float32Array;
}

export interface OrtSession {
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

/** onnxruntime-node or onnxruntime-web */
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
  /** Time that all threads of the process have used; null where nobody can tell (in a page). */
  readonly cpuMilliseconds: () => number | null;
}

/** @returns the error `peers-missing` */
export function peersMissing(cause: unknown): GanvasError {
  const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause);
  return new GanvasError(
    'peers-missing',
    `The runtimes to compare with did not load (${reason}). Install them with npm ci --ignore-scripts --prefix bench/peers, from a checkout.`,
  );
}
