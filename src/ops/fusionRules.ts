import type { FusionRule } from '../engine/fusion.js';
import { convolutionEpilogueRule, convolutionRule } from './fusedConv2d.js';
import { demodulationRule, denseGainRule, denseRule } from './fusedMatmul.js';
import { upfirdn2dEpilogueRule } from './fusedUpfirdn2d.js';

/** Every rule by which compositions of ops become fused kernels; order does not matter. */
export const fusionRules: readonly FusionRule[] = [
  convolutionRule,
  convolutionEpilogueRule,
  upfirdn2dEpilogueRule,
  denseRule,
  denseGainRule,
  demodulationRule,
];
