import type { Op } from '../engine/op.js';
import type { OpRecord } from '../engine/tensor.js';
import { biasActOp } from './biasAct.js';
import { biasActGradOp } from './biasActGrad.js';
import { binaryOp } from './binary.js';
import { broadcastToOp } from './broadcastTo.js';
import { concatOp } from './concat.js';
import { conv2dOp } from './conv2d.js';
import { conv2dTransposedOp } from './conv2dTransposed.js';
import { conv2dWeightGradOp } from './conv2dWeightGrad.js';
import { fusedBiasActGradOp } from './fusedBiasActGrad.js';
import { fusedConv2dOp, packConvWeightOp } from './fusedConv2d.js';
import { fusedFilteredLreluOp } from './fusedFilteredLrelu.js';
import { fusedMatmulOp } from './fusedMatmul.js';
import { fusedNormalize2ndMomentOp } from './fusedNormalize2ndMoment.js';
import { fusedReduceOp } from './fusedReduce.js';
import { fusedResampledConv2dOp } from './fusedResampledConv2d.js';
import { fusedRowProductsOp } from './fusedRowProducts.js';
import { fusedScaleGradOp } from './fusedScaleGrad.js';
import { fusedStyleGradOp } from './fusedStyleGrad.js';
import { fusedToRgbOp } from './fusedToRgb.js';
import { fusedTruncationOp } from './fusedTruncation.js';
import { fusedUpfirdn2dOp } from './fusedUpfirdn2d.js';
import { groupedMatmulOp, groupMemberOp } from './groupedMatmul.js';
import { halfConvWeightOp } from './halfConvWeight.js';
import { matmulOp } from './matmul.js';
import { maxPool2dGradOp, maxPool2dOp } from './maxPool2d.js';
import { padOp } from './pad.js';
import { reduceOp } from './reduce.js';
import { resampleOp } from './resample.js';
import { reshapeOp } from './reshape.js';
import { rollOp } from './roll.js';
import { sliceOp } from './slice.js';
import { softmaxOp } from './softmax.js';
import { transposeOp } from './transpose.js';
import { unaryOp } from './unary.js';
import { upfirdn2dOp } from './upfirdn2d.js';

/** The closed core: every op that a model may be written in and differentiated through. */
export const ops: readonly Op[] = [
  biasActOp,
  biasActGradOp,
  binaryOp,
  broadcastToOp,
  concatOp,
  conv2dOp,
  conv2dTransposedOp,
  conv2dWeightGradOp,
  matmulOp,
  maxPool2dOp,
  maxPool2dGradOp,
  padOp,
  reduceOp,
  resampleOp,
  reshapeOp,
  rollOp,
  sliceOp,
  softmaxOp,
  transposeOp,
  unaryOp,
  upfirdn2dOp,
];

/** What the fusion rules make of them; never differentiated, because gradients are taken before fusing. */
export const fusedOps: readonly OpRecord[] = [
  fusedBiasActGradOp,
  fusedConv2dOp,
  fusedFilteredLreluOp,
  fusedMatmulOp,
  fusedNormalize2ndMomentOp,
  fusedReduceOp,
  fusedResampledConv2dOp,
  fusedRowProductsOp,
  fusedScaleGradOp,
  fusedStyleGradOp,
  fusedToRgbOp,
  fusedTruncationOp,
  fusedUpfirdn2dOp,
  groupedMatmulOp,
  groupMemberOp,
  halfConvWeightOp,
  packConvWeightOp,
];
