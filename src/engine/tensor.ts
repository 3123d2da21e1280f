import type { Lowering, View } from './kernel.js';
import type { DType, Shape } from './shape.js';

export type AttributeValue = number | string | boolean | null | readonly number[];
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A weight: named numbers on the CPU side, uploaded once an engine, however many programs read it. */
export interface Parameter {
  readonly name: string;
  readonly shape: Shape;
  /** Row-major values; called again after a lost device, so it must stay callable. */
  load(): Float32Array;
  /** The same as little-endian bytes, unaligned where the file has them so; spares the upload a copy. Null: use `load`. */
  readonly bytes?: () => Uint8Array | null;
}

export type TensorSource =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'parameter'; readonly parameter: Parameter }
  | { readonly kind: 'op'; readonly op: OpRecord; readonly inputs: readonly Tensor[]; readonly attributes: Attributes };

/** A node of a traced graph: what will be computed, not the numbers. */
export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly source: TensorSource;
}

/** What `lower` may look at: shapes only, never numbers. */
export interface LowerContext<A extends Attributes> {
  readonly shapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly attributes: A;
}

/** Values and shapes for the f64 reference. */
export interface ReferenceContext<A extends Attributes> {
  readonly inputs: readonly Float64Array[];
  readonly shapes: readonly Shape[];
  readonly outputShape: Shape;
  readonly attributes: A;
}

/** What every node of a graph can do: know its shape, be computed in f64, be lowered to kernels. */
export interface OpRecord<A extends Attributes = Attributes> {
  readonly name: string;
  /** Names of the inputs in order; trailing names may be absent inputs. */
  readonly inputNames: readonly string[];
  /** @throws GanvasError `shape-mismatch`, naming the op and the shapes. */
  inferShape(shapes: readonly Shape[], attributes: A): Shape;
  /** Plain TypeScript in f64: the definition that the kernels are held to. */
  reference(context: ReferenceContext<A>): Float64Array;
  /** The kernel calls that compute it, or where in the first input's bytes it already stands. */
  lower(context: LowerContext<A>): Lowering | View;
}

export function inputTensor(name: string, shape: Shape, dtype: DType = 'f32'): Tensor {
  return { shape, dtype, source: { kind: 'input', name } };
}

export function parameterTensor(parameter: Parameter): Tensor {
  return { shape: parameter.shape, dtype: 'f32', source: { kind: 'parameter', parameter } };
}

/** A small constant known now: a filter, an interpolation table. */
export function constantTensor(name: string, shape: Shape, values: ArrayLike<number>): Tensor {
  const data = Float32Array.from(values);
  return parameterTensor({ name, shape, load: () => data });
}
