import type { GraphPass } from './fusion.js';
import type { GradientOps } from './gradientOps.js';

/** What the engine needs to know of the ops above it; `opLibrary` of `src/ops` is the one there is. */
export interface OpLibrary {
  /** How compositions become fused kernels, in turn. */
  readonly fusion: readonly GraphPass[];
  /** The ops that gradients are written in. */
  readonly gradientOps: GradientOps;
  /** Takes computations apart whose intermediates do not fit a binding of `bytes`; comes before fusion. */
  splitting(bytes: number): GraphPass;
}
