import type { Checkpoint } from '../checkpoints/checkpoint.js';
import { isStyleGan2Discriminator } from '../checkpoints/discriminatorLayout.js';
import { isPgganDiscriminator } from '../checkpoints/pgganDiscriminatorLayout.js';
import type { LossSummary } from './inversionApi.js';

/** What a checkpoint's own discriminator sees in pictures (DGP, Pan et al. 2020). */
export const discriminatorLoss: LossSummary = {
  id: 'discriminator',
  name: 'Features of the checkpoint’s own discriminator',
};

/** True when the file has one; reads no weight. */
export function hasDiscriminator({ networks }: Checkpoint): boolean {
  return networks.some((network) => isStyleGan2Discriminator(network) || isPgganDiscriminator(network));
}
