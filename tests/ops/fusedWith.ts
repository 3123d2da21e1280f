import type { OpLibrary } from '../../src/engine/opLibrary.js';
import type { Tensor } from '../../src/engine/tensor.js';

/** `outputs` as the engine fuses them with a library, but for what does not fit a binding. */
export function fusedWith({ fusion }: OpLibrary, outputs: readonly Tensor[]): Tensor[] {
  return fusion.reduce<Tensor[]>((graph, pass) => pass(graph), [...outputs]);
}
