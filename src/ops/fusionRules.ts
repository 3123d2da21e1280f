import type { FusionRule } from '../engine/fusion.js';
import type { KernelChoices } from './convMethod.js';
import { biasActGradRule } from './fusedBiasActGrad.js';
import { filteredLreluGradRule, filteredLreluRule } from './fusedFilteredLrelu.js';
import { convolutionEpilogueRule, convolutionRule } from './fusedConv2d.js';
import { demodulationRule, denseGainRule, denseRule, scaledMatmulRule } from './fusedMatmul.js';
import { normalize2ndMomentRule } from './fusedNormalize2ndMoment.js';
import { productSumRule } from './fusedReduce.js';
import { resampledConvolutionRules } from './fusedResampledConv2d.js';
import { rowProductRule, rowProductsSumRule } from './fusedRowProducts.js';
import { scaleGradRule } from './fusedScaleGrad.js';
import { styleGradRule, styleGradSumRule } from './fusedStyleGrad.js';
import { toRgbRule } from './fusedToRgb.js';
import { shiftedTruncationRule, truncationRule } from './fusedTruncation.js';
import { scaledUpfirdn2dRule, upfirdn2dEpilogueRule } from './fusedUpfirdn2d.js';

/**
 * Every rule by which compositions of ops become fused kernels; order does not matter, but for those that fold a filter into a
 * convolution, which come before the ones that fuse the two apart.
 * @param choices how convolutions are to be computed
 */
export const fusionRules = (choices: KernelChoices): readonly FusionRule[] => [
  ...resampledConvolutionRules(choices),
  convolutionRule(choices),
  convolutionEpilogueRule,
  upfirdn2dEpilogueRule,
  scaledUpfirdn2dRule,
  denseRule,
  denseGainRule,
  demodulationRule,
  biasActGradRule,
  productSumRule,
  normalize2ndMomentRule,
  scaledMatmulRule,
  styleGradRule,
  styleGradSumRule,
  rowProductRule,
  rowProductsSumRule,
  toRgbRule,
  truncationRule,
  shiftedTruncationRule,
];

/**
 * Rules by which gradients read what the fused kernels leave behind, or compute it once more. They come first, so that
 * the forward kernels find that nothing but themselves reads what lies between them. A filtered leaky ReLU comes with
 * its gradient: the others would take it apart.
 */
export const savedOutputRules: readonly FusionRule[] = [scaleGradRule, filteredLreluRule, filteredLreluGradRule];
