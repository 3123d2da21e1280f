import { at, sizeOf, type Shape } from '../engine/shape.js';
import type { StoredNetwork, StoredTensor } from './checkpoint.js';
import { contiguousStrides, readTensor } from './storedTensor.js';

/**
 * How a tensor of the common naming comes from one of the file: reshaped, its axes permuted, some of the resulting axes
 * reversed, then multiplied and added to.
 */
export interface TensorOrigin {
  /** Name in the file. */
  readonly from: string;
  readonly shape?: Shape;
  /** Axis k of the result is axis `permute[k]` of the reshaped tensor. */
  readonly permute?: readonly number[];
  /** Axes of the result that run backwards. */
  readonly flip?: readonly number[];
  readonly times?: number;
  readonly plus?: number;
}

/** A network under the names and layouts that a generator reads, and where each tensor came from. */
export interface TranslatedNetwork extends StoredNetwork {
  readonly origins: ReadonlyMap<string, TensorOrigin>;
  /** The file's names of all tensors that were looked for, whether they are there or not. */
  readonly namesInFile: ReadonlyMap<string, string>;
}

export function isTranslated(network: StoredNetwork): network is TranslatedNetwork {
  return 'origins' in network;
}

/** What the file calls a tensor of a network that may be translated: messages speak in the file's own names. */
export function nameInFile(network: StoredNetwork, name: string): string {
  return isTranslated(network) ? (network.namesInFile.get(name) ?? name) : name;
}

/** Renames and rearranges; numbers are computed when they are read. Origins whose tensor the file lacks are left out. */
export function translateNetwork(
  network: StoredNetwork,
  origins: ReadonlyMap<string, TensorOrigin>,
): TranslatedNetwork {
  const present = new Map([...origins].filter(([, { from }]) => network.tensors.has(from)));
  const tensors = new Map<string, StoredTensor>();
  for (const [name, origin] of present) {
    const stored = network.tensors.get(origin.from);
    if (stored !== undefined) tensors.set(name, translateTensor(stored, origin));
  }
  // A network that was renamed before, and nothing else, is still named after the file.
  const fromFile = new Map(
    [...present].map(([name, origin]) => [name, { ...origin, from: nameInFile(network, origin.from) }]),
  );
  const namesInFile = new Map([...origins].map(([name, { from }]) => [name, nameInFile(network, from)]));
  return { ...network, tensors, origins: fromFile, namesInFile };
}

/** One tensor, lazily. */
export function translateTensor(stored: StoredTensor, origin: Omit<TensorOrigin, 'from'>): StoredTensor {
  const { permute, flip = [], times = 1, plus = 0 } = origin;
  // A shape that does not fit is left for the check against the other weights to report.
  const fits = origin.shape !== undefined && sizeOf(origin.shape) === sizeOf(stored.shape);
  const before = fits ? origin.shape : stored.shape;
  const axes = permute?.length === before.length ? permute : before.map((_, axis) => axis);
  const shape = axes.map((axis) => at(before, axis));
  const isIdentity = axes.every((axis, index) => axis === index) && flip.length === 0 && times === 1 && plus === 0;
  if (isIdentity && before === stored.shape) return stored;
  if (isIdentity && stored.strides === null) return reshaped(stored, before);
  return {
    dtype: 'f32',
    shape,
    strides: null,
    get bytes() {
      const values = gather(readTensor(stored), shape, rearrangedStrides(before, axes, flip));
      if (times !== 1 || plus !== 0) values.forEach((value, index) => (values[index] = value * times + plus));
      return new Uint8Array(values.buffer);
    },
  };
}

/** The same bytes under another shape. */
function reshaped(stored: StoredTensor, shape: Shape): StoredTensor {
  return {
    shape,
    strides: null,
    get dtype() {
      return stored.dtype;
    },
    get bytes() {
      return stored.bytes;
    },
  };
}

interface Rearrangement {
  readonly start: number;
  readonly strides: readonly number[];
}

/** Where in the file's numbers those of the result lie; a reversed axis starts at its end. */
function rearrangedStrides(before: Shape, axes: readonly number[], flip: readonly number[]): Rearrangement {
  const stored = contiguousStrides(before);
  let start = 0;
  const strides = axes.map((axis, index) => {
    if (!flip.includes(index)) return at(stored, axis);
    start += (at(before, axis) - 1) * at(stored, axis);
    return -at(stored, axis);
  });
  return { start, strides };
}

/** Plain loops over the last three axes, an odometer over those before: large weights are convolutions. */
function gather(stored: Float32Array, shape: Shape, { start, strides }: Rearrangement): Float32Array<ArrayBuffer> {
  const values = new Float32Array(sizeOf(shape));
  const [planes = 1, rows = 1, columns = 1] = [1, 1, 1, ...shape].slice(-3);
  const [planeStep = 0, rowStep = 0, columnStep = 0] = [0, 0, 0, ...strides].slice(-3);
  const outer = shape.slice(0, -3);
  const index = outer.map(() => 0);
  let base = start;
  for (let written = 0; written < values.length;) {
    for (let plane = 0; plane < planes; plane++) {
      for (let row = 0; row < rows; row++) {
        let from = base + plane * planeStep + row * rowStep;
        for (let column = 0; column < columns; column++, from += columnStep) values[written++] = stored[from] ?? 0;
      }
    }
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const next = at(index, axis) + 1;
      base += at(strides, axis);
      index[axis] = next;
      if (next < at(outer, axis)) break;
      base -= next * at(strides, axis);
      index[axis] = 0;
    }
  }
  return values;
}
