import type { Tensor } from '../engine/tensor.js';

/** A network's weights by their names in the reference; `find` gives null for one that is not there. */
export interface Weights {
  readonly count: number;
  get(name: string): Tensor;
  find(name: string): Tensor | null;
}
