import type { FusionRule } from './fusion.js';
import type { GradientOps } from './gradientOps.js';

/** What the engine needs to know of the ops above it; `opLibrary` of `src/ops` is the one there is. */
export interface OpLibrary {
  /** How gradients are made to read what the fused kernels leave behind; comes before `fusionRules`. */
  readonly savedOutputRules: readonly FusionRule[];
  /** How compositions become fused kernels. */
  readonly fusionRules: readonly FusionRule[];
  /** The ops that gradients are written in. */
  readonly gradientOps: GradientOps;
  /** How computations are taken apart whose intermediates do not fit a binding of `bytes`. */
  splitRules(bytes: number): readonly FusionRule[];
}
