import { recogniseDiscriminator } from '../checkpoints/discriminator.js';
import type { Checkpoint } from '../checkpoints/checkpoint.js';
import type { PerceptualLoss } from '../inversion/inversionRequest.js';
import { featureL1 } from '../losses/featureDistance.js';
import { discriminatorLoss } from './discriminatorSummary.js';

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
