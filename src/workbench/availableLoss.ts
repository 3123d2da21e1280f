import type { PerceptualLoss } from '../inversion/inversionRequest.js';
import type { FeatureNetwork } from '../models/featureNetwork.js';

/** A perceptual loss and the pictures that its network takes. */
export interface AvailableLoss {
  readonly id: string;
  readonly loss: PerceptualLoss;
  readonly network: Pick<FeatureNetwork, 'resolution' | 'imgChannels'>;
}
