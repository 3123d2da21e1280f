import type { FusionRule } from '../engine/fusion.js';

export function splitRules(_bytes: number): readonly FusionRule[] {
  return [];
}
