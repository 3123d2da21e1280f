import { rewriteGraph, topologicalOrder, useCounts } from './graph.js';
import type { Tensor } from './tensor.js';

export interface FusionRule {
  readonly name: string;
  /**
   * Looks at one node whose inputs are already fused and returns the node that replaces it, or null.
   * `readOnce` tells whether a node has this node as its only reader, so that absorbing it saves work.
   */
  apply(tensor: Tensor, readOnce: (tensor: Tensor) => boolean): Tensor | null;
}

/** Rewrites a whole graph into one that computes the same numbers. */
export type GraphPass = (outputs: readonly Tensor[]) => Tensor[];

/** The pass that applies `rules`. */
export const fusing =
  (rules: readonly FusionRule[]): GraphPass =>
  (outputs) =>
    fuseGraph(outputs, rules);

/** Applies the rules bottom-up until none fires; the result computes the same numbers in fewer kernels. */
export function fuseGraph(outputs: readonly Tensor[], rules: readonly FusionRule[]): Tensor[] {
  const uses = useCounts(outputs, topologicalOrder(outputs));
  const usesOfRebuilt = new Map<Tensor, number>(uses);
  const readOnce = (tensor: Tensor): boolean => usesOfRebuilt.get(tensor) === 1;
  return rewriteGraph(outputs, (rebuilt, original) => {
    const fused = applyRules(rebuilt, rules, readOnce);
    usesOfRebuilt.set(fused, uses.get(original) ?? 0);
    return fused;
  }).outputs;
}

function applyRules(tensor: Tensor, rules: readonly FusionRule[], readOnce: (tensor: Tensor) => boolean): Tensor {
  let current = tensor;
  for (;;) {
    let next: Tensor | null = null;
    for (const rule of rules) {
      next = rule.apply(current, readOnce);
      if (next !== null) break;
    }
    if (next === null) return current;
    current = next;
  }
}
