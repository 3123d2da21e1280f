import type fc from 'fast-check';
import {
  concatCase,
  matmulCase,
  padCase,
  reduceCase,
  resampleCase,
  reshapeCase,
  sliceCase,
  transposeCase,
} from './arrangementCases.js';
import {
  constantStylesCase,
  conv2dResampleCase,
  denseCase,
  doublingCase,
  filteredLreluCase,
  modulatedLayerCase,
  skipCase,
  stylesCase,
  toRgbCase,
  truncationCase,
} from './compositionCases.js';
import { conv2dCase, conv2dTransposedCase, conv2dWeightGradCase, upfirdn2dCase } from './convolutionCases.js';
import {
  biasActCase,
  biasActGradCase,
  binaryCase,
  broadcastToCase,
  softmaxCase,
  unaryCase,
} from './elementwiseCases.js';
import type { OpCase } from './opCase.js';
import { maxPool2dCase, maxPool2dGradCase, rollCase } from './poolingCases.js';

/** Cases of each op, by its name in the registry, whose test fails for an op without. */
export const opCases: Readonly<Record<string, fc.Arbitrary<OpCase>>> = {
  biasAct: biasActCase,
  biasActGrad: biasActGradCase,
  binary: binaryCase,
  broadcastTo: broadcastToCase,
  concat: concatCase,
  conv2d: conv2dCase,
  conv2dTransposed: conv2dTransposedCase,
  conv2dWeightGrad: conv2dWeightGradCase,
  matmul: matmulCase,
  maxPool2d: maxPool2dCase,
  maxPool2dGrad: maxPool2dGradCase,
  pad: padCase,
  reduce: reduceCase,
  resample: resampleCase,
  reshape: reshapeCase,
  roll: rollCase,
  slice: sliceCase,
  softmax: softmaxCase,
  transpose: transposeCase,
  unary: unaryCase,
  upfirdn2d: upfirdn2dCase,
};

/** Blocks that models are made of, which the fusion rules are for. */
export const compositionCases: Readonly<Record<string, fc.Arbitrary<OpCase>>> = {
  conv2dResample: conv2dResampleCase,
  dense: denseCase,
  doubling: doublingCase,
  'filtered leaky ReLU': filteredLreluCase,
  'modulated layer': modulatedLayerCase,
  skip: skipCase,
  'layers with styles': stylesCase,
  'styles of constant weights': constantStylesCase,
  'RGB with its skip': toRgbCase,
  truncation: truncationCase,
};
