import { fusing } from '../engine/fusion.js';
import type { OpLibrary } from '../engine/opLibrary.js';
import type { ConvChoice } from './convMethod.js';
import { fusionRules, savedOutputRules } from './fusionRules.js';
import { gradientOps } from './gradient.js';
import { groupMatmuls } from './matmulGroups.js';
import { splitRules } from './splitRules.js';

export interface KernelChoices {
  /** How 3×3 convolutions of stride 1 are computed, where it can be chosen; by default what is expected to be fastest. */
  readonly convolution?: ConvChoice;
}

/** Everything an engine needs to compile and differentiate graphs of these ops, with kernels of choice. */
export function opLibraryWith({ convolution = 'auto' }: KernelChoices): OpLibrary {
  return {
    fusion: [fusing(savedOutputRules), fusing(fusionRules(convolution)), groupMatmuls],
    gradientOps,
    splitting: (bytes) => fusing(splitRules(bytes)),
  };
}

/** The same with the kernels that are expected to be fastest. */
export const opLibrary: OpLibrary = opLibraryWith({});
