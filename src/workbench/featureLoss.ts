import { recogniseFeatureNetwork, type RecognisedFeatureNetwork } from '../checkpoints/featureNetworks.js';
import { recogniseLpipsHeads } from '../checkpoints/lpipsHeads.js';
import { readCheckpoint } from '../checkpoints/open.js';
import { featureDistance } from '../losses/featureDistance.js';
import { lpips } from '../losses/lpips.js';
import type { AvailableLoss } from './availableLoss.js';

/** A file's name, for messages, and its bytes. */
export interface NamedBytes {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * The perceptual loss that a network file makes possible: LPIPS with the heads that were trained for it, else the plain
 * distance of its features. Neither is called what it is not.
 * @throws GanvasError of the readers, `features-missing`, `lpips-heads-missing`, `lpips-heads-mismatch`, `weights-…`
 */
export function featureLoss(network: NamedBytes, heads: NamedBytes | null): AvailableLoss {
  const recognised = recogniseFeatureNetwork(readCheckpoint(network.bytes, network.name));
  return heads === null ? plainLoss(recognised) : lpipsLoss(recognised, heads);
}

function plainLoss({ network, title }: RecognisedFeatureNetwork): AvailableLoss {
  return {
    id: network.name,
    network,
    loss: {
      name: `Features of ${title}`,
      resolution: network.resolution,
      distance: (picture, target) => featureDistance(network, picture, target),
    },
  };
}

function lpipsLoss({ network }: RecognisedFeatureNetwork, { name, bytes }: NamedBytes): AvailableLoss {
  const { heads } = recogniseLpipsHeads(readCheckpoint(bytes, name), network.name);
  return {
    id: `lpips-${network.name}`,
    network,
    loss: {
      name: `LPIPS (${network.name})`,
      resolution: network.resolution,
      distance: (picture, target) => lpips(network, heads, picture, target),
    },
  };
}
