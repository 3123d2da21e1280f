import type { OpLibrary } from '../engine/opLibrary.js';
import { fusionRules, savedOutputRules } from './fusionRules.js';
import { gradientOps } from './gradient.js';
import { splitRules } from './splitRules.js';

/** Everything an engine needs to compile and differentiate graphs of these ops. */
export const opLibrary: OpLibrary = { savedOutputRules, fusionRules, gradientOps, splitRules };
