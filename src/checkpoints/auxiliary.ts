import type { Checkpoint } from './checkpoint.js';
import { findFeatureLayout } from './featureLayouts.js';
import { hasLpipsHeads } from './lpipsHeads.js';
import { generatorFamilies } from './generatorFamilies.js';

/** What a file without a generator is good for. */
export interface AuxiliaryKind {
  /** As it reads in a sentence: "This is …". */
  readonly description: string;
  /** The option of `ganvas invert` that takes it. */
  readonly option: '--features' | '--heads';
}

/** What a checkpoint is if it holds no generator that can be run, by structure; `null` for one that does, or for neither. */
export function auxiliaryKind(checkpoint: Checkpoint): AuxiliaryKind | null {
  const { networks } = checkpoint;
  if (networks.some((network) => generatorFamilies.some(({ recognises }) => recognises(network)))) return null;
  const feature = findFeatureLayout(checkpoint);
  if (feature) return { description: `${feature.layout.title}, a network for perceptual losses`, option: '--features' };
  if (networks.some(hasLpipsHeads))
    return {
      description: 'a set of LPIPS heads, the channel weights of a network for perceptual losses',
      option: '--heads',
    };
  return null;
}
