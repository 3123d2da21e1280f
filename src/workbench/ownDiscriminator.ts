import { recogniseDiscriminator } from '../checkpoints/discriminator.js';
import { isStyleGan2Discriminator } from '../checkpoints/discriminatorLayout.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import type { PerceptualLoss } from '../inversion/inversionRequest.js';
import { featureL1 } from '../losses/featureDistance.js';
import type { LossSummary } from './inversionApi.js';

/** What a checkpoint's own discriminator sees in pictures (DGP, Pan et al. 2020). */
export const discriminatorLoss: LossSummary = {
  id: 'discriminator',
  name: 'Features of the checkpoint’s own discriminator',
};

/** True when the file has one; reads no weight. */
export function hasDiscriminator({ networks }: Checkpoint): boolean {
  return networks.some(isStyleGan2Discriminator);
}

/**
 * Reads the discriminator's weights.
 * @returns null when the file has none
 * @throws GanvasError of `recogniseDiscriminator`
 */
export function ownDiscriminatorLoss(checkpoint: Checkpoint): PerceptualLoss | null {
  const found = recogniseDiscriminator(checkpoint);
  if (found === null) return null;
  const { network } = found;
  return {
    name: discriminatorLoss.name,
    resolution: network.resolution,
    distance: (picture, target) => featureL1(network, picture, target),
  };
}
