import fc from 'fast-check';
import type { TraceFunction } from '../../src/engine/engine.js';
import type { Shape } from '../../src/engine/shape.js';
import type { Tensor } from '../../src/engine/tensor.js';
import type { FedInputs } from './evaluate.js';

/** One op, or composition, with concrete shapes and numbers. */
export interface OpCase {
  /** Shapes and attributes in words, for the report of a failure. */
  readonly label: string;
  readonly inputs: FedInputs;
  readonly fn: (inputs: Parameters<TraceFunction>[0]) => Tensor;
  /** Inputs it is differentiable in. */
  readonly wrt: readonly string[];
  /**
   * `products`: every output is a sum of products of the inputs, linear in each of `wrt`, so that the same function of
   * the absolute values bounds the terms. `values`: anything else; its numbers are about 1.
   */
  readonly kind: 'products' | 'values';
}

/** Sizes that miss the workgroup of 64 and the tile of 4. */
export const extent = fc.constantFrom(1, 2, 3, 5, 7);
export const seed = fc.integer({ min: 0, max: 1e6 });

export function shapeOf(ranks: { readonly min: number; readonly max: number }): fc.Arbitrary<Shape> {
  return fc.array(extent, { minLength: ranks.min, maxLength: ranks.max });
}

/** Height and width: mostly small, sometimes large enough that a map alone fills workgroups. */
export const mapSide = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(1, 3, 5, 7) },
  { weight: 1, arbitrary: fc.constantFrom(17, 65) },
);

/** Any subset of 0 … rank − 1, in order. */
export function axesOf(rank: number): fc.Arbitrary<number[]> {
  return fc.subarray(Array.from({ length: rank }, (_, axis) => axis));
}

/** The same cases, shown by their label instead of all their numbers when one fails. */
export function reported(cases: fc.Arbitrary<OpCase>): fc.Arbitrary<OpCase> {
  return cases.map((opCase) => ({ ...opCase, [fc.toStringMethod]: () => opCase.label }));
}
